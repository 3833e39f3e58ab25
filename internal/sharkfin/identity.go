package sharkfin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

// Identity is who the bot is on a server.
type Identity struct {
	Username string `json:"username"`
	Type     string `json:"type"` // Service, unless the server knew the name before as another
	// Role is the set of its permissions: "bot" for a service, and "admin" for the first
	// identity that a new server has seen.
	Role string `json:"role"`
}

// ErrNotSharkfin is the error of Identify for an address at which something else than a
// Sharkfin server answers.
var ErrNotSharkfin = errors.New("no Sharkfin server answers at GOPHER_SHARKFIN_URL")

// maxIdentity is how many bytes of an answer Identify reads.
const maxIdentity = 64 << 10

// Identify makes the identity of a key known to the server at an address, as a service, and
// returns it. It may be repeated. The error is client.ErrUnauthorized if the server refuses
// the key, which it also does while it cannot reach its identity service. No error has the
// key.
func Identify(ctx context.Context, c *http.Client, address, key string) (Identity, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(address, "/")+"/api/v1/auth/register", http.NoBody)
	if err != nil {
		return Identity{}, fmt.Errorf("register the bot at Sharkfin: %w", err)
	}
	request.Header.Set("Authorization", "ApiKey-v1 "+key)
	response, err := c.Do(request)
	if err != nil {
		return Identity{}, fmt.Errorf("register the bot at Sharkfin: %w; check GOPHER_SHARKFIN_URL, and that the server runs", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxIdentity))
	switch {
	case err != nil:
		return Identity{}, fmt.Errorf("register the bot at Sharkfin: %w", err)
	case response.StatusCode == http.StatusUnauthorized:
		return Identity{}, fmt.Errorf("register the bot at Sharkfin: the server refuses GOPHER_SHARKFIN_KEY: %w; set a valid key and restart, or start the server's identity service", client.ErrUnauthorized)
	case response.StatusCode >= http.StatusInternalServerError:
		return Identity{}, fmt.Errorf("register the bot at Sharkfin: the server answered %s: %w", response.Status, client.ErrServer)
	}
	var who Identity
	if response.StatusCode/100 != 2 || json.Unmarshal(body, &who) != nil || who.Username == "" {
		return Identity{}, fmt.Errorf("register the bot at Sharkfin: %w: it answered %s without an identity", ErrNotSharkfin, response.Status)
	}
	return who, nil
}
