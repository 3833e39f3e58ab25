package playground_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/playground"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client returns a client of a server that answers with handler.
func client(t *testing.T, handler http.HandlerFunc, log io.Writer) *playground.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return playground.New(server.URL+"/api/", "https://play.example/", transport, slog.New(slog.NewJSONHandler(log, nil)))
}

func TestShare(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "a-B_9")
	}, io.Discard)
	address, err := c.Share(t.Context(), "package main // <&>")
	if err != nil || address != "https://play.example/p/a-B_9" {
		t.Errorf("%q (%v)", address, err)
	}
	if got.Method != "POST" || got.URL.Path != "/api/share" || string(body) != "package main // <&>" {
		t.Errorf("%s %s %q", got.Method, got.URL, body)
	}
	if agent := got.UserAgent(); !strings.Contains(agent, "gopherbot") {
		t.Errorf("the Go Playground wants to know who calls, and reads %q", agent)
	}
}

func TestShare_BadAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		status  int
		body    string
		refused bool
	}{
		{"too large", http.StatusRequestEntityTooLarge, "Snippet is too large", true},
		{"forbidden", http.StatusForbidden, "", true},
		{"moved", http.StatusFound, "", true},
		{"busy", http.StatusTooManyRequests, "", false},
		{"broken", http.StatusInternalServerError, "", false},
		{"away", http.StatusServiceUnavailable, "", false},
		{"a page", http.StatusOK, "<html>hello</html>", false},
		{"nothing", http.StatusOK, "", false},
		{"a trap", http.StatusOK, "x|<!channel>", false},
		{"without end", http.StatusOK, strings.Repeat("a", 1<<20), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			var log strings.Builder
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				requests++
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}, &log)
			address, err := c.Share(t.Context(), "a secret")
			refused, ok := errors.AsType[*playground.RefusedError](err)
			if err == nil || address != "" || ok != test.refused || ok && refused.Status != test.status || requests != 1 {
				t.Errorf("%q (%v) after %d requests", address, err, requests)
			}
			if logged := strings.Contains(log.String(), "refused"); logged != test.refused || strings.Contains(log.String(), "secret") {
				t.Errorf("logged %q", log.String())
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "<")) {
				t.Errorf("the error quotes what it must not: %v", err)
			}
		})
	}
}

func TestShare_TooLarge(t *testing.T) {
	t.Parallel()
	c := client(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") }, io.Discard)
	_, err := c.Share(t.Context(), strings.Repeat("x", playground.MaxSource+1))
	if refused, ok := errors.AsType[*playground.RefusedError](err); !ok || refused.Status != http.StatusRequestEntityTooLarge {
		t.Error(err)
	}
}

func TestShare_Timeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	c := client(t, func(http.ResponseWriter, *http.Request) { testenv.Hold(t, release) }, io.Discard)
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Share(ctx, "package main")
	if _, refused := errors.AsType[*playground.RefusedError](err); refused || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want an error that has it tried again", err)
	}
}
