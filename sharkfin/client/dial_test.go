package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestDial_Errors(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	_, err := client.Dial(t.Context(), s.address(), client.WithAPIKey("wrong"))
	refused, ok := errors.AsType[*client.ServerError](err)
	if !ok || refused.Status != 401 || refused.Message != "auth: invalid token" || !errors.Is(err, client.ErrUnauthorized) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong key: %v", err)
	}
	for address, text := range map[string]string{
		strings.TrimSuffix(s.address(), "/ws") + "/nothing": "404", "localhost:16000": "must begin with", "ws://127.0.0.1:1/ws": "dial ws://127.0.0.1:1/ws",
	} {
		if _, err := client.Dial(t.Context(), address, client.WithAPIKey(key)); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q", address, err, text)
		}
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("welcome")) }))
	defer page.Close()
	if _, err := client.Dial(t.Context(), page.URL); err == nil || !strings.Contains(err.Error(), "is this the address of a Sharkfin server's /ws?") {
		t.Errorf("a web page: %v", err)
	}
	if _, err := client.Dial(t.Context(), s.address(), client.WithAPIKey("gopher-key\n")); err == nil || !strings.Contains(err.Error(), "control character") {
		t.Errorf("a key with a line break: %v", err)
	}
}

func TestDial_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.Fail(sim.Fault{Path: "/ws", Hang: true, Times: 2})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dialed := make(chan error, 1)
	go func() {
		_, err := client.Dial(ctx, s.address(), client.WithAPIKey(key))
		dialed <- err
	}()
	s.handshakes(t, 1)
	cancel()
	if err := testenv.Next(t, dialed); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := client.Dial(ctx, s.address(), client.WithAPIKey(key)); !errors.Is(err, client.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timed out: %v", err)
	}
}
