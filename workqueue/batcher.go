package workqueue

import (
	"context"
	"sync"
)

// batcher lets many goroutines share round trips: what comes while one call is
// under way goes out together with the next. It waits for no timer, so it adds
// no delay, and it has no goroutine while there is nothing to do.
type batcher[T any] struct {
	// call does what a batch asks for and returns an error for each of its
	// items, in their order. Its context is not cancelled.
	call func(ctx context.Context, batch []T) []error

	mu      sync.Mutex
	waiting []ticket[T]
	busy    bool // a goroutine empties waiting
}

type ticket[T any] struct {
	item T
	done chan error // takes one value without blocking
}

// maxBatch is how many items one call gets at the most.
const maxBatch = 256

// do has call do what item asks for, and returns its error. Whoever comes while
// nothing is under way makes the call; the others wait for the next, or until
// their ctx ends, when the item may be done all the same.
func (b *batcher[T]) do(ctx context.Context, item T) error {
	b.mu.Lock()
	if !b.busy {
		b.busy = true
		b.mu.Unlock()
		err := b.call(context.WithoutCancel(ctx), []T{item})[0]
		b.mu.Lock()
		if b.busy = len(b.waiting) > 0; b.busy {
			go b.empty(context.WithoutCancel(ctx))
		}
		b.mu.Unlock()
		return err
	}
	t := ticket[T]{item, make(chan error, 1)}
	b.waiting = append(b.waiting, t)
	b.mu.Unlock()
	select {
	case err := <-t.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// empty calls until nothing is waiting.
func (b *batcher[T]) empty(ctx context.Context) {
	for {
		b.mu.Lock()
		batch := b.waiting[:min(len(b.waiting), maxBatch)]
		b.waiting = b.waiting[len(batch):]
		if len(batch) == 0 {
			b.waiting, b.busy = nil, false
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()

		items := make([]T, len(batch))
		for i, t := range batch {
			items[i] = t.item
		}
		for i, err := range b.call(ctx, items) {
			batch[i].done <- err
		}
	}
}
