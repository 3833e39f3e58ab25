package slack

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// refusals are the errors of apps.connections.open that only an operator can remove, with
// the fix. Source: https://docs.slack.dev/reference/methods/apps.connections.open
var refusals = map[string]string{
	"invalid_auth":           "the token is wrong",
	"not_authed":             "the token is missing",
	"account_inactive":       "the token's app or workspace is gone",
	"token_revoked":          "the token was revoked: create another",
	"not_allowed_token_type": "it must be an app-level token, xapp-…, not the bot's",
	"missing_scope":          "the token lacks the scope connections:write",
}

// ticket asks Slack for the address of a socket. It may be dialled once, and is a secret.
func (s *Sockets) ticket(ctx context.Context) (*url.URL, *cause) {
	var answer struct{ URL string }
	if why := s.api.call(ctx, "apps.connections.open", nil, &answer); why != nil {
		return nil, refusal(why)
	}
	address, err := url.Parse(answer.URL)
	if err != nil || address.Host == "" || address.Scheme != "wss" && !(address.Scheme == "ws" && s.insecure) {
		return nil, &cause{reason: failedDial, err: errors.New("apps.connections.open returned no wss:// address")}
	}
	return address, nil
}

// refusal returns the cause of an error of apps.connections.open.
func refusal(why *callError) *cause {
	if fix, ok := refusals[why.code]; ok {
		return &cause{reason: failedDial, err: fmt.Errorf("%w: %s", why, fix), refused: true}
	}
	if slices.Contains([]string{linkOff, tooMany}, why.code) {
		return &cause{reason: why.code, err: why}
	}
	return &cause{reason: failedDial, err: why, wait: why.wait}
}

// withoutTicket returns an error without the secrets of an address.
func withoutTicket(err error, address *url.URL) error {
	message := err.Error()
	for _, secret := range []string{address.String(), address.RequestURI(), address.RawQuery, address.Path} {
		if len(secret) > 1 {
			message = strings.ReplaceAll(message, secret, "[ticket]")
		}
	}
	return errors.New(message)
}
