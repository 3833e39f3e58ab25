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

// sendTimeout bounds a request to a gateway, whose own timeouts are shorter.
const sendTimeout = 10 * time.Second

func (t *tool) send() *cobra.Command {
	var address string
	var renew bool
	c := &cobra.Command{
		Use:   "send FILE",
		Short: "Sign a stored event and post it to a gateway, as Slack does",
		Long: `Signs a stored event with GOPHER_SLACK_REQUEST_SECRET and posts it to a gateway,
as Slack does. FILE has the body of a request of Slack's Events API; - is the
standard input. The gateway queues an event that it saw before no second time,
and consumers drop messages that are older than 30 seconds: --renew gives the
event a new id, and the present time. The logs report the event's outcome, by its
request id.

A direct message to the bot is, with your app's and your workspace's ids:

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
	c.Flags().BoolVar(&renew, "renew", false, "as a new event, which happens now")
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
	response, err := transport.RoundTrip(r) // and no redirects: a gateway has none
	if err != nil {
		return fmt.Errorf("the gateway does not answer: %w; is it running, and is --url right?", err)
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
	answer := strings.TrimSpace(string(content)) // to a challenge, or why there is no event for the queue
	if strings.HasPrefix(answer, gateway.NotQueued) {
		return fmt.Errorf("the gateway accepted it, %s; its log has more, of request %s", answer, id)
	}
	return t.report(map[string]any{"status": response.StatusCode, "request_id": id, "answer": answer, "took_ms": took.Milliseconds()},
		"The gateway took it within %v; request id %s.%s", took.Round(time.Millisecond), id, spaced(answer))
}

// spaced puts a space before what follows a sentence, if anything does.
func spaced(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// hints say what to look at when a gateway refuses an event.
var hints = map[int]string{
	http.StatusBadRequest:            "it is not JSON",
	http.StatusUnauthorized:          "the gateway has another GOPHER_SLACK_REQUEST_SECRET, or a clock that differs by 5 minutes",
	http.StatusForbidden:             "it is for another app than GOPHER_SLACK_APP_ID",
	http.StatusNotFound:              "the address has no gateway: its path is /slack/event",
	http.StatusMethodNotAllowed:      "the address has no gateway: its path is /slack/event",
	http.StatusRequestEntityTooLarge: "it is too large",
	http.StatusServiceUnavailable:    "Redis is away, or the queue or the gateway is full; send it again later",
}

func refused(status int, requestID string) error {
	text := fmt.Sprintf("the gateway answered %d %s", status, http.StatusText(status))
	if hint := hints[status]; hint != "" {
		text += ": " + hint
	}
	noGateway := status == http.StatusNotFound || status == http.StatusMethodNotAllowed
	if requestID != "" && !noGateway {
		text += "; its log has more, of request " + requestID
	}
	return errors.New(text)
}
