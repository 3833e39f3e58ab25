package sim

import (
	"cmp"
	"slices"
	"time"
)

// Journey has the steps of a message's event through the bot.
type Journey struct {
	EventID string `json:"event_id"`
	Steps   []Step `json:"steps"`
	// Outcome describes the end of the journey if the steps do not.
	Outcome string `json:"outcome"`
	// Notes say what happened on the way that is unusual, such as a second delivery.
	Notes []string `json:"notes,omitempty"`

	requestIDs []string // of HTTP requests, or envelopes
	sent       time.Time
}

// Step is one step of a journey.
type Step struct {
	Name string `json:"name"`
	// MS is the time since the step before in milliseconds.
	MS float64 `json:"ms"`

	at time.Time
}

// The steps of a journey. The workspace sees Replied. An observer of the bot's processes
// reports the others to Workspace.Step.
const (
	Accepted = "accepted" // the gateway verified the event
	Queued   = "queued"   // it is on its stream
	Taken    = "taken"    // a consumer has received it
	Replied  = "replied"  // the first call of the Web API for it has come
	Handled  = "handled"  // all handlers have finished
)

var usualOrder = []string{Accepted, Queued, Taken, Replied, Handled}

// Step records a step in the journey of an event. A repeated step is ignored.
func (w *Workspace) Step(eventID, name string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step(eventID, name, at)
}

func (w *Workspace) step(eventID, name string, at time.Time) {
	m := w.journeys[eventID]
	if m == nil {
		return
	}
	if j, ok := m.Journey.WithStep(name, at); ok {
		m.Journey = j
		w.tell("message", *m)
	}
}

// NewJourney returns the journey of an event that was sent at a time.
func NewJourney(eventID string, sent time.Time) *Journey {
	return &Journey{EventID: eventID, Steps: []Step{}, sent: sent}
}

// WithStep returns a copy with a step more. It reports false if there is such a step.
func (j *Journey) WithStep(name string, at time.Time) (*Journey, bool) {
	if j.step(name) != nil {
		return j, false
	}
	j = j.clone()
	j.Steps = append(j.Steps, Step{Name: name, at: at})
	j.order()
	if name == Handled && j.step(Replied) == nil {
		j.Outcome = "nothing to do"
	}
	return j, true
}

// WithOutcome returns a copy with an outcome. It reports false if it has that one.
func (j *Journey) WithOutcome(outcome string) (*Journey, bool) {
	if j.Outcome == outcome {
		return j, false
	}
	j = j.clone()
	j.Outcome = outcome
	return j, true
}

// WithNote returns a copy with a note more. It reports false if there is that note, or if there
// are six.
func (j *Journey) WithNote(note string) (*Journey, bool) {
	if len(j.Notes) == maxNotes || slices.Contains(j.Notes, note) {
		return j, false
	}
	j = j.clone()
	j.Notes = append(j.Notes, note)
	return j, true
}

// order sorts the steps, which several processes report, by their time, and computes the
// time of each.
func (j *Journey) order() {
	// A consumer may receive an event before the gateway gets Redis's answer that it is
	// queued. The event was queued by then.
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

// Journey returns the journey of a message so far. It returns false if there is no such
// message, or it has none.
func (w *Workspace) Journey(channel, ts string) (Journey, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.message(channel, ts)
	if m == nil || m.Journey == nil {
		return Journey{}, false
	}
	return *m.Journey.clone(), true
}

// Reached reports whether a journey has a step. A nil Journey has none.
func (j *Journey) Reached(name string) bool { return j != nil && j.step(name) != nil }

// step returns the step of that name, nil if there is none yet.
func (j *Journey) step(name string) *Step {
	for i := range j.Steps {
		if j.Steps[i].Name == name {
			return &j.Steps[i]
		}
	}
	return nil
}

// Outcome sets the outcome of an event's journey; "" if it has not ended.
func (w *Workspace) Outcome(eventID, outcome string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.journeys[eventID]
	if m == nil {
		return
	}
	if j, ok := m.Journey.WithOutcome(outcome); ok {
		m.Journey = j
		w.tell("message", *m)
	}
}

// Duration returns the time from the message to the journey's last step.
func (j *Journey) Duration() time.Duration {
	var sum float64
	for _, s := range j.Steps {
		sum += s.MS
	}
	return time.Duration(sum * float64(time.Millisecond))
}

// maxNotes bounds the notes of a journey.
const maxNotes = 6

// Note adds a note to an event's journey. A note that it has, and more than six, are left out.
func (w *Workspace) Note(eventID, note string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.journeys[eventID]
	if m == nil {
		return
	}
	if j, ok := m.Journey.WithNote(note); ok {
		m.Journey = j
		w.tell("message", *m)
	}
}

// clone returns a copy, because watchers may read the original concurrently.
func (j *Journey) clone() *Journey {
	c := *j
	c.Steps, c.Notes = slices.Clone(j.Steps), slices.Clone(j.Notes)
	return &c
}
