package ops

import (
	"context"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/redact"
	"github.com/gobridge/gopherbot/workqueue"
)

// deadLetter is a dead letter as the page shows it. Its Payload has no texts of people.
type deadLetter struct {
	Type      string               `json:"type"`
	ID        string               `json:"id"`
	EventID   string               `json:"event_id"`
	RequestID string               `json:"request_id"`
	Reason    workqueue.DeadReason `json:"reason"`
	Error     string               `json:"error"`
	Attempts  int                  `json:"attempts"`
	QueuedAt  time.Time            `json:"queued_at"`
	DeadAt    time.Time            `json:"dead_at"`
	Payload   string               `json:"payload"`
}

// deadPage is the number of dead letters of a type in one answer.
const deadPage = 20

// dead answers with dead letters of the type in the query, the oldest first, beginning
// after the id in the query.
func (p *Page) dead(w http.ResponseWriter, r *http.Request, _ operator) {
	if !p.knowsType(w, r.FormValue("type")) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	list, err := p.opts.Queue.ListDeadLetters(ctx, r.FormValue("type"), r.FormValue("after"), deadPage+1)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	out := struct {
		Letters []deadLetter `json:"letters"`
		More    bool         `json:"more"`
	}{[]deadLetter{}, len(list) > deadPage}
	for _, d := range list[:min(len(list), deadPage)] {
		out.Letters = append(out.Letters, deadLetter{
			d.Event.Type, d.ID, d.Event.ID, d.Event.RequestID, d.Reason, d.Error, d.Attempts, d.QueuedAt, d.DeadAt, string(redact.Payload(d.Event.Payload)),
		})
	}
	answer(w, out)
}

// deadText answers with the whole payload of a dead letter, texts of people included.
func (p *Page) deadText(w http.ResponseWriter, r *http.Request, o operator) {
	eventType, id := r.FormValue("type"), r.FormValue("id")
	if !p.knowsType(w, eventType) {
		return
	}
	var d workqueue.DeadLetter
	_, err := p.act(r, o.does(audit.ReadText, eventType+" "+id), func(ctx context.Context) (_ int64, err error) {
		d, err = p.opts.Queue.DeadLetter(ctx, eventType, id)
		return 0, err
	})
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	answer(w, map[string]string{"payload": string(redact.Open(d.Event.Payload))})
}

// decide returns a handler that calls do for the dead letter in the request's JSON.
func (p *Page) decide(action audit.Action, do func(ctx context.Context, eventType, id string) error) func(http.ResponseWriter, *http.Request, operator) {
	return func(w http.ResponseWriter, r *http.Request, o operator) {
		var in struct{ Type, ID string }
		if !posted(w, r, &in) || !p.knowsType(w, in.Type) {
			return
		}
		_, err := p.act(r, o.does(action, in.Type+" "+in.ID), func(ctx context.Context) (int64, error) { return 0, do(ctx, in.Type, in.ID) })
		p.acted(w, r, 0, err)
	}
}
