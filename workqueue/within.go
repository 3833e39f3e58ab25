package workqueue

import (
	"context"
	"time"
)

// within returns a context that bounds calls of Redis, by ctx's deadline or by
// patience, and that no other end of ctx cuts short. The client waits for a
// connection, and dials anew, for as long as the context has not ended, whatever
// deadline it names: a context with a deadline and no timer is not enough.
func within(ctx context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	at := time.Now().Add(patience)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(at) {
		at = earlier
	}
	return context.WithDeadline(context.WithoutCancel(ctx), at)
}
