package workqueue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"
)

// DiscardError is an outcome: the event needs no handling.
type DiscardError struct {
	Reason string
	Kind   DiscardKind
}

// DiscardKind classifies why an event was discarded. Consumers count each kind.
type DiscardKind int

// The kinds.
const (
	// NotForUs events are what the handler has nothing to do for, such as the bot's own messages.
	NotForUs DiscardKind = iota
	// TooOld events were discarded for their age only. They show that there are too few
	// consumers, or that they are slow.
	TooOld
	// Superseded events repeat something that was done before, or are older than it.
	Superseded
	// TargetGone events would have changed something that does not exist any more.
	TargetGone
	// OtherDiscard is none of the above.
	OtherDiscard

	discardKinds = iota
)

func (e *DiscardError) Error() string { return "discarded: " + e.Reason }

// Discard returns the outcome of a handler that has nothing to do for an event, and
// says why. The event is acknowledged. Its kind is NotForUs.
func Discard(reason string) error { return DiscardAs(NotForUs, reason) }

// DiscardAs is Discard with another kind.
func DiscardAs(kind DiscardKind, reason string) error { return &DiscardError{reason, kind} }

// DiscardTooOld returns the outcome of a handler that finds an event too old to be
// handled. The event is acknowledged.
func DiscardTooOld(age time.Duration) error {
	return DiscardAs(TooOld, fmt.Sprintf("%v old", age.Round(time.Second)))
}

// RejectError is an outcome: no later attempt could succeed.
type RejectError struct{ Err error }

func (e *RejectError) Error() string { return "rejected: " + e.Err.Error() }

func (e *RejectError) Unwrap() error { return e.Err }

// Reject returns the outcome of a handler that knows that a retry cannot succeed. The
// event becomes a dead letter at once.
func Reject(err error) error { return &RejectError{Err: reason(err)} }

// RetryError is an outcome: the event is retried after a given time.
type RetryError struct {
	After time.Duration
	Err   error
}

func (e *RetryError) Error() string { return fmt.Sprintf("retry after %v: %v", e.After, e.Err) }

func (e *RetryError) Unwrap() error { return e.Err }

// RetryAfter returns the outcome of a handler that failed and knows when to try
// again. It counts as an attempt. A time longer than MaxDelay is cut to that.
func RetryAfter(d time.Duration, err error) error {
	return &RetryError{After: d, Err: reason(err)}
}

// PostponeError is an outcome: the event is to be handled later.
type PostponeError struct {
	After time.Duration
	Err   error
}

func (e *PostponeError) Error() string { return fmt.Sprintf("postponed by %v: %v", e.After, e.Err) }

func (e *PostponeError) Unwrap() error { return e.Err }

// Postpone returns the outcome of a handler that was asked to come back later, as by a
// rate limit. Unlike RetryAfter it costs no attempt, so that no number of
// postponements makes a dead letter: only MaxAge ends them. A time longer than
// MaxDelay is cut to that.
func Postpone(d time.Duration, err error) error {
	return &PostponeError{After: d, Err: reason(err)}
}

// MaxDelay is the longest time by which RetryAfter and Postpone delay an event.
// A server that asks for more is asked again by then.
const MaxDelay = time.Hour

// reason returns an error that says that there is none where there is none.
func reason(err error) error {
	if err == nil {
		return errors.New("no reason given")
	}
	return err
}

// panicError is the outcome of a handler that panicked.
type panicError struct{ value any }

func (e *panicError) Error() string { return "handler panicked: " + panicText(e.value) }

// panicText returns Go's own message of a panic, such as of a nil pointer. Any other
// value is described by its type: it may quote an event, which must not be in a log.
// The stack says where it was.
func panicText(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}

// errRequeue is the outcome of a handler that was cancelled because its consumer
// stops: another consumer handles the event, and the attempt does not count.
var errRequeue = errors.New("requeued by a consumer that stops")

// errNotTried is the outcome when something kept the handler from being called.
var errNotTried = errors.New("not tried")

// DeadReason says why an event became a dead letter.
type DeadReason string

// The reasons for which an event becomes a dead letter.
const (
	Exhausted DeadReason = "exhausted" // its last attempt failed
	Rejected  DeadReason = "rejected"  // its handler said that no attempt could succeed
	Panicked  DeadReason = "panic"     // its last attempt panicked; see panicText for the text that is kept
	Malformed DeadReason = "malformed" // its entry cannot be read
	Poison    DeadReason = "poison"    // it was delivered five times without an outcome: its consumers die of it
)

// disposition says how an event goes on after an attempt.
type disposition struct {
	kind  dispositionKind
	delay time.Duration // until the retry; 0 is at once
	dead  DeadReason
}

type dispositionKind int

const (
	done dispositionKind = iota
	retry
	postpone // a retry that does not count as an attempt
	requeue  // the same, because the consumer stops or the handler was not called
	dead
	takenOver // by another consumer, which decides about it
)

// dispositionOf returns the disposition of an event whose attempt, the n-th counted
// from 1, had this outcome. Several errors joined are not a Discard, a Reject, a
// Postpone or a RetryAfter because one of them is: the others need a retry.
func dispositionOf(outcome error, n int, o handleOptions) disposition {
	switch said := unwrapped(outcome).(type) {
	case nil, *DiscardError:
		return disposition{kind: done}
	case *RejectError:
		return disposition{kind: dead, dead: Rejected}
	case *RetryError:
		if n < o.attempts {
			return disposition{kind: retry, delay: clampDelay(said.After)}
		}
	case *PostponeError:
		return disposition{kind: postpone, delay: clampDelay(said.After)}
	}
	_, panicked := errors.AsType[*panicError](outcome)
	switch {
	case errors.Is(outcome, errRequeue):
		return disposition{kind: requeue}
	case errors.Is(outcome, errNotTried):
		return disposition{kind: requeue, delay: time.Second}
	case n >= o.attempts && panicked:
		return disposition{kind: dead, dead: Panicked}
	case n >= o.attempts:
		return disposition{kind: dead, dead: Exhausted}
	default:
		return disposition{kind: retry, delay: max(o.backoff(n), time.Millisecond)}
	}
}

// clampDelay returns a delay that a handler asked for, within its bounds.
func clampDelay(d time.Duration) time.Duration { return min(max(d, time.Millisecond), MaxDelay) }

// unwrapped returns the outcome that err wraps, by however many layers, or err.
func unwrapped(err error) error {
	for e := err; e != nil; e = errors.Unwrap(e) {
		switch e.(type) {
		case *DiscardError, *RejectError, *RetryError, *PostponeError:
			return e
		}
	}
	return err
}

// exponential returns the default backoff: a second after the first attempt,
// twice as long after each further one, up to ten minutes, and of that a random
// part between a half and the whole, so that events which failed together do
// not come back together.
func exponential(n int) time.Duration {
	const first, longest = time.Second, 10 * time.Minute
	d := longest
	if n < 11 { // a second doubled ten times passes ten minutes
		d = min(first<<(n-1), longest)
	}
	return d/2 + rand.N(d/2+1)
}
