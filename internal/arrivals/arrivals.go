// Package arrivals measures how often something comes, so that a silence can be told from a
// quiet hour. It knows nothing about the thing that comes.
package arrivals

import (
	"math"
	"sync"
	"time"
)

// DefaultMemory is the default of New's memory: an hour follows the course of a day.
const DefaultMemory = time.Hour

// Arrivals measures one kind of arrival. It is safe for concurrent use.
type Arrivals struct {
	memory time.Duration

	mu     sync.Mutex
	last   time.Time
	recent float64 // arrivals so far, each weighed by e^(-age/memory), at the time of the last
	gap    time.Duration
}

// New returns Arrivals without any. An arrival as long ago as memory counts for 1/e of a
// new one; 0 means DefaultMemory.
func New(memory time.Duration) *Arrivals {
	if memory == 0 {
		memory = DefaultMemory
	}
	return &Arrivals{memory: memory}
}

// Note records an arrival. One from before the last is ignored.
func (a *Arrivals) Note(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := at.Sub(a.last)
	if since < 0 {
		return
	}
	a.recent = a.recent*math.Exp(-float64(since)/float64(a.memory)) + 1
	a.gap = time.Duration(float64(a.memory) / a.recent)
	if !a.last.IsZero() && since > a.memory {
		a.gap = since // no other is near enough to count
	}
	a.last = at
}

// Last returns when the last arrival was, and the usual time between two at that time: both
// stay as they are while nothing comes. Before the first both are zero. The gap is an average
// over time, not over arrivals, so that a burst does not make it small. It begins with the
// memory, as if nothing had come before, and comes down to the truth within that time.
func (a *Arrivals) Last() (at time.Time, usualGap time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last, a.gap
}
