package consumer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

// progress records the steps of an event that are completed or may be. An abandoned
// handler may still run together with the next, so it is safe for concurrent use.
type progress struct {
	*workqueue.Delivery
	mu sync.Mutex
	// links lead to posts that were found, by the name of their action.
	links map[string]string
}

// record is the state of a step that is not completed: either it may have been done,
// or a search has shown that it was not. It is stored among the event's completed
// actions under a name of its own, which earlier releases ignore.
type record struct {
	Step   string   `json:"step"`
	Action string   `json:"action"` // that the step is part of
	Kind   PostKind `json:"kind"`
	// Channel is Post.Channel.
	Channel string `json:"channel,omitempty"`
	Text    string `json:"text,omitempty"` // Post.Text
	At      int64  `json:"at"`             // when it was tried or looked for, in Unix milliseconds
	Absent  bool   `json:"absent,omitempty"`
	// Left says that no search can tell.
	Left bool `json:"left,omitempty"`
}

const recordPrefix = "post "

func (r record) name() (string, error) {
	encoded, err := json.Marshal(r)
	return recordPrefix + string(encoded), err
}

// suspectMark is recorded for an event whose consumer died, if the event needs another
// attempt: the outcome of each of its posts may be unknown.
const suspectMark = "taken over"

func (p *progress) completed(step string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Completed(step)
}

func (p *progress) complete(ctx context.Context, step string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Complete(ctx, step)
}

// note stores the record of a step.
func (p *progress) note(ctx context.Context, r record) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	return p.complete(ctx, name)
}

// records returns the latest record of each step, those of completed steps
// included, in no order.
func (p *progress) records() map[string]record {
	p.mu.Lock()
	defer p.mu.Unlock()
	latest := map[string]record{}
	for _, name := range p.CompletedActions() {
		encoded, ok := strings.CutPrefix(name, recordPrefix)
		var r record
		if !ok || json.Unmarshal([]byte(encoded), &r) != nil || r.Step == "" {
			continue // another action; any name is allowed
		}
		if known, again := latest[r.Step]; !again || r.At >= known.At {
			latest[r.Step] = r
		}
	}
	return latest
}

// unresolved returns the steps that may or may not be done.
func (p *progress) unresolved() []record {
	var list []record
	for step, r := range p.records() {
		if !r.Absent && !p.completed(step) {
			list = append(list, r)
		}
	}
	return list
}

// left reports whether a step has an outcome that no search can tell.
func (p *progress) left() bool {
	for _, r := range p.records() {
		if r.Left {
			return true
		}
	}
	return false
}

// known reports whether there is a record of a step.
func (p *progress) known(step string) bool {
	_, ok := p.records()[step]
	return ok
}

// uncertain reports whether a post of an action had an unknown outcome, even if the
// outcome is known now.
func (p *progress) uncertain(action string) bool {
	for _, r := range p.records() {
		if r.Action == action {
			return true
		}
	}
	return false
}

// answered reports whether posts had an unknown outcome, and none of them is known
// to be missing.
func (p *progress) answered() bool {
	records := p.records()
	for step, r := range records {
		if r.Absent && !p.completed(step) {
			return false
		}
	}
	return len(records) > 0
}

// suspect reports whether a consumer died while it had the event.
func (p *progress) suspect() bool { return p.Reclaimed || p.completed(suspectMark) }

// since returns when the event was queued, or queued again by an operator.
func (p *progress) since() time.Time {
	if p.ReplayedAt.After(p.QueuedAt) {
		return p.ReplayedAt
	}
	return p.QueuedAt
}

// key returns the Post.Key of a step. It is a hash, so it does not show the event.
func (p *progress) key(step string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{p.Type, p.Source, p.ID, p.Key, step}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// link returns a link to the post that was found for an action, "" if none was.
func (p *progress) link(action string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[action]
}

// linked keeps the first link to a post that was found for an action.
func (p *progress) linked(action, link string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.links == nil {
		p.links = map[string]string{}
	}
	if p.links[action] == "" {
		p.links[action] = link
	}
}
