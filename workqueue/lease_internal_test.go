package workqueue

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// TestLease_PartsFitTogether: a handler is cancelled before another consumer may reclaim
// its event, and the event is reclaimed within the lease.
func TestLease_PartsFitTogether(t *testing.T) {
	t.Parallel()
	for _, lease := range []time.Duration{100 * time.Millisecond, 10 * time.Second, time.Hour} {
		c := &Consumer{opts: ConsumerOptions{Lease: lease}}
		if latest := c.giveUpAfter() + watchEvery(c.giveUpAfter()); latest >= c.claimableIdle() {
			t.Errorf("lease %v: lost after up to %v, claimable after %v", lease, latest, c.claimableIdle())
		}
		if latest := c.claimableIdle() + c.claimEvery(); latest > lease {
			t.Errorf("lease %v: reclaimed after up to %v", lease, latest)
		}
		if twice := 2 * c.extendEvery(); twice >= c.giveUpAfter() {
			t.Errorf("lease %v: one failed extension loses it, since the second is after %v", lease, twice)
		}
	}
}

// held returns leases of ten seconds and one of them. Its delivery, which has a timeout of
// a minute, was received, and its lease last extended, so long ago.
func held(ctx context.Context, taken, extended time.Duration) (*leases, *lease) {
	c := &Consumer{opts: ConsumerOptions{Lease: 10 * time.Second}, now: time.Now}
	l := newLeases(c, scripts{}, zerolog.Nop(), func() {})
	now := time.Now()
	h := l.hold(ctx, &delivery{Delivery: Delivery{EntryID: "1-1", ReceivedAt: now.Add(-taken)}, requested: now}, time.Minute)
	h.extended = now.Add(-extended)
	return l, h
}

func TestLease_CancelsExpired(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		taken, extended time.Duration
		returned        bool
		want            error
	}{
		{"one that was just taken", 0, 0, false, nil},
		{"one that was extended lately", 50 * time.Second, 6900 * time.Millisecond, false, nil},
		{"one that was not", 50 * time.Second, 7 * time.Second, false, ErrLeaseLost},
		{"one that has returned", 50 * time.Second, 8 * time.Second, true, context.Canceled},
		{"one that takes too long", 61 * time.Second, time.Second, false, context.DeadlineExceeded},
	} {
		l, h := held(t.Context(), test.taken, test.extended)
		if test.returned {
			h.end()
		}
		l.watch()
		if cause := context.Cause(h.ctx); cause != test.want {
			t.Errorf("%s: %v, want %v", test.name, cause, test.want)
		}
		if lost := h.end(); lost != (test.want == ErrLeaseLost) {
			t.Errorf("%s: lost is %v", test.name, lost)
		}
	}
}

func TestLease_Extends(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		taken          time.Duration
		returned, lost bool
		want           bool
	}{
		{"one that is being handled", 0, false, false, true},
		{"one whose handler has not noticed that its time is over", 61 * time.Second, false, false, true},
		{"one whose handler never will", 63 * time.Second, false, false, false},
		{"one whose outcome is being recorded, however long ago", 63 * time.Second, true, false, true},
		{"one that is another's", 0, false, true, false},
	} {
		l, h := held(t.Context(), test.taken, 0)
		h.returned, h.lost = test.returned, test.lost
		if got := slices.Equal(l.ids(), []string{"1-1"}); got != test.want {
			t.Errorf("%s: extended is %v", test.name, got)
		}
		h.release()
		if held, _ := l.has("1-1"); held || len(l.ids()) > 0 {
			t.Errorf("%s: held after its release", test.name)
		}
	}
}

