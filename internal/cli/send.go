package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/gateway"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/config"
)

// sendTimeout bounds a request to a gateway. The gateway's own timeouts are shorter.
const sendTimeout = 10 * time.Second

func (t *tool) send() *cobra.Command {
	var address string
	var renew bool
	c := &cobra.Command{
		Use:   "send FILE",
		Short: "Sign a stored event and post it to a gateway, as Slack does",
		Long: `Signs a stored event with GOPHER_SLACK_REQUEST_SECRET and posts it to a gateway,
as Slack does. FILE has the body of a request of Slack's Events API. If it is -, the
command reads the standard input. The logs have the event's outcome, under its request id.

The gateway queues each event once, and consumers drop messages older than 30 seconds.
--renew gives the event a new id and the current time.

Example of a direct message to the bot; use the ids of your app and workspace:

  {"type": "event_callback", "api_app_id": "A012ABCDEF0", "team_id": "T012ABCDEF0",
   "event_id": "Ev1", "event_time": 1763660000,
   "event": {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1",
             "text": "flip a coin", "ts": "1763660000.000100"}}`,
		Example: `  gopherbot send --renew event.json
  gopherbot send --renew --url https://gopherbot.example/slack/event event.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			settings, err := config.LoadNeeding(t.Environ, "GOPHER_SLACK_REQUEST_SECRET")
			if err != nil {
				return err
			}
			body, err := t.read(args[0], gatewayslack.MaxBody)
			if err != nil {
				return err
			}
			if renew {
				if body, err = gatewayslack.Restamp(body, time.Now()); err != nil {
					return fmt.Errorf("renew %s: %w", args[0], err)
				}
			}
			if address == "" {
				address = fmt.Sprintf("http://127.0.0.1:%d/slack/event", settings.Port)
			}
			return t.post(c.Context(), address, settings.SlackRequestSecret.Reveal()[0], body)
		},
	}
	c.Flags().StringVar(&address, "url", "", "the gateway's `address` (default http://127.0.0.1:$PORT/slack/event)")
	c.Flags().BoolVar(&renew, "renew", false, "give the event a new id and the current time")
	return t.withJSON(c)
}

// read reads a file of at most limit bytes, or the standard input for "-".
func (t *tool) read(name string, limit int64) (content []byte, err error) {
	in := t.In
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	content, err = io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case int64(len(content)) > limit:
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return content, nil
}

// post posts a signed event, and prints the gateway's answer.
func (t *tool) post(ctx context.Context, address, secret string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if parsed, bad := url.Parse(address); err != nil || bad != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("--url %q: want an address such as https://gopherbot.example/slack/event", address)
	}
	r.Header.Set("Content-Type", "application/json")
	gatewayslack.Sign(r.Header, body, secret, time.Now())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	begun := time.Now()
	response, err := transport.RoundTrip(r) // no redirects: a gateway sends none
	if err != nil {
		return fmt.Errorf("post the event to the gateway: %w; check that the gateway runs and that --url is its address", err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, 10<<10))
	if err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	took, id := time.Since(begun), response.Header.Get("X-Request-Id")
	if response.StatusCode != http.StatusOK {
		return refused(response.StatusCode, id)
	}
	answer := strings.TrimSpace(string(content)) // the challenge, or the reason why no event was queued
	if strings.HasPrefix(answer, gateway.NotQueued) {
		return fmt.Errorf("the gateway accepted the request, %s; see its log for request %s", answer, id)
	}
	return t.report(map[string]any{"status": response.StatusCode, "request_id": id, "answer": answer, "took_ms": took.Milliseconds()},
		"The gateway accepted the event within %v; request id %s.%s", took.Round(time.Millisecond), id, spaced(answer))
}

// spaced returns text with a space before it, "" for "".
func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// hints are the likely causes of a gateway's status codes.
var hints = map[int]string{
	http.StatusBadRequest:            "it is not JSON",
	http.StatusUnauthorized:          "the gateway has another GOPHER_SLACK_REQUEST_SECRET, or a clock that differs by 5 minutes",
	http.StatusForbidden:             "it is for another app than GOPHER_SLACK_APP_ID",
	http.StatusNotFound:              "no gateway is at this address: its path is /slack/event",
	http.StatusMethodNotAllowed:      "no gateway is at this address: its path is /slack/event",
	http.StatusRequestEntityTooLarge: "it is too large",
	http.StatusServiceUnavailable:    "Redis does not answer, or the queue or the gateway is full; send the event again later",
}

func refused(status int, requestID string) error {
	text := fmt.Sprintf("the gateway answered %d %s", status, http.StatusText(status))
	if hint := hints[status]; hint != "" {
		text += ": " + hint
	}
	noGateway := status == http.StatusNotFound || status == http.StatusMethodNotAllowed
	if requestID != "" && !noGateway {
		text += "; see its log for request " + requestID
	}
	return errors.New(text)
}
