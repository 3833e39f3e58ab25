// Package workqueue is a durable queue of events on Redis Streams: one stream
// per event type, one consumer group, any number of publishers and consumers.
//
// An event that Publish accepted is handled at least once. An event with a key is not
// queued twice within the deduplication window. The events of a consumer that died are
// reclaimed by another within one lease.
//
// The queue is as durable as its Redis. To lose nothing, Redis must write to disk at
// once (appendonly yes, appendfsync always) and evict nothing (maxmemory-policy
// noeviction). The client must have ContextTimeoutEnabled set, so that it respects the
// deadlines of contexts.
//
// The package depends on Redis only. It does not interpret events.
package workqueue

import (
	"errors"
	"fmt"
	"time"
)

// Event is a message on the queue.
type Event struct {
	// Type selects the stream. It matches [a-z][a-z0-9_]*.
	Type string
	// Key deduplicates: a second event of the same type and key is not queued within
	// the publisher's window. An event with an empty Key is never a duplicate.
	Key string
	// Partition selects the shard: the events of one partition share a stream. With ""
	// the events of one key do. It has no effect if there is one shard, and does not
	// reach the handler.
	Partition string
	// Source is the platform that the event came from, such as "slack".
	Source string
	// ID is the platform's own id of the event.
	ID string
	// Time is when the platform says it happened, kept to the millisecond.
	Time time.Time
	// RequestID is the X-Request-ID of the HTTP request that brought the event, or names the
	// other way by which it came.
	RequestID string
	// Trace identifies the trace that the event is part of, such as a W3C traceparent.
	// The queue passes it unread to every delivery.
	Trace string
	// Payload is the event as the platform sent it, usually JSON.
	Payload []byte
}

// Result is the outcome of Publish.
type Result int

const (
	// Queued means that the call added the event to its stream. The publish script
	// returns these numbers.
	Queued Result = iota + 1
	// Duplicate means that an event of this type and key was queued before, within the
	// window, and that this one was not queued. Redis's client retries a call whose
	// reply was lost, so the event may also have been queued by this call.
	Duplicate
)

func (r Result) String() string {
	switch r {
	case Queued:
		return "queued"
	case Duplicate:
		return "duplicate"
	default:
		return "unknown"
	}
}

// ErrFull is returned by Publish when the stream is at its bound, or Redis is out of
// memory. The event was not queued; its sender should retry later.
var ErrFull = errors.New("the queue is full")

func checkType(eventType string) error {
	if !isType(eventType) {
		return fmt.Errorf("event type %q: want lower-case letters, digits and underscores, beginning with a letter", eventType)
	}
	return nil
}

// isType reports whether s matches [a-z][a-z0-9_]*. Publish checks each event, and a
// regular expression would double its own CPU time.
func isType(s string) bool {
	for i := range len(s) {
		c := s[i]
		if lower := 'a' <= c && c <= 'z'; !lower && (i == 0 || c != '_' && (c < '0' || '9' < c)) {
			return false
		}
	}
	return s != ""
}
