package workqueue

import (
	"context"
	"sync"
)

// batcher lets many goroutines share round trips: what comes while calls are
// under way goes out together with the next. It waits for no timer, so it adds
// no delay, and it has no goroutine while there is nothing to do.
type batcher[T any] struct {
	// call does what a batch asks for and returns an error for each of its
	// items, in their order. Its context is not cancelled.
	call func(ctx context.Context, batch []T) []error

	mu      sync.Mutex
	waiting []ticket[T]
	calls   int // under way
}

type ticket[T any] struct {
	item T
	done chan error // takes one value without blocking
}

const (
	// maxBatch is how many items one call gets at the most.
	maxBatch = 256
	// maxCalls is how many calls are under way at once: while Redis works on
	// one, the next is made up.
	maxCalls = 2
)

// do has call do what item asks for, and returns its error. Whoever may make a
// call makes it; the others wait for the next, or until their ctx ends, when the
// item may be done all the same.
func (b *batcher[T]) do(ctx context.Context, item T) error {
	b.mu.Lock()
	if b.calls < maxCalls && len(b.waiting) == 0 {
		b.calls++
		b.mu.Unlock()
		err := b.call(context.WithoutCancel(ctx), []T{item})[0]
		b.mu.Lock()
		if len(b.waiting) > 0 {
			go b.empty(context.WithoutCancel(ctx))
		} else {
			b.calls--
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
			b.waiting = nil
			b.calls--
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
