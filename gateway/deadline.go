package gateway

import (
	"context"
	"sync"
	"time"
)

// Deadlines makes contexts that end after Timeout. Those that are asked for within
// deadlineStep share a timer and end together, up to deadlineStep early: a gateway
// under load would set and stop a timer for each request otherwise. It is safe for
// concurrent use.
type Deadlines struct {
	Timeout time.Duration

	mu      sync.Mutex
	current context.Context
	until   time.Time // when current is no longer handed out
}

// deadlineStep is how much earlier than its timeout a context may end.
const deadlineStep = 50 * time.Millisecond

// Context returns a context with the values of ctx, which ends after the timeout. It
// does not end with ctx: whether an event is queued does not depend on how long the
// client waits.
func (d *Deadlines) Context(ctx context.Context) context.Context {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current == nil || now.After(d.until) {
		end := now.Add(d.Timeout)
		// It is cancelled when it ends: its last user is not known before.
		shared, cancel := context.WithDeadline(context.WithoutCancel(ctx), end)
		context.AfterFunc(shared, cancel)
		d.current, d.until = shared, now.Add(min(deadlineStep, d.Timeout/10))
	}
	return deadlineContext{ctx, d.current}
}

// deadlineContext has the values of one context, and the end of another.
type deadlineContext struct{ values, end context.Context }

func (c deadlineContext) Deadline() (time.Time, bool) { return c.end.Deadline() }
func (c deadlineContext) Done() <-chan struct{}       { return c.end.Done() }
func (c deadlineContext) Err() error                  { return c.end.Err() }
func (c deadlineContext) Value(key any) any           { return c.values.Value(key) }
