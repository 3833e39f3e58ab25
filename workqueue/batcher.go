package workqueue

import (
	"context"
	"runtime"
	"sync"
)

// batcher lets many goroutines share round trips: what comes while calls are
// under way goes out together with the next. It waits for no timer, so it adds
// no delay, and it has no goroutine while there is nothing to do.
type batcher[T any] struct {
	// call does what the items ask for, and notes in each what became of it. Its
	// context is that of a single item, or one that does not end.
	call func(ctx context.Context, items []T)

	mu      sync.Mutex
	waiting []*batch[T]
	calls   int // under way
}

// batch is what goes out with one call.
type batch[T any] struct {
	items []T
	done  chan struct{} // closed after the call
}

const (
	// maxBatch is how many items one call gets at the most.
	maxBatch = 256
	// maxCalls is how many calls are under way at once: while Redis works on
	// one, the next is made up.
	maxCalls = 2
)

// do has call do what item asks for. Whoever may make a call makes it; the others
// wait for the next, or until their ctx ends, when the item may be done all the
// same.
func (b *batcher[T]) do(ctx context.Context, item T) error {
	b.mu.Lock()
	if b.calls < maxCalls && len(b.waiting) == 0 {
		b.calls++
		b.mu.Unlock()
		b.call(ctx, []T{item})
		b.mu.Lock()
		if len(b.waiting) > 0 {
			go b.empty(context.WithoutCancel(ctx))
		} else {
			b.calls--
		}
		b.mu.Unlock()
		return nil
	}
	joined := b.join(item)
	b.mu.Unlock()
	select {
	case <-joined.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join adds an item to the last batch that waits, or to a new one when that is
// full. b.mu is held.
func (b *batcher[T]) join(item T) *batch[T] {
	if n := len(b.waiting); n == 0 || len(b.waiting[n-1].items) == maxBatch {
		b.waiting = append(b.waiting, &batch[T]{done: make(chan struct{})})
	}
	last := b.waiting[len(b.waiting)-1]
	last.items = append(last.items, item)
	return last
}

// empty calls until nothing is waiting.
func (b *batcher[T]) empty(ctx context.Context) {
	for next := b.next(); next != nil; next = b.next() {
		b.call(ctx, next.items)
		close(next.done)
		runtime.Gosched() // so that the next batch gets what those who waited publish now
	}
}

// next returns the batch that has waited longest. If there is none, there is one
// call less.
func (b *batcher[T]) next() *batch[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.calls--
		return nil
	}
	first := b.waiting[0]
	b.waiting = b.waiting[1:]
	return first
}
