package workqueue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// ErrLeaseLost is the cause of a handler's cancelled context, and part of its
// outcome, when another consumer may have reclaimed its event.
var ErrLeaseLost = errors.New("the lease was lost")

// leases extends the leases of the deliveries of one shard until they are released,
// and cancels the handlers of those that it could not extend.
type leases struct {
	scripts  scripts
	consumer string
	now      func() time.Time
	every    time.Duration // between two extensions
	giveUp   time.Duration // after the last that succeeded
	log      zerolog.Logger
	errors   errorReporter
	lost     func() // called for each that is lost

	mu   sync.Mutex
	held map[string]*lease // by entry id
	// handling is the context of all handlers, from the first delivery on.
	handling context.Context
}

// lease is the right of this consumer to handle one delivery.
type lease struct {
	ctx    context.Context // the handler's
	cancel context.CancelCauseFunc
	of     *leases
	id     string
	// releaseSuspect is the delivery's, and called when the lease is lost or released.
	releaseSuspect func()
	// timeout ends ctx. A grace period after its deadline the lease is no longer
	// extended: a handler that does not return must not keep its event for ever.
	timeout timeout
	// extended is when the last successful extension was requested.
	extended time.Time
	// lost is set when another consumer may have the event, returned when the
	// handler has returned and only its outcome is to be recorded.
	lost, returned bool
}

// The parts of a lease. It is extended three times within its duration. A consumer
// that cannot extend it cancels its handlers before another consumer may claim their
// events, and consumers claim often enough that all of it together stays within the
// lease.
func (c *Consumer) extendEvery() time.Duration   { return c.opts.Lease / 3 }
func (c *Consumer) giveUpAfter() time.Duration   { return c.opts.Lease * 7 / 10 }
func (c *Consumer) claimableIdle() time.Duration { return c.opts.Lease * 8 / 10 }
func (c *Consumer) claimEvery() time.Duration    { return c.opts.Lease / 10 }

// watchEvery is the time between two checks for lost leases and for handlers
// whose time is over.
func watchEvery(giveUp time.Duration) time.Duration { return giveUp / 20 }

func newLeases(c *Consumer, s scripts, log zerolog.Logger, lost func()) *leases {
	return &leases{
		scripts: s, consumer: c.name, now: c.now, every: c.extendEvery(), giveUp: c.giveUpAfter(),
		log:    log,
		errors: c.reporter(log, "the leases of running handlers cannot be extended"),
		lost:   lost,
		held:   map[string]*lease{},
	}
}

// hold begins to extend the lease of a delivery. The handler's context ends with
// handling, when the lease is lost, and soon after longest.
func (l *leases) hold(handling context.Context, d *delivery, longest time.Duration) *lease {
	h := &d.lease
	*h = lease{
		of: l, id: d.EntryID, releaseSuspect: d.releaseSuspect, extended: d.requested,
		timeout: timeout{Context: handling, deadline: d.ReceivedAt.Add(longest)},
	}
	h.ctx, h.cancel = context.WithCancelCause(&h.timeout)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[h.id] = h
	if l.handling != handling {
		l.handling = handling
		context.AfterFunc(handling, func() { l.cancelAll(context.Cause(handling)) })
	}
	if handling.Err() != nil {
		h.cancel(context.Cause(handling))
	}
	if l.now().Sub(d.requested) >= l.giveUp {
		l.lose(h) // Redis's reply took too long, or the delivery waited too long after it
	}
	return h
}

// cancelAll cancels all handlers.
func (l *leases) cancelAll(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.held {
		h.cancel(cause)
	}
}

// end ends the handler's context, but not the lease: its outcome is still to be
// recorded. It reports whether the lease was lost.
func (h *lease) end() (lost bool) {
	h.cancel(nil)
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.returned = true
	return h.lost
}

// release ends the lease.
func (h *lease) release() {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	if h.of.held[h.id] == h {
		delete(h.of.held, h.id)
	}
	if h.releaseSuspect != nil {
		h.releaseSuspect()
	}
}

// has reports whether a delivery is being handled here, and whether its lease is
// lost all the same.
func (l *leases) has(id string) (held, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, held := l.held[id]
	return held, held && h.lost
}

// all returns the ids of the deliveries that are being handled here.
func (l *leases) all() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make(map[string]bool, len(l.held))
	for id := range l.held {
		ids[id] = true
	}
	return ids
}

// run extends the leases until ctx ends. The watch over them does not depend on
// an answer from Redis, which may be silent.
func (l *leases) run(ctx context.Context) {
	var watch sync.WaitGroup
	defer watch.Wait()
	watch.Go(func() { everyTick(ctx, watchEvery(l.giveUp), l.watch) })
	everyTick(ctx, l.every, func() { l.extend(ctx) })
}

func everyTick(ctx context.Context, interval time.Duration, f func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f()
		case <-ctx.Done():
			return
		}
	}
}

// extend extends all leases. Those of which Redis says that another consumer has the
// entry are lost.
func (l *leases) extend(ctx context.Context) {
	ids := l.ids()
	if len(ids) == 0 {
		l.errors.idle()
		return
	}
	asked := l.now()
	try, cancel := context.WithTimeout(ctx, l.giveUp)
	defer cancel()
	lost, err := l.scripts.extend(try, l.consumer, ids)
	if err != nil {
		if ctx.Err() == nil {
			l.errors.failing(ctx, err)
		}
		return // watch knows how long that may go on
	}
	l.errors.recovered()

	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range lost {
		if h := l.held[id]; h != nil {
			l.lose(h)
		}
	}
	for _, id := range ids {
		if h := l.held[id]; h != nil {
			h.extended = asked
		}
	}
}

func (l *leases) ids() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	ids := make([]string, 0, len(l.held))
	for id, h := range l.held {
		if !h.lost && (h.returned || now.Before(h.timeout.deadline.Add(grace))) {
			ids = append(ids, id)
		}
	}
	return ids
}

// watch cancels handlers whose time is over. Leases that were not extended for so
// long that another consumer may soon reclaim the events are lost.
func (l *leases) watch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, h := range l.held {
		h.timeout.expire(now)
		if now.Sub(h.extended) >= l.giveUp {
			l.lose(h)
		}
	}
}

// lose cancels the handler of a lease that is lost. A lease whose handler has returned
// is not lost: its outcome is recorded if the event is still this consumer's. l.mu is
// held.
func (l *leases) lose(h *lease) {
	if h.lost || h.returned {
		return
	}
	h.lost = true
	h.cancel(ErrLeaseLost)
	if h.releaseSuspect != nil {
		h.releaseSuspect() // though its handler may never return
	}
	l.lost()
	l.log.Warn().Str("entry", h.id).Msg("lost the lease of an event that is being handled")
}
