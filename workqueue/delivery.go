package workqueue

import (
	"context"
	"time"
)

// Delivery is an event as it is passed to a handler. Each handler has a copy of its
// own.
type Delivery struct {
	Event
	// EntryID is the id of the event's entry in its stream. A retry is another
	// entry.
	EntryID string
	// Attempt counts this attempt to handle the event, from 1. Deliveries that
	// ended with the death or the stop of their consumer do not count.
	Attempt int
	// QueuedAt is when the event was first put on the stream, by Redis's clock.
	QueuedAt time.Time
	// ReceivedAt is when this consumer received it, by its own clock.
	ReceivedAt time.Time
	// ReplayedAt is when an operator replayed the event, which was a dead letter. It
	// is zero if nobody did.
	ReplayedAt time.Time
	// Reclaimed is true when this entry was delivered before without an outcome: its
	// consumer died, or lost its connection.
	Reclaimed bool

	note  string // of Note
	steps *steps // nil in a Delivery that no consumer made
}

// HandlerFunc handles a delivery. When it returns nil or a Discard, the event is
// complete; when it returns a Reject, it becomes a dead letter. After any other error,
// also one that joins several, or a panic, the event is retried: when a RetryAfter
// says, or after the type's backoff. After the last attempt it becomes a dead letter.
// After a Postpone it is handled later, at no cost of an attempt.
//
// ctx ends when the lease is lost, when the attempt takes longer than Timeout (with
// context.DeadlineExceeded), and when the consumer stops and has waited for
// StopTimeout. A handler that respects it never runs at the same time as the one that
// reclaims its event.
type HandlerFunc func(ctx context.Context, d *Delivery) error

// AgeFrom returns the moment from which the event's age counts: when it
// happened, or when an operator replayed it.
func (d *Delivery) AgeFrom() time.Time {
	if d.ReplayedAt.After(d.Time) {
		return d.ReplayedAt
	}
	return d.Time
}

// redelivered reports whether this event was delivered before, so that some of its
// steps may be completed.
func (d *Delivery) redelivered() bool {
	return d.Reclaimed || d.steps != nil && d.steps.origin != d.EntryID
}

// delivery is a Delivery as its consumer keeps it until it is released. The handler
// can change handed and completed only. All that a delivery needs is one allocation.
type delivery struct {
	Delivery
	handed    Delivery      // the copy that the handler and the hooks get
	completed steps         // that of both Deliveries
	requested time.Time     // when the consumer requested the entry from Redis
	encoded   string        // the entry as it was received
	origin    string        // the id of the event's first entry
	failed    int           // how many attempts have failed
	lease     lease         // from when the handler is about to start
	discard   *DiscardError // the outcome, if it is one
	took      time.Duration // by the handler
	record    string        // of the outcome, "" for none; an OutcomeRecord as JSON
	onRelease func()        // called when it is released
	turn      turn          // in the order of its key
	// releaseSuspect lets the consumer claim another entry that consumers may have
	// died of. It is nil if this is none.
	releaseSuspect func()
}

// encode returns the entry with which the event is delivered again. It is made of
// the entry that was received. One that cannot be read stays as it is.
func (d *delivery) encode() string {
	e, err := decode(d.Type, d.encoded)
	if err != nil {
		return d.encoded
	}
	e.origin, e.attempts = d.origin, d.failed
	return string(e.encode())
}

// hasSteps reports whether completed steps of this event may be recorded.
func (d *delivery) hasSteps() bool { return d.redelivered() || d.steps.known() }
