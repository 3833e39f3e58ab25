package sharkfin

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
)

// TestGateway_StopsAtEveryMoment stops gateways at each moment of their start and of their
// work, one after the other. The next one reads on: nothing is lost, and nothing stays
// behind. It is not parallel, because it counts goroutines.
func TestGateway_StopsAtEveryMoment(t *testing.T) {
	w := newWorld(t, sim.Options{})
	start(t, w.options()).settled(t).stop() // it sets the cursors
	w.http.Client().CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	var ids []int64
	for moment := range 40 {
		g := start(t, w.options())
		for range 3 {
			ids = append(ids, w.say(t, sim.Post{Body: fmt.Sprint("at moment ", moment), REST: moment%2 == 0}))
		}
		pause.For(t.Context(), time.Duration(moment)*time.Millisecond)
		g.stop()
	}
	w.http.Client().CloseIdleConnections() // which the process does for its transport
	goleak.VerifyNone(t, before)
	start(t, w.options())
	w.queue.has(t, ids...)
}

// TestGateway_StopsWhileTheServerHangs stops a gateway whose requests are not answered.
func TestGateway_StopsWhileTheServerHangs(t *testing.T) {
	w := newWorld(t, sim.Options{})
	for _, path := range []string{"/api/v1/auth/register", "/presence", "/ws", "/api/v1/channels", "/mcp"} {
		w.ClearFaults()
		w.Fail(sim.Fault{Path: path, Times: 1 << 20, Hang: true})
		g := start(t, w.options())
		pause.For(t.Context(), 100*time.Millisecond)
		began := time.Now()
		g.stop()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s hangs: stopped after %v", path, took)
		}
	}
}
