// Package batch lets many goroutines share round trips to a server.
package batch

import (
	"context"
	"runtime"
	"sync"
)

// Batcher shares round trips ("group commit"): items that come while calls are under way go
// out together with the next. It waits for no timer, so it adds no delay, and it has no
// goroutine while there is nothing to do. A publisher waits for its events with Do; a consumer
// leaves its acknowledgements with Post. Make one with New. It is safe for concurrent use.
type Batcher[T any] struct {
	call     func(ctx context.Context, items []T)
	parallel int

	mu      sync.Mutex
	waiting []*batch[T]
	calls   int // under way
}

// New returns a Batcher. call handles the items, and stores in each its result. Its context
// is that of a single item, or one that does not end with any. parallel is how many calls are
// under way at most. With 2 the next batch is built while the server works on one; with 1
// batches are as large as possible.
func New[T any](parallel int, call func(ctx context.Context, items []T)) *Batcher[T] {
	return &Batcher[T]{call: call, parallel: parallel}
}

// batch has the items that go out with one call.
type batch[T any] struct {
	items []T
	done  chan struct{} // closed after the call
}

// maxBatch is how many items one call gets at most.
const maxBatch = 256

// Do passes item to call, and returns after that. When ctx ends before, it returns
// its error, and item may be handled all the same.
func (b *Batcher[T]) Do(ctx context.Context, item T) error {
	joined, lead := b.join(item)
	if lead {
		runtime.Gosched() // those who are about to call Do come along; when there is little to do, nobody is
		b.lead(ctx, joined)
	}
	select { // first: both may have ended
	case <-joined.done:
		return nil
	default:
	}
	select {
	case <-joined.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lead makes the call for the caller's own item if nobody has come along, with its context.
// Another goroutine makes all other calls, so that the caller returns when its context ends.
func (b *Batcher[T]) lead(ctx context.Context, own *batch[T]) {
	next := b.next()
	defer func() { // also if a call panics
		if next != nil {
			go b.drain(context.WithoutCancel(ctx), next)
		}
	}()
	if next == own && len(own.items) == 1 {
		defer func() { next = b.next() }()
		b.handle(ctx, own)
	}
}

// Post passes item to call. It returns at once while as many calls are under way as may be, or
// items wait. Otherwise it makes calls until nothing is waiting. All items share ctx.
func (b *Batcher[T]) Post(ctx context.Context, item T) {
	if _, lead := b.join(item); lead {
		b.drain(ctx, b.next())
	}
}

// join adds an item to the last batch that waits, or to a new one when that is full,
// and returns the batch. lead reports whether the caller is to make calls.
func (b *Batcher[T]) join(item T) (last *batch[T], lead bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.waiting)
	if b.calls < b.parallel && n == 0 {
		b.calls++
		lead = true
	}
	if n == 0 || len(b.waiting[n-1].items) == maxBatch {
		b.waiting = append(b.waiting, &batch[T]{done: make(chan struct{})})
	}
	last = b.waiting[len(b.waiting)-1]
	last.items = append(last.items, item)
	return last, lead
}

// drain makes calls, for next and until nothing is waiting. next may be nil.
func (b *Batcher[T]) drain(ctx context.Context, next *batch[T]) {
	for ; next != nil; next = b.next() {
		b.handle(ctx, next)
		runtime.Gosched() // so that the next batch gets the items of those who waited
	}
}

// handle makes one call.
func (b *Batcher[T]) handle(ctx context.Context, batch *batch[T]) {
	defer close(batch.done)
	b.call(ctx, batch.items)
}

// next returns the batch that has waited longest. When there is none, the caller's
// call has ended.
func (b *Batcher[T]) next() *batch[T] {
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
