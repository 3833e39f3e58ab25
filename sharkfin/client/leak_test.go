package client_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// TestClose_LeavesNoGoroutine does not run in parallel: it counts goroutines.
func TestClose_LeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := start(t, sim.Options{})
	for range 20 {
		c := s.connect(t, client.WithReconnect(soon), client.WithEcho(1))
		if err := c.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.CutSockets("gopher")
		c.Close()
	}
	// Also not of HTTP connections that are kept, if the HTTP client is the package's.
	c, err := client.Dial(t.Context(), s.address(), client.WithAPIKey(key))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Close()
	s.Server.Close()
	s.http.Listener.Close() // Close would close the kept connections, too
	goleak.VerifyNone(t, before)
}
