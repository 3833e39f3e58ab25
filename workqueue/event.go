// Package workqueue is a durable queue of events on Redis Streams: one stream
// per event type, one consumer group, any number of publishers and consumers.
//
// It promises that an event which Publish accepted is handled at least once,
// that an event with a key is not queued twice within a window, and that the
// work of a consumer that died is taken over by another within one lease.
//
// It is as durable as its Redis: one that is to lose nothing writes to disk at
// once (appendonly yes, appendfsync always) and evicts nothing (maxmemory-policy
// noeviction). A client of Redis that is to heed the deadlines of contexts has
// ContextTimeoutEnabled set.
//
// It knows Redis and nothing else: what an event means, where it came from and
// what is done about it are its users' business.
package workqueue

import (
	"errors"
	"fmt"
	"time"
)

// Event is something that happened and has to be handled.
type Event struct {
	// Type picks the stream. It matches [a-z][a-z0-9_]*.
	Type string
	// Key identifies what happened, for deduplication within the publisher's
	// window: of two events of one type with one key the second is not queued.
	// With an empty Key an event is never a duplicate.
	Key string
	// Partition says which events are to be spread alike over the shards of the
	// type: those of one partition share a stream, and with "" those of one key
	// do. It changes nothing where there is one shard, and does not reach the
	// handler.
	Partition string
	// Source is the platform that the event came from, such as "slack".
	Source string
	// ID is the platform's own id of the event.
	ID string
	// Time is when the platform says it happened, kept to the millisecond.
	Time time.Time
	// RequestID is the X-Request-ID of the HTTP request that brought the event.
	RequestID string
	// Trace names the trace that the event is part of, such as by a W3C
	// traceparent. The queue does not read it, and hands it on with every delivery.
	Trace string
	// Payload is the event as the platform sent it, usually JSON.
	Payload []byte
}

// Result says what became of a published event.
type Result int

const (
	// Queued means that the event is on its stream. The publish script returns
	// these numbers.
	Queued Result = iota + 1
	// Duplicate means that an event of this type and key was queued before,
	// within the window, and that this one was not; or that it was queued by
	// this very call, which the client repeated because the answer was lost.
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

// ErrFull is returned by Publish when the stream holds as many events as it may, or
// Redis has no memory left. Nothing was queued; whoever sent the event should send it again later.
var ErrFull = errors.New("the queue is full")

func checkType(eventType string) error {
	if !isType(eventType) {
		return fmt.Errorf("event type %q: want lower-case letters, digits and underscores, beginning with a letter", eventType)
	}
	return nil
}

// isType reports whether s matches [a-z][a-z0-9_]*. Each event is asked, and a
// regular expression takes as long as all else that Publish does by itself.
func isType(s string) bool {
	for i := range len(s) {
		c := s[i]
		if lower := 'a' <= c && c <= 'z'; !lower && (i == 0 || c != '_' && (c < '0' || '9' < c)) {
			return false
		}
	}
	return s != ""
}
