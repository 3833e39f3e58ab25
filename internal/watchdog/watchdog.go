// Package watchdog stops a process that has had no heartbeat to Redis for too long, so that
// its supervisor restarts it. A new process may succeed where this one cannot, such as
// after a change of Redis's address. Before it stops the process, it logs a warning.
//
// It must not know Redis, nor the process's work.
package watchdog

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Options configures a Heart. All but Log are required.
type Options struct {
	// Beat writes a heartbeat to Redis.
	Beat func(context.Context) error
	// Every is the time between two heartbeats, and the timeout of each.
	Every time.Duration
	// Stale is the time after the last successful heartbeat when a warning is logged.
	Stale time.Duration
	// Timeout is the time after the last successful heartbeat when Run returns ErrStopped.
	Timeout time.Duration
	Log     zerolog.Logger
}

// ErrStopped is the error of Run when there was no heartbeat for Options.Timeout.
var ErrStopped = errors.New("the heartbeat to Redis has stopped")

// Heart sends heartbeats. Create it with New and call Run.
type Heart struct {
	opts Options
	last atomic.Pointer[time.Time]
}

// New returns a Heart that counts the time from now.
func New(opts Options) *Heart {
	h := &Heart{opts: opts}
	h.beaten()
	return h
}

// Age returns the time since the last successful heartbeat. It is safe for concurrent
// use.
func (h *Heart) Age() time.Duration { return time.Since(*h.last.Load()) }

func (h *Heart) beaten() {
	now := time.Now()
	h.last.Store(&now)
}

// Run sends heartbeats until ctx ends. It returns an error that wraps ErrStopped if there
// was no successful one for Options.Timeout. It logs once that the heartbeat is stale, and
// once that it has recovered.
func (h *Heart) Run(ctx context.Context) error {
	tick := time.NewTicker(h.opts.Every)
	defer tick.Stop()
	stale := false
	for {
		err := h.beat(ctx)
		age := h.Age()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil && stale:
			stale = false
			h.opts.Log.Info().Msg("the heartbeat to Redis has recovered")
		case err == nil:
		case age >= h.opts.Timeout:
			return fmt.Errorf("%w: none for %v: %w", ErrStopped, age.Round(time.Second), err)
		case age >= h.opts.Stale && !stale:
			stale = true
			h.opts.Log.Warn().Err(err).Stringer("age", age.Round(time.Second)).Stringer("exits_after", h.opts.Timeout).
				Msg("the heartbeat to Redis is stale; check REDIS_URL and Redis; unless it recovers the process exits, to be restarted")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (h *Heart) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.opts.Every)
	defer cancel()
	err := h.opts.Beat(ctx)
	if err == nil {
		h.beaten()
	}
	return err
}
