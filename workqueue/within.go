package workqueue

import (
	"context"
	"time"
)

// within returns a context that bounds calls of Redis, by ctx's deadline or by
// patience, and that no cancellation cuts short. It has no timer: the client's
// connections heed the deadline, its waits between two tries are short, and a
// timer takes as long as all else that a call of Publish does by itself.
func within(ctx context.Context, patience time.Duration) context.Context {
	at := time.Now().Add(patience)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(at) {
		at = earlier
	}
	return deadline{context.WithoutCancel(ctx), at}
}

type deadline struct {
	context.Context
	at time.Time
}

// Deadline implements context.Context.
func (d deadline) Deadline() (time.Time, bool) { return d.at, true }
