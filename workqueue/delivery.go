package workqueue

import (
	"context"
	"errors"
	"time"
)

// Delivery is an event as it is handed to a handler.
type Delivery struct {
	Event
	// EntryID is the id of the event's entry in its stream.
	EntryID string
	// Queued is when the event was put on the stream, by Redis's clock.
	Queued time.Time
	// Taken is when this consumer took it, by its own clock.
	Taken time.Time
	// TakenOver is true when another consumer had taken the event before and
	// did not finish it. What that one did may have to be done again.
	TakenOver bool
}

// HandlerFunc handles a delivery. When it returns nil or a Discard the event is
// done with. After any other error, or a panic, the event is delivered again
// once its lease has ended.
//
// ctx ends before the lease does: a handler that respects it never runs at the
// same time as the one that takes its delivery over.
type HandlerFunc func(ctx context.Context, d *Delivery) error

// DiscardError is an outcome: the event needs no handling, now or later.
type DiscardError struct{ Reason string }

func (e *DiscardError) Error() string { return "discarded: " + e.Reason }

// Discard returns the outcome of a handler that finds nothing to do about an
// event and says why.
func Discard(reason string) error { return &DiscardError{Reason: reason} }

// finished reports whether a handler's outcome ends the event.
func finished(outcome error) bool {
	_, discarded := errors.AsType[*DiscardError](outcome)
	return outcome == nil || discarded
}
