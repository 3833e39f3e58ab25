package ops

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// state is the content of the page except the dead letters.
type state struct {
	App string `json:"app"`
	// Version describes the build of the gateway that answers.
	Version string `json:"version"`
	// Operator is the name of whoever asks.
	Operator string `json:"operator"`
	// Audit is the id of the latest act in the audit, "" if there is none.
	Audit   string   `json:"audit"`
	Now     int64    `json:"now"`      // Unix time in ms
	EveryMS int64    `json:"every_ms"` // the time between two samples
	Speaks  bool     `json:"speaks"`   // whether the gateway can post
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
	Commit  string    `json:"commit"` // "" if it is unknown
	Started time.Time `json:"started"`
	// Sockets are those that it keeps open to a platform, nil if it takes HTTP alone.
	Sockets *presence.Sockets `json:"sockets"`
	// Feeds are the platforms that one gateway reads for all, by source; it may be null.
	Feeds map[string]presence.Feed `json:"feeds"`
}

// gatewaysOf returns the gateways of a deployment's processes, in their order.
func gatewaysOf(instances []presence.Instance) []gatewayState {
	list := []gatewayState{}
	for _, i := range instances {
		if i.Role == "gateway" {
			list = append(list, gatewayState{Name: processName(i), Commit: i.Commit, Started: i.Started, Sockets: i.Sockets, Feeds: i.Feeds})
		}
	}
	return list
}

// processName is the name by which a process reports.
func processName(i presence.Instance) string { return i.Name + "-" + i.ID }

// consumer has the counts of a consumer since it started, of all types of events.
type consumer struct {
	Name      string    `json:"name"`
	Commit    string    `json:"commit"` // "" if it is unknown
	Started   time.Time `json:"started"`
	At        time.Time `json:"at"`
	Acked     int64     `json:"acked"`
	Retried   int64     `json:"retried"`
	Dead      int64     `json:"dead"`
	Reclaimed int64     `json:"reclaimed"`
}

// state answers with the samples since the Unix time in ms in the query. Samples are
// identified by their time, so that each request may go to another gateway.
func (p *Page) state(w http.ResponseWriter, r *http.Request, o operator) {
	since, err := strconv.ParseInt(r.FormValue("since"), 10, 64)
	if err != nil {
		since = 0
	}
	s := p.history.state(since, time.Now())
	s.Operator = o.Who
	answer(w, s)
}

func (h *history) state(since int64, now time.Time) state {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := state{
		App: h.opts.App, Version: h.opts.Version, Audit: h.audit, Now: now.UnixMilli(), EveryMS: h.opts.Every.Milliseconds(), Speaks: h.opts.Speech.can(), Error: h.failure, Types: h.opts.Types,
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
		c := consumer{Name: v.Name, Commit: h.commits[v.Name], Started: v.Started, At: v.At}
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

// posted decodes the JSON of a request that changes something into v, or refuses it.
func posted(w http.ResponseWriter, r *http.Request, v any) bool { return postedUpTo(maxForm, w, r, v) }

// postedUpTo is posted for a body of at most so many bytes.
func postedUpTo(limit int64, w http.ResponseWriter, r *http.Request, v any) bool {
	// A form of another site cannot send JSON without a CORS preflight request.
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "want application/json")
		return false
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit)).Decode(v); err != nil {
		refuse(w, http.StatusBadRequest, "want JSON")
		return false
	}
	return true
}

// knowsType refuses a request with an unknown type of events.
func (p *Page) knowsType(w http.ResponseWriter, eventType string) bool {
	known := slices.Contains(p.opts.Types, eventType)
	if !known {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("type %.40q: no such type of events", eventType))
	}
	return known
}

// unavailable answers to a request that failed.
func (p *Page) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	switch _, invalid := errors.AsType[*control.InvalidError](err); {
	case invalid:
		refuse(w, http.StatusBadRequest, err.Error())
	case errors.Is(err, workqueue.ErrNoDeadLetter):
		refuse(w, http.StatusNotFound, "This dead letter does not exist any more: it was replayed, dropped or removed for its age.")
	case errors.Is(err, workqueue.ErrNoEvent):
		refuse(w, http.StatusNotFound, "This event does not wait any more: a consumer has received it, or it was dropped.")
	case errors.Is(err, control.ErrNotSet):
		refuse(w, http.StatusNotFound, "It is not set any more: somebody has ended it.")
	case errors.Is(err, control.ErrTooMany):
		refuse(w, http.StatusConflict, err.Error())
	default:
		p.log(r).Warn().Err(err).Str("path", r.URL.Path).Msg("answer a request to the operations page: Redis does not answer")
		refuse(w, http.StatusServiceUnavailable, err.Error())
	}
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
