package app

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/slack-go/slack"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestTransport_KeepsAConnectionForEachWorker makes a thousand calls, 64 at a time as the
// workers of a stream do, and counts the connections that a server gets.
func TestTransport_KeepsAConnectionForEachWorker(t *testing.T) {
	t.Parallel()
	const workers, calls = 64, 16 * 64
	var dialled atomic.Int32
	// Each call waits until all workers have one under way, or those that are left.
	gate := newGate(t, workers)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gate.pass()
		_, _ = io.WriteString(w, `{"ok":true,"ts":"1.2"}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	transport := newTransport(workers)
	defer transport.CloseIdleConnections()
	api := slackapi.New("xoxb-1", server.URL+"/", transport)

	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for range calls / workers {
				if _, _, err := api.PostMessageContext(t.Context(), "D1", slack.MsgOptionText("hi", false)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	testenv.Wait(t, &pool)
	if n := dialled.Load(); n > workers {
		t.Errorf("%d connections for %d calls, %d at a time", n, calls, workers)
	}
}

// gate lets callers pass in groups of a size.
type gate struct {
	t    *testing.T
	size int
	mu   sync.Mutex
	n    int
	open chan struct{}
}

func newGate(t *testing.T, size int) *gate {
	return &gate{t: t, size: size, open: make(chan struct{})}
}

func (g *gate) pass() {
	g.mu.Lock()
	open := g.open
	if g.n++; g.n == g.size {
		close(open)
		g.n, g.open = 0, make(chan struct{})
	}
	g.mu.Unlock()
	testenv.Hold(g.t, open)
}
