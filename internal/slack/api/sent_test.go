package api_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/outbound"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// TestSent asks of calls that end in different ways whether they reached Slack.
func TestSent(t *testing.T) {
	t.Parallel()
	limit := func(w http.ResponseWriter, after string) {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusTooManyRequests)
	}
	for _, test := range []struct {
		name string
		// answer handles the n-th request, dial reports whether a connection is made.
		answer func(n int32, w http.ResponseWriter)
		dial   func(n int32) bool
		want   bool
	}{
		{"answered", func(_ int32, w http.ResponseWriter) { _, _ = w.Write([]byte(`{"ok":true}`)) }, nil, true},
		{"cut off", func(int32, http.ResponseWriter) { panic(http.ErrAbortHandler) }, nil, true},
		{"no connection", nil, func(int32) bool { return false }, false},
		{"rate limited for long", func(_ int32, w http.ResponseWriter) { limit(w, "30") }, nil, false},
		{"rate limited, and then no connection", func(_ int32, w http.ResponseWriter) { limit(w, "1") }, func(n int32) bool { return n == 1 }, false},
		{"rate limited, and then cut off", func(n int32, w http.ResponseWriter) {
			if n > 1 {
				panic(http.ErrAbortHandler)
			}
			limit(w, "1")
		}, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var requests, dials atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.answer(requests.Add(1), w) }))
			defer server.Close()
			transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if n := dials.Add(1); test.dial != nil && !test.dial(n) {
					return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
				}
				return new(net.Dialer).DialContext(ctx, network, address)
			}}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			ctx, sent := outbound.Sent(ctx)
			_, _, err := slackapi.New("xoxb-1", server.URL+"/", transport).PostMessageContext(ctx, "C1", slack.MsgOptionText("hi", false))
			if sent() != test.want {
				t.Errorf("sent: %v, want %v (%v)", sent(), test.want, err)
			}
		})
	}
}
