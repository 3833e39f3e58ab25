package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Gateway checks that the gateway at address answers and has the app's secret. It sends the
// event url_verification, signed by sign, as Slack does before it sends events there.
// Source: https://docs.slack.dev/reference/events/url_verification
func Gateway(ctx context.Context, client *http.Client, address string, sign func(header http.Header, body []byte)) Finding {
	const check = "gateway"
	if address == "" {
		return bad(check, Warning, "not checked: its public address is unknown", "set GOPHER_PUBLIC_URL, such as https://gopherbot.example.org/")
	}
	challenge := rand.Text()
	status, body, err := verify(ctx, client, address, challenge, sign)
	switch {
	case err != nil:
		return bad(check, Failure, "no answer at "+address+": "+reason(err), "check that the gateway runs and that it can be reached at this address")
	case status == http.StatusUnauthorized:
		return bad(check, Failure, address+" refuses our signature", "give the gateway the same GOPHER_SLACK_REQUEST_SECRET, and set the clocks of both machines")
	case status == http.StatusNotFound:
		return bad(check, Failure, address+" answers 404", "check that it is the gateway's address")
	case status != http.StatusOK:
		return bad(check, Failure, fmt.Sprintf("%s answers %d", address, status), "see the gateway's log")
	case body != challenge:
		return bad(check, Failure, address+" does not return the challenge", "another server than the gateway is at this address: set GOPHER_PUBLIC_URL to the gateway's")
	case !strings.HasPrefix(address, "https://"):
		return bad(check, Warning, address+" answers, but not over https", "Slack requires https: put a proxy with a certificate before the gateway")
	default:
		return ok(check, "%s answers", address)
	}
}

// maxAnswer bounds the bytes of an answer that are read.
const maxAnswer = 4096

func verify(ctx context.Context, client *http.Client, address, challenge string, sign func(http.Header, []byte)) (status int, answer string, err error) {
	// Slack's timeout is 3 s.
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"type": "url_verification", "token": "deprecated", "challenge": challenge})
	if err != nil {
		return 0, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	sign(r.Header, body)
	response, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	answered, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, string(answered), err
}

// reason returns the text of err without the address, which the finding has already.
func reason(err error) string {
	if failed, ok := err.(*url.Error); ok {
		return failed.Err.Error()
	}
	return err.Error()
}
