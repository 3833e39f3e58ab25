package workqueue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// ErrLeaseLost is the cause of a handler's cancelled context, and part of its
// outcome, when another consumer may have taken its event over.
var ErrLeaseLost = errors.New("the lease was lost")

// leases extends the leases of the deliveries of one type while they are
// handled, and cancels those that it could not.
type leases struct {
	rdb      redis.UniversalClient
	stream   string
	consumer string
	every    time.Duration // between two extensions
	giveUp   time.Duration // after the last that succeeded
	log      zerolog.Logger

	mu   sync.Mutex
	held map[string]*lease // by entry id
}

// lease is the right of this consumer to handle one delivery.
type lease struct {
	of     *leases
	id     string
	cancel context.CancelCauseFunc
	stop   context.CancelFunc
	// until is when it is extended no more: a handler that does not return
	// although it was cancelled must not keep its event for ever. It is the zero
	// time once the handler has returned.
	until time.Time
	// watchdog gives the lease up when it was not extended for too long. It
	// does not depend on an answer from Redis.
	watchdog *time.Timer
	lost     bool
}

// hold begins to extend the lease of a delivery that was asked for at a given
// time, which is before Redis gave it out.
// The context it returns ends with handling, when the lease is lost, and after
// longest.
func (l *leases) hold(handling context.Context, id string, asked time.Time, longest time.Duration) (context.Context, *lease) {
	ctx, cancel := context.WithCancelCause(handling)
	ctx, stop := context.WithTimeout(ctx, longest)
	h := &lease{of: l, id: id, cancel: cancel, stop: stop, until: asked.Add(longest + grace)}
	l.mu.Lock()
	defer l.mu.Unlock()
	h.watchdog = time.AfterFunc(time.Until(asked.Add(l.giveUp)), func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lose(h)
	})
	l.held[id] = h
	return ctx, h
}

// over ends the handler's context, but not the lease: its outcome is still to
// be recorded. It reports whether the lease was lost.
func (h *lease) over() (lost bool) {
	h.stop()
	h.cancel(nil)
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.until = time.Time{}
	return h.lost
}

// release ends the lease.
func (h *lease) release() {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.watchdog.Stop()
	if h.of.held[h.id] == h {
		delete(h.of.held, h.id)
	}
}

// has reports whether a delivery is being worked on here, though its lease may
// be lost.
func (l *leases) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.held[id]
	return ok
}

// run extends the leases until ctx ends.
func (l *leases) run(ctx context.Context) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.extend(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// extend extends all leases that are held, and gives up those that Redis says
// are another consumer's.
func (l *leases) extend(ctx context.Context) {
	ids := l.ids()
	if len(ids) == 0 {
		return
	}
	asked := time.Now()
	ctx, cancel := context.WithTimeout(ctx, l.giveUp)
	defer cancel()
	args := []any{group, l.consumer}
	for _, id := range ids {
		args = append(args, id)
	}
	lost, err := extendScript.Run(ctx, l.rdb, []string{l.stream}, args...).StringSlice()
	if err != nil {
		l.log.Warn().Err(err).Int("leases", len(ids)).Msg("could not extend the leases of what is being handled")
		return // the watchdogs know how long that may go on
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range lost {
		if h := l.held[id]; h != nil {
			l.lose(h)
		}
	}
	for _, id := range ids {
		if h := l.held[id]; h != nil && !h.lost {
			h.watchdog.Reset(time.Until(asked.Add(l.giveUp)))
		}
	}
}

func (l *leases) ids() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]string, 0, len(l.held))
	for id, h := range l.held {
		if !h.lost && (h.until.IsZero() || time.Now().Before(h.until)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// lose gives a lease up, unless it has been released. l.mu is held.
func (l *leases) lose(h *lease) {
	if h.lost || l.held[h.id] != h {
		return
	}
	h.lost = true
	h.watchdog.Stop()
	h.cancel(ErrLeaseLost)
	l.log.Warn().Str("entry", h.id).Msg("lost the lease of an event that is being handled")
}
