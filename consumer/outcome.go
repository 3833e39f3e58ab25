package consumer

import "time"

// Outcome is the meaning of an error for the call that returned it.
type Outcome struct {
	Kind OutcomeKind
	// After is the time until the next attempt, 0 if the platform does not say. Only
	// Temporary and RateLimited have it.
	After time.Duration
}

// OutcomeKind is one of the constants below.
type OutcomeKind int

const (
	// Temporary means that the call had no effect, and that another attempt may succeed.
	Temporary OutcomeKind = iota
	// RateLimited means that the call had no effect, and is to be repeated later.
	RateLimited
	// Final means that the platform refused the call, and would refuse it again.
	Final
	// Gone means that the target of the call no longer exists: a deleted message, an
	// archived channel, a person who left.
	Gone
	// Unknown means that the call may have had its effect: the answer did not come,
	// or says that something broke on the way. It must not simply be repeated.
	Unknown
)
