package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refusals are the errors of apps.connections.open that only we can mend, with the fix.
// Source: https://docs.slack.dev/reference/methods/apps.connections.open
var refusals = map[string]string{
	"invalid_auth":           "the token is wrong",
	"not_authed":             "the token is missing",
	"account_inactive":       "the token's app or workspace is gone",
	"token_revoked":          "the token was revoked: create another",
	"not_allowed_token_type": "it must be an app-level token, xapp-…, not the bot's",
	"missing_scope":          "the token lacks the scope connections:write",
}

// maxAnswer is how many bytes of an answer of the Web API are read.
const maxAnswer = 64 << 10

// ticket asks Slack for the address of a socket. It may be dialled once, and is a secret.
func (s *Sockets) ticket(ctx context.Context) (*url.URL, *cause) {
	failed := func(err error) (*url.URL, *cause) {
		return nil, &cause{reason: failedDial, err: fmt.Errorf("call apps.connections.open: %w", err)}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timings.call)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.opts.APIURL+"apps.connections.open", http.NoBody)
	if err != nil {
		return failed(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.opts.AppToken)
	r.Header.Set("Content-Type", formMedia)
	response, err := s.opts.Transport.RoundTrip(r)
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return failed(err)
	}
	if response.StatusCode != http.StatusOK {
		_, why := failed(fmt.Errorf("status %d", response.StatusCode))
		if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
			why.wait = time.Duration(min(seconds, 3600)) * time.Second
		}
		return nil, why
	}
	var answer struct {
		OK         bool
		Error, URL string
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return failed(errors.New("the answer is not JSON"))
	}
	if !answer.OK {
		return nil, refusal(answer.Error)
	}
	address, err := url.Parse(answer.URL)
	if err != nil || address.Host == "" || address.Scheme != "wss" && !(address.Scheme == "ws" && s.insecure) {
		return failed(errors.New("the answer has no wss:// address"))
	}
	return address, nil
}

// refusal returns the cause of an error of apps.connections.open.
func refusal(code string) *cause {
	code = code[:min(len(code), 64)]
	err := fmt.Errorf("apps.connections.open: %s", code)
	if fix, ok := refusals[code]; ok {
		return &cause{reason: failedDial, err: fmt.Errorf("%w: %s", err, fix), refused: true}
	}
	if slices.Contains([]string{linkOff, tooMany}, code) {
		return &cause{reason: code, err: err}
	}
	return &cause{reason: failedDial, err: err}
}

// withoutTicket returns an error without what is secret of an address.
func withoutTicket(err error, address *url.URL) error {
	message := err.Error()
	for _, secret := range []string{address.String(), address.RequestURI(), address.RawQuery, address.Path} {
		if len(secret) > 1 {
			message = strings.ReplaceAll(message, secret, "[ticket]")
		}
	}
	return errors.New(message)
}
