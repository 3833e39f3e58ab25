package workqueue

import (
	"context"
	"time"
)

// timeout is the parent of a handler's context, which it ends with
// context.DeadlineExceeded when the watch over all leases says so. It does what
// context.WithDeadline does with a timer for each delivery, at a fifth of the time:
// contexts use the method AfterFunc of a parent that has one.
//
// It does not end with the consumer: leases ends the handlers' contexts then.
type timeout struct {
	context.Context // of all handlers, for its values
	deadline        time.Time
	done            chan struct{}
	end             func() // ends the handler's context
}

func (t *timeout) Deadline() (time.Time, bool) { return t.deadline, true }

func (t *timeout) Done() <-chan struct{} { return t.done }

func (t *timeout) Err() error {
	select {
	case <-t.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
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
	if t.Err() == nil && now.After(t.deadline) {
		close(t.done)
		t.end()
	}
}