// TestConsumer_LateDeliveryIsNotStarted: a delivery is not handled if Redis's reply took
// longer than the lease, or the delivery waited so long after it. Another consumer may
// have the event by then.
func TestConsumer_LateDeliveryIsNotStarted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		onItsWay, waited time.Duration
		begun            bool
	}{
		{6900 * time.Millisecond, 0, true},
		{7 * time.Second, 0, false},
		{5 * time.Second, 1900 * time.Millisecond, true},
		{5 * time.Second, 2 * time.Second, false},
	} {
		begun := false
		c := &Consumer{opts: ConsumerOptions{App: "app", Shards: 1, Lease: 10 * time.Second}, now: time.Now}
		r := newShardReader(c, handled{"greeting", func(context.Context, *Delivery) error {
			begun = true
			return nil
		}, defaultHandling(1), &handleCounters{}}, 0)
		now := time.Now()
		taken := now.Add(-test.waited)
		d := &delivery{Delivery: Delivery{EntryID: "1-1", ReceivedAt: taken}, requested: taken.Add(-test.onItsWay), origin: "1-1"}
		r.workers.leases.hold(t.Context(), d, time.Minute)
		outcome := r.workers.attempt(d.lease.ctx, &d.Delivery)
		if begun != test.begun || errors.Is(outcome, errNotBegun) == test.begun || d.lease.end() == test.begun {
			t.Errorf("after %v and %v: begun: %v, outcome %v", test.onItsWay, test.waited, begun, outcome)
		}
	}
}

// TestConsumer_NothingStartsAfterTheStop: a delivery that comes after StopTimeout is
// requeued without a call of its handler.
func TestConsumer_NothingStartsAfterTheStop(t *testing.T) {
	t.Parallel()
	c := &Consumer{opts: ConsumerOptions{App: "app", Shards: 1, Lease: 10 * time.Second}, now: time.Now}
	r := newShardReader(c, handled{"greeting", func(context.Context, *Delivery) error {
		t.Error("the handler is called")
		return nil
	}, defaultHandling(1), &handleCounters{}}, 0)
	handling, cancel := context.WithCancel(t.Context())
	cancel()
	now := time.Now()
	d := &delivery{Delivery: Delivery{EntryID: "1-1", Attempt: 1, ReceivedAt: now}, requested: now, origin: "1-1"}
	r.workers.leases.hold(handling, d, time.Minute)
	v, outcome := r.workers.decide(handling, d, r.workers.attempt(d.lease.ctx, &d.Delivery))
	if v.kind != requeue {
		t.Errorf("its outcome is %v, want a requeue", outcome)
	}
}

// TestLease_DeadlineExceeded: a handler's context, and the contexts derived from it,
// say at the deadline what a context with a deadline says.
func TestLease_DeadlineExceeded(t *testing.T) {
	t.Parallel()
	l, h := held(t.Context(), 61*time.Second, 0)
	derived, cancel := context.WithTimeout(h.ctx, time.Hour)
	defer cancel()
	if h.ctx.Err() != nil || derived.Err() != nil {
		t.Fatalf("ended before the watch: %v, %v", h.ctx.Err(), derived.Err())
	}
	if deadline, ok := h.ctx.Deadline(); !ok || !deadline.Equal(h.timeout.deadline) {
		t.Errorf("deadline %v (%v), want %v", deadline, ok, h.timeout.deadline)
	}
	l.watch()
	l.watch() // is over already
	for name, ctx := range map[string]context.Context{"the handler's": h.ctx, "a derived": derived} {
		if ctx.Err() != context.DeadlineExceeded || context.Cause(ctx) != context.DeadlineExceeded {
			t.Errorf("%s context: %v, cause %v", name, ctx.Err(), context.Cause(ctx))
		}
	}
}

// TestLease_EndsWithTheConsumer: the contexts of handlers end with that of all, with
// its cause.
func TestLease_EndsWithTheConsumer(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped")
	handling, stop := context.WithCancelCause(t.Context())
	_, h := held(handling, 0, 0)
	stop(stopped)
	select {
	case <-h.ctx.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the handler's context did not end")
	}
	if h.ctx.Err() != context.Canceled || context.Cause(h.ctx) != stopped {
		t.Errorf("%v, cause %v", h.ctx.Err(), context.Cause(h.ctx))
	}
	_, late := held(handling, 0, 0)
	if late.ctx.Err() != context.Canceled || context.Cause(late.ctx) != stopped {
		t.Errorf("begun after the end: %v, cause %v", late.ctx.Err(), context.Cause(late.ctx))
	}
}
