package sim

import (
	"cmp"
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
	sent      time.Time
}

// Step is one step of a journey.
type Step struct {
	Name string `json:"name"`
	// MS is how many milliseconds it took since the step before.
	MS float64 `json:"ms"`

	at time.Time
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

var usualOrder = []string{Accepted, Queued, Taken, Replied, Handled}

// Step notes a step in the journey of an event, each once.
func (w *Workspace) Step(eventID, name string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step(eventID, name, at)
}

func (w *Workspace) step(eventID, name string, at time.Time) {
	m := w.journeys[eventID]
	if m == nil || m.Journey.step(name) != nil {
		return
	}
	j := m.Journey.clone()
	j.Steps = append(j.Steps, Step{Name: name, at: at})
	j.order()
	if name == Handled && j.step(Replied) == nil {
		j.Outcome = "nothing to do"
	}
	m.Journey = j
	w.tell("message", *m)
}

// order puts the steps, which are told of by several processes, into the order
// in which they happened, and works out how long each took.
func (j *Journey) order() {
	// A consumer may have an event before the gateway has heard that it is
	// queued. It was queued by then.
	if taken := j.step(Taken); taken != nil {
		if queued := j.step(Queued); queued != nil && queued.at.After(taken.at) {
			queued.at = taken.at
		}
	}
	slices.SortStableFunc(j.Steps, func(a, b Step) int {
		return cmp.Or(a.at.Compare(b.at), slices.Index(usualOrder, a.Name)-slices.Index(usualOrder, b.Name))
	})
	before := j.sent
	for i := range j.Steps {
		j.Steps[i].MS = float64(j.Steps[i].at.Sub(before).Microseconds()) / 1000
		before = j.Steps[i].at
	}
}

// step returns the step of that name, nil if it was not taken yet.
func (j *Journey) step(name string) *Step {
	for i := range j.Steps {
		if j.Steps[i].Name == name {
			return &j.Steps[i]
		}
	}
	return nil
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
