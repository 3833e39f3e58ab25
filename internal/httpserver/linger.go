package httpserver

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// drainer knows when a request last came since Run's ctx has ended.
type drainer struct {
	http.Handler
	// stopping is set once Run's ctx has ended, latest is when a request last began since then.
	stopping atomic.Bool
	latest   moment
}

// ServeHTTP implements http.Handler.
func (d *drainer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.stopping.Load() {
		d.latest.is(time.Now())
		w.Header().Set("Connection", "close") // the next request is somebody else's
	}
	d.Handler.ServeHTTP(w, r)
}

// linger waits until no request has come for as long as quiet, for longest at
// most. A router needs a moment to learn that this process stops, and requests
// from it may still wait to be accepted: a listener that is closed resets such
// connections, and Slack would have to send those events again.
func (d *drainer) linger(ctx context.Context, longest, quiet time.Duration) {
	d.stopping.Store(true)
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for since := time.Now(); time.Since(since) < quiet && ctx.Err() == nil; {
		timer := time.NewTimer(quiet - time.Since(since))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		if latest := epoch.Add(d.latest.load()); latest.After(since) {
			since = latest
		}
	}
}
