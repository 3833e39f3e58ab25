package api_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/goleak"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestClient_Retries lets the first answer go wrong in different ways, and
// counts the calls.
func TestClient_Retries(t *testing.T) {
	t.Parallel()
	post := func(ctx context.Context, api *slack.Client) error {
		_, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("hi", false))
		return err
	}
	login := func(ctx context.Context, api *slack.Client) error {
		_, err := api.AuthTestContext(ctx)
		return err
	}
	hangUp := func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}
	limit := func(seconds string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	for _, test := range []struct {
		name  string
		call  func(context.Context, *slack.Client) error
		first func(http.ResponseWriter)
		calls int32
		fails bool
	}{
		{"a post that is rate limited for a moment", post, limit("1"), 2, false},
		{"a post that is rate limited for long", post, limit("30"), 1, true},
		{"a post whose answer is lost", post, hangUp, 1, true},
		{"another call whose answer is lost", login, hangUp, 2, false},
		{"a server error", login, func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) == 1 {
					test.first(w)
					return
				}
				_, _ = w.Write([]byte(`{"ok":true}`))
			}))
			defer server.Close()
			transport := &http.Transport{DisableKeepAlives: true}
			err := test.call(t.Context(), slackapi.New("xoxb-1", server.URL+"/", transport))
			if (err != nil) != test.fails || calls.Load() != test.calls {
				t.Errorf("%d calls (%v), want %d", calls.Load(), err, test.calls)
			}
			if limited, ok := errors.AsType[*slack.RateLimitedError](err); test.name == "a post that is rate limited for long" && (!ok || limited.RetryAfter != 30*time.Second) {
				t.Errorf("the error does not say when to try again: %v", err)
			}
		})
	}
}

// TestClient_RetriesUnsentPosts fails to connect at first.
func TestClient_RetriesUnsentPosts(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok":true}`)) }))
	defer server.Close()
	var dials atomic.Int32
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) == 1 {
			return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	_, _, err := slackapi.New("xoxb-1", server.URL+"/", transport).PostMessageContext(t.Context(), "C1", slack.MsgOptionText("hi", false))
	if err != nil || dials.Load() != 2 {
		t.Errorf("%d dials (%v), want 2", dials.Load(), err)
	}
}
