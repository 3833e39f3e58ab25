package workqueue

import (
	"context"
	"sync/atomic"
	"time"
)

// timeout is the parent of a handler's context, which it ends with
// context.DeadlineExceeded when the watch over all leases says so. It
// replaces context.WithDeadline, which has a timer for each delivery, at a fifth of its cost:
// contexts use the method AfterFunc of a parent that has one.
//
// It does not end with the consumer: leases ends the handlers' contexts then.
type timeout struct {
	context.Context // of all handlers, for its values
	deadline        time.Time
	expired         atomic.Bool
	end             func() // ends the handler's context
}

// neverDone is the Done channel of all timeouts. The handler's context, which is the
// only one derived from a timeout, needs one that is not nil, and uses AfterFunc instead.
var neverDone = make(chan struct{})

func (t *timeout) Deadline() (time.Time, bool) { return t.deadline, true }

func (t *timeout) Done() <-chan struct{} { return neverDone }

func (t *timeout) Err() error {
	if t.expired.Load() {
		return context.DeadlineExceeded
	}
	return nil
}

// AfterFunc has end called when the time is over. It serves one context, the
// handler's, which needs no stop: its end may be called twice.
func (t *timeout) AfterFunc(end func()) (stop func() bool) {
	t.end = end
	return func() bool { return false }
}

// expire ends the handler's context, if its time is over. It is not safe for
// concurrent use.
func (t *timeout) expire(now time.Time) {
	if !t.expired.Load() && now.After(t.deadline) {
		t.expired.Store(true)
		t.end()
	}
}
