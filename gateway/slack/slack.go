// Package slack is the way in from Slack: it proves that a request is Slack's
// own, decides what event it brings, and puts that on the queue before it
// answers. It keeps nothing: any number of gateways may run side by side.
//
// It knows Slack's Events API and the queue, and neither Slack's Web API nor
// what is done about an event.
package slack

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/workqueue"
)

// MaxBody is how many bytes of a request are read; more are refused.
const MaxBody = 2 << 20

// PublishTimeout is how long Redis may take. Slack waits 3 seconds for an
// answer, and an answer that asks to send the event again beats none.
const PublishTimeout = 2500 * time.Millisecond

// Publisher is what the events are given to.
type Publisher interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// Options configures a Handler. All but Now, Log and Watch are required.
type Options struct {
	// AppID and TeamID are the app and the workspace whose events are taken.
	AppID, TeamID string
	// SigningSecrets are what requests may be signed with: one, or two while
	// the secret is being rotated.
	SigningSecrets []string
	Publisher      Publisher
	// Now is the clock that signatures are checked by, time.Now by default.
	Now func() time.Time
	Log zerolog.Logger
	// Watch, when set, is told of every request before it is read. It returns
	// the request's context, and what is told of its answer. Both delay it.
	Watch func(*http.Request) (context.Context, func(Answer))
}

// Answer is what became of a request.
type Answer struct {
	// Status is the HTTP status. It is 0 when the connection was closed.
	Status int
	// Outcome is one of the Outcome constants.
	Outcome Outcome
	// Event is the zero value unless the request brought one for the queue.
	Event workqueue.Event
	// Full is true when the queue is, so that the event was refused; Retry when Slack
	// had sent the request before.
	Full, Retry bool
	// Received is when the request began to be read, Accepted when it had
	// proved genuine and well formed, Queued when the queue had taken its event.
	Received, Accepted, Queued time.Time
	// reason is what the log says besides.
	reason string
}

// Outcome is what became of a request, in a word that can be counted.
type Outcome string

// The outcomes of a request.
const (
	Queued       Outcome = "queued"
	Duplicate    Outcome = "duplicate"
	Ignored      Outcome = "ignored"      // genuine, but nothing handles it
	Challenge    Outcome = "challenge"    // Slack asked whether this URL is ours
	NotJSON      Outcome = "not_json"     // by its media type
	TooLarge     Outcome = "too_large"    // more than MaxBody
	Cut          Outcome = "cut"          // it did not arrive in time or as a whole
	Unauthorized Outcome = "unauthorized" // it is not signed by Slack, now
	BadRequest   Outcome = "bad_request"
	Forbidden    Outcome = "forbidden"   // for another app or workspace
	Unavailable  Outcome = "unavailable" // the queue is away, slow or full
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{Queued, Duplicate, Ignored, Challenge, NotJSON, TooLarge, Cut, Unauthorized, BadRequest, Forbidden, Unavailable}
}

// Handler answers Slack's requests. It serves POST only; the server's patterns
// see to that.
type Handler struct{ opts Options }

// New returns a Handler, or an error when a required option is missing.
func New(opts Options) (*Handler, error) {
	if opts.AppID == "" || opts.TeamID == "" || len(opts.SigningSecrets) == 0 || opts.Publisher == nil {
		return nil, errors.New("the gateway for Slack needs an app id, a team id, a signing secret and a publisher")
	}
	for _, secret := range opts.SigningSecrets {
		if secret == "" {
			return nil, errors.New("a signing secret is empty: anyone could sign with it")
		}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Handler{opts}, nil
}

// ServeHTTP answers one request, once its event is on the queue.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	watched := func(Answer) {}
	if h.opts.Watch != nil {
		var ctx context.Context
		ctx, watched = h.opts.Watch(r)
		r = r.WithContext(ctx)
	}
	a, challenge := h.answer(w, r)
	h.log(r, a)
	watched(a)
	switch {
	case a.Status == 0:
		panic(http.ErrAbortHandler) // closes the connection
	case a.Status == http.StatusOK:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, challenge)
	default:
		http.Error(w, http.StatusText(a.Status), a.Status)
	}
}

// answer reads a request, proves it, and queues what it brings. challenge is
// the body to be sent back.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (a Answer, challenge string) {
	a.Received, a.Retry = h.opts.Now(), r.Header.Get("X-Slack-Retry-Num") != ""
	give := func(status int, outcome Outcome, reason string) (Answer, string) {
		a.Status, a.Outcome, a.reason = status, outcome, reason
		return a, challenge
	}

	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return give(http.StatusUnsupportedMediaType, NotJSON, "content type "+short(r.Header.Get("Content-Type")))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return give(http.StatusRequestEntityTooLarge, TooLarge, "")
	}
	if err != nil {
		return give(0, Cut, err.Error())
	}
	if err := verify(r.Header, body, h.opts.SigningSecrets, h.opts.Now()); err != nil {
		return give(http.StatusUnauthorized, Unauthorized, err.Error())
	}
	what, err := route(body, h.opts.AppID, h.opts.TeamID)
	switch {
	case errors.Is(err, errForbidden):
		return give(http.StatusForbidden, Forbidden, err.Error())
	case err != nil:
		return give(http.StatusBadRequest, BadRequest, err.Error())
	case what.challenge != "":
		challenge = what.challenge
		return give(http.StatusOK, Challenge, "")
	case what.ignored != "":
		return give(http.StatusOK, Ignored, what.ignored)
	}

	a.Event, a.Accepted = what.event, h.opts.Now()
	a.Event.RequestID = r.Header.Get(gateway.RequestIDHeader)
	ctx, cancel := context.WithTimeout(r.Context(), PublishTimeout)
	defer cancel()
	result, err := h.opts.Publisher.Publish(ctx, a.Event)
	if err != nil {
		a.Full = errors.Is(err, workqueue.ErrFull)
		return give(http.StatusServiceUnavailable, Unavailable, err.Error())
	}
	a.Queued = h.opts.Now()
	if result == workqueue.Duplicate {
		return give(http.StatusOK, Duplicate, "")
	}
	return give(http.StatusOK, Queued, "")
}

// log writes one line about a request.
func (h *Handler) log(r *http.Request, a Answer) {
	line := h.opts.Log.Info()
	switch {
	case a.Outcome == Unavailable:
		line = h.opts.Log.Error()
	case a.Status != http.StatusOK:
		line = h.opts.Log.Warn()
	}
	line = line.Str("request_id", r.Header.Get(gateway.RequestIDHeader)).
		Int("status", a.Status).Str("outcome", string(a.Outcome)).
		Dur("took_ms", h.opts.Now().Sub(a.Received))
	if a.Event.ID != "" {
		line = line.Str("event_id", a.Event.ID).Str("type", a.Event.Type)
	}
	if retry := r.Header.Get("X-Slack-Retry-Num"); retry != "" {
		line = line.Str("retry", short(retry)).Str("retry_reason", short(r.Header.Get("X-Slack-Retry-Reason")))
	}
	if a.reason != "" {
		line = line.Str("reason", a.reason)
	}
	line.Msg("slack request")
}

// short cuts what a stranger may have sent to what is worth a place in the log.
func short(s string) string { return s[:min(len(s), 64)] }
