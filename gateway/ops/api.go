package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/redact"
	"github.com/gobridge/gopherbot/workqueue"
)

// state is the content of the page except the dead letters.
type state struct {
	App     string   `json:"app"`
	Now     int64    `json:"now"`      // Unix time in ms
	EveryMS int64    `json:"every_ms"` // the time between two samples
	Error   string   `json:"error"`    // of the latest sample, "" if there was none
	Types   []string `json:"types"`
	// Samples are those after the requested time, the oldest first.
	Samples   []sample           `json:"samples"`
	Gateways  []gatewayState     `json:"gateways"`
	Consumers []consumer         `json:"consumers"`
	Failures  []presence.Failure `json:"failures"`
	// Unanswered counts the unanswered events of the last 24 hours, for the types that
	// have any.
	Unanswered []presence.Unanswered `json:"unanswered"`
	Jobs       Jobs                  `json:"jobs"`
	// Notifications is nil if the deployment has no notification API.
	Notifications *notifications `json:"notifications"`
}

// gatewayState is a running gateway.
type gatewayState struct {
	Name    string    `json:"name"`
	Started time.Time `json:"started"`
	// Sockets are those that it keeps open to a platform, nil if it takes HTTP alone.
	Sockets *presence.Sockets `json:"sockets"`
}

// gatewaysOf returns the gateways of a deployment's processes, in their order.
func gatewaysOf(instances []presence.Instance) []gatewayState {
	list := []gatewayState{}
	for _, i := range instances {
		if i.Role == "gateway" {
			list = append(list, gatewayState{Name: i.Name + "-" + i.ID, Started: i.Started, Sockets: i.Sockets})
		}
	}
	return list
}

// consumer has the counts of a consumer since it started, of all types of events.
type consumer struct {
	Name      string    `json:"name"`
	Started   time.Time `json:"started"`
	At        time.Time `json:"at"`
	Acked     int64     `json:"acked"`
	Retried   int64     `json:"retried"`
	Dead      int64     `json:"dead"`
	Reclaimed int64     `json:"reclaimed"`
}

// state answers with the samples since the Unix time in ms in the query. Samples are
// identified by their time, so that each request may go to another gateway.
func (p *Page) state(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseInt(r.FormValue("since"), 10, 64)
	if err != nil {
		since = 0
	}
	answer(w, p.history.state(since, time.Now()))
}

func (h *history) state(since int64, now time.Time) state {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := state{
		App: h.opts.App, Now: now.UnixMilli(), EveryMS: h.opts.Every.Milliseconds(), Error: h.failure, Types: h.opts.Types,
		Samples: []sample{}, Gateways: append([]gatewayState{}, h.gateways...), Consumers: []consumer{}, Failures: append([]presence.Failure{}, h.failures...),
		Unanswered: append([]presence.Unanswered{}, h.unanswered...), Jobs: h.jobs, Notifications: h.notifications,
	}
	for i, sample := range h.samples {
		if sample.At > since {
			s.Samples = append(s.Samples, h.samples[i:]...)
			break
		}
	}
	for _, v := range h.consumers {
		c := consumer{Name: v.Name, Started: v.Started, At: v.At}
		for _, n := range v.Counts {
			c.Acked += n.Acked
			c.Retried += n.Retried
			c.Dead += n.Dead
			c.Reclaimed += n.Reclaimed
		}
		s.Consumers = append(s.Consumers, c)
	}
	return s
}

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
func (p *Page) dead(w http.ResponseWriter, r *http.Request) {
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

// deadText answers with the whole payload of a dead letter, texts of people included,
// and logs that an operator has read it.
func (p *Page) deadText(w http.ResponseWriter, r *http.Request) {
	eventType, id := r.FormValue("type"), r.FormValue("id")
	if !p.knowsType(w, eventType) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	d, err := p.opts.Queue.DeadLetter(ctx, eventType, id)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	p.log(r).Info().Str("type", eventType).Str("dead_letter", d.ID).Str("event_id", d.Event.ID).Msg("an operator read a dead letter's text")
	answer(w, map[string]string{"payload": string(redact.Open(d.Event.Payload))})
}

// decide returns a handler that calls do for the dead letter in the request's JSON.
func (p *Page) decide(done string, do func(ctx context.Context, eventType, id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// A form of another site cannot send JSON without a CORS preflight request.
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, "want application/json")
			return
		}
		var in struct{ Type, ID string }
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(&in); err != nil {
			refuse(w, http.StatusBadRequest, "want JSON with type and id")
			return
		}
		if !p.knowsType(w, in.Type) {
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
		defer cancel()
		if err := do(ctx, in.Type, in.ID); err != nil {
			p.unavailable(w, r, err)
			return
		}
		p.log(r).Info().Str("type", in.Type).Str("dead_letter", in.ID).Msg("an operator " + done + " a dead letter")
		answer(w, map[string]bool{done: true})
	}
}

// knowsType refuses a request with an unknown type of events.
func (p *Page) knowsType(w http.ResponseWriter, eventType string) bool {
	known := slices.Contains(p.opts.Types, eventType)
	if !known {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("type %.40q: no such type of events", eventType))
	}
	return known
}

func (p *Page) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, workqueue.ErrNoDeadLetter) {
		refuse(w, http.StatusNotFound, "This dead letter does not exist any more: it was replayed, dropped or removed for its age.")
		return
	}
	p.log(r).Warn().Err(err).Str("path", r.URL.Path).Msg("answer a request to the operations page: Redis does not answer")
	refuse(w, http.StatusServiceUnavailable, err.Error())
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may have closed the connection
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer(w, map[string]string{"error": why})
}
