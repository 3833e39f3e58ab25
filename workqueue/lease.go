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

// leases extends the leases of the deliveries of one lane until they are
// finished, and cancels the handlers of those that it could not extend.
type leases struct {
	rdb      redis.UniversalClient
	stream   string
	consumer string
	now      func() time.Time
	every    time.Duration // between two extensions
	giveUp   time.Duration // after the last that succeeded
	log      zerolog.Logger
	trouble  errorReporter
	lost     func() // called for each that is lost

	mu   sync.Mutex
	held map[string]*lease // by entry id
}

// lease is the right of this consumer to handle one delivery, and the context
// that the handler has meanwhile. One context with a watch on all deadlines at
// once costs a fraction of a timer for each.
type lease struct {
	context.Context
	cancel context.CancelCauseFunc
	of     *leases
	id     string
	clear  func() // the delivery's; nil or called when it is lost or finished
	// deadline is when the handler is cancelled. A while after that the lease is
	// extended no more: a handler that does not return must not keep its event
	// for ever.
	deadline time.Time
	// extended is when it was last asked for with success.
	extended time.Time
	// lost is set when another consumer may have the event, returned when the
	// handler has returned: what is left is to record the outcome.
	lost, returned bool
}

// The lease in parts. It is extended three times within it. A consumer that
// cannot extend it gives its deliveries up before another may take them over,
// and the look for those comes often enough that all of it together stays
// within the lease.
func (c *Consumer) extendEvery() time.Duration   { return c.opts.Lease / 3 }
func (c *Consumer) giveUpAfter() time.Duration   { return c.opts.Lease * 7 / 10 }
func (c *Consumer) claimableIdle() time.Duration { return c.opts.Lease * 8 / 10 }
func (c *Consumer) claimEvery() time.Duration    { return c.opts.Lease / 10 }

// watchEvery is the time between two looks for leases to give up.
func watchEvery(giveUp time.Duration) time.Duration { return giveUp / 20 }

func newLeases(c *Consumer, stream string, log zerolog.Logger, lost func()) *leases {
	return &leases{
		rdb: c.rdb, stream: stream, consumer: c.name, now: c.now, every: c.extendEvery(), giveUp: c.giveUpAfter(),
		log:     log,
		trouble: c.outage(log, "the leases of what is being handled cannot be extended"),
		lost:    lost,
		held:    map[string]*lease{},
	}
}

// hold begins to extend the lease of a delivery. As a context it ends with
// handling, when it is lost, and soon after longest.
func (l *leases) hold(handling context.Context, d *Delivery, longest time.Duration) *lease {
	ctx, cancel := context.WithCancelCause(handling)
	h := &lease{Context: ctx, cancel: cancel, of: l, id: d.entryID, clear: d.clear, deadline: d.ReceivedAt.Add(longest), extended: d.asked}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[d.entryID] = h
	if l.now().Sub(d.asked) >= l.giveUp {
		l.lose(h) // Redis's answer was on its way for too long, or what came before it took too long
	}
	return h
}

// Deadline implements context.Context.
func (h *lease) Deadline() (time.Time, bool) { return h.deadline, true }

// over ends the handler's context, but not the lease: its outcome is still to
// be recorded. It reports whether the lease was lost.
func (h *lease) over() (lost bool) {
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
	if h.clear != nil {
		h.clear()
	}
}

// has reports whether a delivery is being worked on here, and whether its lease
// is lost all the same.
func (l *leases) has(id string) (held, lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, held := l.held[id]
	return held, held && h.lost
}

// all returns the ids of the deliveries that are being worked on here.
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

// extend extends all leases that are held, and gives up those that Redis says
// are another consumer's.
func (l *leases) extend(ctx context.Context) {
	ids := l.ids()
	if len(ids) == 0 {
		l.trouble.idle()
		return
	}
	asked := l.now()
	try, cancel := context.WithTimeout(ctx, l.giveUp)
	defer cancel()
	args := []any{group, l.consumer}
	for _, id := range ids {
		args = append(args, id)
	}
	lost, err := extendScript.Run(try, l.rdb, []string{l.stream}, args...).StringSlice()
	if err != nil {
		if ctx.Err() == nil {
			l.trouble.failing(ctx, err)
		}
		return // watch knows how long that may go on
	}
	l.trouble.recovered()

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
		if !h.lost && (h.returned || now.Before(h.deadline.Add(grace))) {
			ids = append(ids, id)
		}
	}
	return ids
}

// watch cancels handlers that have had their time, and gives up the leases that
// were not extended for so long that another consumer may soon take the events
// over.
func (l *leases) watch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, h := range l.held {
		if now.After(h.deadline) {
			h.cancel(context.DeadlineExceeded)
		}
		if now.Sub(h.extended) >= l.giveUp {
			l.lose(h)
		}
	}
}

// lose gives a lease up. One whose handler has returned has nothing to lose: the
// outcome is recorded if the event is still this consumer's. l.mu is held.
func (l *leases) lose(h *lease) {
	if h.lost || h.returned {
		return
	}
	h.lost = true
	h.cancel(ErrLeaseLost)
	if h.clear != nil {
		h.clear() // though its handler may never return
	}
	l.lost()
	l.log.Warn().Str("entry", h.id).Msg("lost the lease of an event that is in hand")
}
