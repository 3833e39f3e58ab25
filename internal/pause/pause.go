// Package pause waits for a while, and not after a context has ended.
package pause

import (
	"context"
	"time"
)

// For waits for d and reports true, or false as soon as ctx ends.
func For(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
