package slacksim

import (
	"slices"
	"time"
)

// Journey is what became of the event that a message caused.
type Journey struct {
	EventID string `json:"event_id"`
	Steps   []Step `json:"steps"`
	// Outcome is set when there is more to say than the steps do.
	Outcome string `json:"outcome"`

	requestID string
	last      time.Time // when the last step was taken, or the event was sent
}

// Step is one step of a journey.
type Step struct {
	Name string `json:"name"`
	// MS is how many milliseconds it took since the step before.
	MS float64 `json:"ms"`
}

// The steps of a journey. A workspace knows when it was answered; of the others
// it is told by whoever watches the bot from inside.
const (
	Accepted = "accepted" // the gateway found the event genuine
	Queued   = "queued"   // it is on its stream
	Taken    = "taken"    // a consumer has it
	Replied  = "replied"  // the first call of the Web API that answers it came
	Handled  = "handled"  // all handlers are done
)

// Step notes a step in the journey of an event, each once.
func (w *Workspace) Step(eventID, name string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step(eventID, name, at)
}

func (w *Workspace) step(eventID, name string, at time.Time) {
	m := w.journeys[eventID]
	if m == nil || slices.ContainsFunc(m.Journey.Steps, func(s Step) bool { return s.Name == name }) {
		return
	}
	j := m.Journey.clone()
	// Two processes see one moment from two sides: the consumer may have an
	// event before the gateway has heard that it is queued.
	took := max(0, at.Sub(j.last))
	if at.After(j.last) {
		j.last = at
	}
	j.Steps = append(j.Steps, Step{name, float64(took.Microseconds()) / 1000})
	m.Journey = j
	w.tell("message", *m)
}

// Outcome notes how the journey of an event ended, or that it did not yet.
func (w *Workspace) Outcome(eventID, outcome string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.journeys[eventID]
	if m == nil || m.Journey.Outcome == outcome {
		return
	}
	m.Journey = m.Journey.clone()
	m.Journey.Outcome = outcome
	w.tell("message", *m)
}

// clone returns a copy, because watchers may be reading the original.
func (j *Journey) clone() *Journey {
	c := *j
	c.Steps = slices.Clone(j.Steps)
	return &c
}

// Answered reports whether a step of the journey is a reply.
func (j *Journey) Answered() bool {
	return slices.ContainsFunc(j.Steps, func(s Step) bool { return s.Name == Replied })
}
