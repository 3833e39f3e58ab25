package workqueue

import (
	"context"
	"sync"
)

// InOrder has the deliveries for which key returns the same text handled one after
// another, in the order of the stream, as far as one consumer has them at the same time.
// A delivery that waits for its turn holds its worker and its lease, and its Timeout runs.
// Retries and postponed deliveries come when they are due. key is called on the path of
// all deliveries of its shard, so it must be quick; with "" a delivery waits for none.
func InOrder(key func(*Delivery) string) HandleOption {
	return func(o *handleOptions) { o.order = key }
}

// lines are the deliveries of a shard that wait for each other, by key. They are as many
// as there are busy workers.
type lines struct {
	mu sync.Mutex
	// last is closed when the last delivery of a line is done with.
	last map[string]chan struct{}
}

// turn is the place of a delivery in its line. The zero value waits for none.
type turn struct {
	before chan struct{} // nil for the first
	leave  func()
}

// enter adds a delivery to the end of a line. It is called in the order of the stream.
func (l *lines) enter(key string) turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = map[string]chan struct{}{}
	}
	before, mine := l.last[key], make(chan struct{})
	l.last[key] = mine
	return turn{before, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.last[key] == mine {
			delete(l.last, key)
		}
		close(mine)
	}}
}

// wait waits for those before, or until ctx ends.
func (t turn) wait(ctx context.Context) {
	if t.before == nil {
		return
	}
	select {
	case <-t.before:
	case <-ctx.Done():
	}
}

// end lets the next one begin.
func (t turn) end() {
	if t.leave != nil {
		t.leave()
	}
}
