package ops

import (
	"context"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/workqueue"
)

// queuedEvent is an event that waits for a consumer, or is delayed. It has no payload.
type queuedEvent struct {
	Type      string    `json:"type"`
	ID        string    `json:"id"`
	EventID   string    `json:"event_id"`
	RequestID string    `json:"request_id"`
	Attempts  int       `json:"attempts"` // that have failed
	QueuedAt  time.Time `json:"queued_at"`
	Due       time.Time `json:"due_at,omitzero"`
}

// queuedPage is how many waiting, and how many delayed, events of a type are shown: those
// whose turn is next.
const queuedPage = 50

// queued answers with the events of the type in the query that wait for a consumer, the
// oldest first, and those that are delayed, the next due first.
func (p *Page) queued(w http.ResponseWriter, r *http.Request, _ operator) {
	eventType := r.FormValue("type")
	if !p.knowsType(w, eventType) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	waiting, err := p.opts.Queue.ListWaiting(ctx, eventType, queuedPage)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	delayed, err := p.opts.Queue.ListDelayed(ctx, eventType, queuedPage)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	answer(w, map[string][]queuedEvent{"waiting": shownQueued(waiting), "delayed": shownQueued(delayed)})
}

func shownQueued(list []workqueue.QueuedEvent) []queuedEvent {
	shown := []queuedEvent{}
	for _, q := range list {
		shown = append(shown, queuedEvent{q.Event.Type, q.ID, q.Event.ID, q.Event.RequestID, q.Attempts, q.QueuedAt, q.Due})
	}
	return shown
}

// The acts on events that wait.
func (p *Page) retryDelayed(w http.ResponseWriter, r *http.Request, o operator) {
	p.actOnQueued(w, r, o.does(audit.RetryNow, "delayed"), p.opts.Queue.DelayedEvent, p.opts.Queue.RetryNow)
}

func (p *Page) dropDelayed(w http.ResponseWriter, r *http.Request, o operator) {
	p.actOnQueued(w, r, o.does(audit.Drop, "delayed"), p.opts.Queue.DelayedEvent, p.opts.Queue.DropQueued)
}

func (p *Page) dropWaiting(w http.ResponseWriter, r *http.Request, o operator) {
	p.actOnQueued(w, r, o.does(audit.Drop, "waiting"), p.opts.Queue.WaitingEvent, p.opts.Queue.DropQueued)
}

// actOnQueued calls do for the event in the request's JSON, which find returns.
func (p *Page) actOnQueued(w http.ResponseWriter, r *http.Request, e audit.Entry,
	find func(ctx context.Context, eventType, id string) (workqueue.QueuedEvent, error), do func(context.Context, ...workqueue.QueuedEvent) (int, error),
) {
	var in struct{ Type, ID string }
	if !posted(w, r, &in) || !p.knowsType(w, in.Type) {
		return
	}
	e.On += " " + in.Type + " " + in.ID
	n, err := p.act(r, e, func(ctx context.Context) (int64, error) {
		q, err := find(ctx, in.Type, in.ID)
		if err != nil {
			return 0, err
		}
		n, err := do(ctx, q)
		if err == nil && n == 0 {
			err = workqueue.ErrNoEvent // a consumer has received it meanwhile
		}
		return int64(n), err
	})
	p.acted(w, r, n, err)
}
