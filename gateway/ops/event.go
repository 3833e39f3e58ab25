package ops

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

// MatchEvent reports whether an event, by its ID, RequestID and Key, is the one that an
// operator has named.
type MatchEvent func(id, requestID, key string) bool

// foundEvent is an event on the queue, and where. It has no payload.
type foundEvent struct {
	queuedEvent
	Place     workqueue.Place      `json:"place"`
	Consumer  string               `json:"consumer"`  // that has it, "" for none
	Completed []string             `json:"completed"` // its completed steps
	Reason    workqueue.DeadReason `json:"reason"`    // "" if it is no dead letter
	DeadAt    time.Time            `json:"dead_at,omitzero"`
	Error     string               `json:"error"`
}

// event answers with the history of the event that the query names by its id, the request's
// id or the link of its message: where it is on the queue, and the outcomes of its
// deliveries. It reads the whole queue.
func (p *Page) event(w http.ResponseWriter, r *http.Request, _ operator) {
	name := strings.TrimSpace(r.FormValue("name"))
	match, problem := p.opts.Targets.Event(name)
	if name == "" || problem != "" {
		refuse(w, http.StatusBadRequest, "Write the id of an event or of a request, or the link of a message. "+problem)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), filterTimeout)
	defer cancel()
	on, err := p.opts.Queue.Find(ctx, func(e workqueue.Event) bool { return match(e.ID, e.RequestID, e.Key) }, p.opts.Types...)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	queue := []foundEvent{}
	for _, f := range on {
		found := foundEvent{queuedEvent: shownQueued([]workqueue.QueuedEvent{f.QueuedEvent})[0], Place: f.Place, Consumer: f.Consumer, Completed: append([]string{}, f.Completed...)}
		if d := f.DeadLetter; d != nil {
			found.Reason, found.DeadAt, found.Error = d.Reason, d.DeadAt, d.Error
		}
		queue = append(queue, found)
	}
	kept, err := p.opts.Queue.FindOutcomes(ctx, func(o workqueue.OutcomeRecord) bool { return match(o.EventID, o.RequestID, o.Key) }, p.opts.Types...)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	outcomes := []outcome{}
	for _, o := range kept {
		outcomes = append(outcomes, shownOutcome(o))
	}
	answer(w, map[string]any{"queue": queue, "outcomes": outcomes})
}
