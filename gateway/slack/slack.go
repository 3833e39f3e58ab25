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

// MaxBody is how many bytes the body of an event may have. Slack names no limit;
// a message has at most 40,000 characters, with its blocks some hundred kB.
const MaxBody = 1 << 20

// PublishTimeout is how long Redis may take. Slack waits 3 seconds for an
// answer, and an answer that asks to send the event again beats none.
const PublishTimeout = 2500 * time.Millisecond

// Publisher is what the events are given to.
type Publisher interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// Options configures a Handler. Bodies, Now, Log and Watch are optional.
type Options struct {
	// AppID and TeamID are the app and the workspace whose events are taken.
	AppID, TeamID string
	// SigningSecrets are what requests may be signed with: one, or two while
	// the secret is being rotated.
	SigningSecrets []string
	Publisher      Publisher
	// Bodies reads the requests' bodies; one with gateway.DefaultBodyBudget by
	// default.
	Bodies *gateway.Bodies
	// Now is the clock that signatures are checked by, time.Now by default.
	Now func() time.Time
	Log zerolog.Logger
	// Watch, when set, is told of every request before it is read. It returns
	// the request's context, and what is told of its answer. Both delay it.
	Watch func(*http.Request) (context.Context, func(Result))
}

// Result is what became of a request.
type Result struct {
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
	Incomplete   Outcome = "cut"          // it did not arrive in time or as a whole
	Unauthorized Outcome = "unauthorized" // it is not signed by Slack, now
	BadRequest   Outcome = "bad_request"  // genuine, but not JSON
	Forbidden    Outcome = "forbidden"    // for another app
	Unavailable  Outcome = "unavailable"  // the queue is away, slow or full

	OtherWorkspace Outcome = "other_workspace" // genuine, but for another workspace
	Malformed      Outcome = "malformed"       // genuine, but without a field that its type has
	Overloaded     Outcome = "overloaded"      // the bodies of other requests take all the memory for them
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{Queued, Duplicate, Ignored, Challenge, NotJSON, TooLarge, Incomplete, Unauthorized, BadRequest, Forbidden, Unavailable, OtherWorkspace, Malformed, Overloaded}
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
	if opts.Bodies == nil {
		opts.Bodies = gateway.NewBodies(gateway.DefaultBodyBudget)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Handler{opts}, nil
}

// ServeHTTP answers one request, once its event is on the queue.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	watched := func(Result) {}
	if h.opts.Watch != nil {
		var ctx context.Context
		ctx, watched = h.opts.Watch(r)
		r = r.WithContext(ctx)
	}
	a, text := h.answer(w, r)
	h.log(r, a)
	watched(a)
	switch {
	case a.Status == 0:
		panic(http.ErrAbortHandler) // closes the connection
	case a.Status == http.StatusOK:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, text)
	default:
		http.Error(w, http.StatusText(a.Status), a.Status)
	}
}

// NotQueued begins the body of the answer to a request that was accepted, though
// not as whoever sent it meant.
const NotQueued = "not queued: "

// answer reads a request, proves it, and queues what it brings. text is the body
// of an answer of 200.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (a Result, text string) {
	a.Received, a.Retry = h.opts.Now(), r.Header.Get("X-Slack-Retry-Num") != ""
	give := func(status int, outcome Outcome, reason string) (Result, string) {
		a.Status, a.Outcome, a.reason = status, outcome, reason
		return a, text
	}

	// refuse answers without having read all of the body, for which the connection
	// would wait otherwise.
	refuse := func(status int, outcome Outcome, reason string) (Result, string) {
		w.Header().Set("Connection", "close")
		return give(status, outcome, reason)
	}

	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, NotJSON, "content type "+short(r.Header.Get("Content-Type")))
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return refuse(http.StatusUnsupportedMediaType, NotJSON, "content encoding "+short(encoding))
	}
	signature, err := readSignature(r.Header, h.opts.Now())
	if err != nil {
		return refuse(http.StatusUnauthorized, Unauthorized, err.Error())
	}
	body, release, err := h.opts.Bodies.Read(w, r, MaxBody)
	switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
	case tooLarge:
		return refuse(http.StatusRequestEntityTooLarge, TooLarge, "")
	case errors.Is(err, gateway.ErrOverloaded):
		return refuse(http.StatusServiceUnavailable, Overloaded, err.Error())
	case err != nil:
		return give(0, Incomplete, err.Error())
	}
	defer release()
	if !signature.signs(body, h.opts.SigningSecrets) {
		return give(http.StatusUnauthorized, Unauthorized, "wrong signature")
	}
	what, err := route(body, h.opts.AppID, h.opts.TeamID)
	switch {
	case errors.Is(err, errForbidden):
		return give(http.StatusForbidden, Forbidden, err.Error())
	case err != nil:
		return give(http.StatusBadRequest, BadRequest, err.Error())
	case what.challenge != "":
		text = what.challenge
		return give(http.StatusOK, Challenge, "")
	case what.outcome == Malformed || what.outcome == OtherWorkspace:
		text = NotQueued + what.reason + "\n"
		return give(http.StatusOK, what.outcome, what.reason)
	case what.outcome != "":
		return give(http.StatusOK, what.outcome, what.reason)
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
func (h *Handler) log(r *http.Request, a Result) {
	line := h.opts.Log.Info()
	switch {
	case a.Outcome == Unavailable:
		line = h.opts.Log.Error()
	case a.Status != http.StatusOK, a.Outcome == Malformed:
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
