// Package watchdog ends a process whose Redis has been away for too long, so
// that the platform starts it afresh: whatever keeps this one from reaching
// Redis, be it an old address or a client that hangs, may not keep the next. Before
// that it says that something is wrong.
//
// It must not know Redis, nor what the process does.
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
	// Beat shows that Redis takes what this process writes.
	Beat func(context.Context) error
	// Every is the time between two beats, and bounds each.
	Every time.Duration
	// Stale is how long after the last beat that succeeded a warning is logged.
	Stale time.Duration
	// GiveUp is how long after it Run returns ErrStopped.
	GiveUp time.Duration
	Log    zerolog.Logger
}

// ErrStopped is what Run returns when there was no beat for too long.
var ErrStopped = errors.New("the heartbeat to Redis has stopped")

// Heart beats. Make one with New, then Run it.
type Heart struct {
	opts Options
	last atomic.Pointer[time.Time]
}

// New returns a Heart whose last beat is now.
func New(opts Options) *Heart {
	h := &Heart{opts: opts}
	h.beaten()
	return h
}

// Age returns how long ago the last beat that succeeded was. It is safe for
// concurrent use.
func (h *Heart) Age() time.Duration { return time.Since(*h.last.Load()) }

func (h *Heart) beaten() {
	now := time.Now()
	h.last.Store(&now)
}

// Run beats until ctx ends, or until there was no beat for GiveUp: then it
// returns an error that is ErrStopped. It warns once that the heartbeat is stale,
// and says once that it is back.
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
			h.opts.Log.Info().Msg("the heartbeat to Redis is back")
		case err == nil:
		case age >= h.opts.GiveUp:
			return fmt.Errorf("%w: none for %v: %w", ErrStopped, age.Round(time.Second), err)
		case age >= h.opts.Stale && !stale:
			stale = true
			h.opts.Log.Warn().Err(err).Stringer("age", age.Round(time.Second)).Stringer("gives_up_after", h.opts.GiveUp).
				Msg("the heartbeat to Redis is stale; if it stays so the process ends, to be started afresh")
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
