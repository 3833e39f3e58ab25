package gateway

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/workqueue"
)

// Defaults of IngressOptions.
const (
	// DefaultMaxBody is 1 MiB.
	DefaultMaxBody = 1 << 20
	// DefaultPublishTimeout leaves half a second of the 3 seconds that Slack waits for an
	// answer: an answer that asks for the event again is better than none.
	DefaultPublishTimeout = 2500 * time.Millisecond
)

// Publisher queues events. A *workqueue.Publisher is one.
type Publisher interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// IngressOptions configures an Ingress. Name, Decode and Publisher are required.
type IngressOptions struct {
	// Name is the platform's name, such as "slack". The message of a request's log
	// line is the name and " request".
	Name string
	// MediaTypes are the media types of bodies, in lower case. Defaults to
	// application/json alone.
	MediaTypes []string
	// MaxBody is how many bytes a body or a frame may have, at most 4 MiB. Defaults
	// to DefaultMaxBody.
	MaxBody int64
	// PublishTimeout is how long Redis may take, to 50 ms. The context of a request
	// that ends earlier changes nothing. Defaults to DefaultPublishTimeout.
	PublishTimeout time.Duration
	// Verify checks who sent an HTTP request. It is called with the header before the
	// body is read, so that a request which cannot be authentic takes no memory; the
	// Verification that it returns is then called with the raw body. The error of
	// either is logged and the request answered 401. Required for ServeHTTP. A socket
	// authenticates when it connects, so Accept does not call it.
	Verify func(header http.Header, now time.Time) (Verification, error)
	// Decode reads an authentic body. It must not retain body. An error that is
	// ErrForbidden is answered 403 and any other 400, so a body of an unknown or
	// incomplete shape is no error but a Decoded of outcome Malformed or Ignored:
	// platforms send again what gets an error, and disable an app that returns many.
	// Errors must not quote the body, which may have the text of a person.
	Decode func(body []byte) (Decoded, error)
	// Meta returns what the header says about a request. Route and RequestID are set
	// by ServeHTTP. Optional.
	Meta func(header http.Header) Meta

	Publisher Publisher
	// Await waits for consumers' answers where Decoded.Wait asks for it. Without it such a
	// request is answered as any other, once its event is queued.
	Await Awaiter
	// Bodies reads the bodies of requests. Defaults to one of its own with
	// DefaultBodyBudget.
	Bodies *Bodies
	// Now is the clock of signatures and log lines. Defaults to time.Now.
	Now func() time.Time
	Log zerolog.Logger
	// Observe, if set, is called when a request arrives. It returns the context in
	// which the request is handled, and a function that is called with its result,
	// before it is answered. Both delay the answer.
	Observe func(context.Context, Meta) (context.Context, func(Result))
}

// Verification reports why a body was not sent by the platform, nil if it was. The error is
// ErrWrongSecret if all is as the platform sends it but for the secret.
type Verification func(body []byte) error

// ErrWrongSecret is the error of a Verification for a request that is complete and recent, and
// signed with another secret than ours. Strangers seldom send such requests, but the platform
// does after its secret was changed.
var ErrWrongSecret = errors.New("signed with another secret")

// ErrForbidden is the error of Decode for a body that is for another app.
var ErrForbidden = errors.New("forbidden")

// Decoded says what to do about a body.
type Decoded struct {
	// Event is to be queued, if Outcome is empty.
	Event workqueue.Event
	// Wait, if set, has the request wait for a consumer's answer to Event.
	Wait *Wait
	// Outcome is Ignored, Malformed, OtherWorkspace or Challenge if there is nothing
	// to queue, and empty otherwise. All are answered 200.
	Outcome Outcome
	// Reply is the body of the answer. Malformed and OtherWorkspace are answered with
	// NotQueued and Reason.
	Reply string
	// JSON says that Reply is JSON, not text.
	JSON bool
	// Reason says more for the log.
	Reason string
	// Notice names what the platform says about the app itself: see Result. Reason says what
	// an operator has to do.
	Notice string
	// Busy is the body of an answer of 200 that replaces the 503 if the queue does not take
	// the event. It is for what a platform never sends again: a person reads it.
	Busy string
}

// Meta describes a request besides its body.
type Meta struct {
	// Platform is the name of the Ingress, which sets it.
	Platform string
	// Route is the pattern that the request matched, such as "POST /slack/event", or
	// the name of a socket.
	Route string
	// RequestID is logged and goes with the event. Accept makes one up for one that is
	// empty, longer than 128 bytes, or has other characters than letters, digits, ".", "_"
	// and "-".
	RequestID string
	// Retry is the platform's number of a request that it sends again, empty for
	// the first time. RetryReason is why it does.
	Retry, RetryReason string
}

// Ingress is the way in from a platform: it limits, authenticates, decodes and
// queues each request before it answers, logs one line about it, and reports it to an
// observer. ServeHTTP serves requests; Accept takes the frames of a socket. Where it is
// told to, it waits for a consumer's answer to the event and replies with that. It keeps
// nothing between requests, so any number of gateways can run side by side. It is
// safe for concurrent use.
type Ingress struct {
	opts    IngressOptions
	message string // of log lines

	deadlines, waitDeadlines Deadlines
}

// NewIngress returns an Ingress, or an error if a required option is missing.
func NewIngress(opts IngressOptions) (*Ingress, error) {
	if opts.Name == "" || opts.Decode == nil || opts.Publisher == nil {
		return nil, errors.New("ingress options: Name, Decode and Publisher are required")
	}
	if opts.MaxBody < 0 || opts.MaxBody > sizeOf(sizeClasses-1) {
		return nil, errors.New("ingress options: MaxBody must be between 0 and 4 MiB")
	}
	if len(opts.MediaTypes) == 0 {
		opts.MediaTypes = []string{"application/json"}
	}
	if opts.MaxBody == 0 {
		opts.MaxBody = DefaultMaxBody
	}
	if opts.PublishTimeout == 0 {
		opts.PublishTimeout = DefaultPublishTimeout
	}
	if opts.Meta == nil {
		opts.Meta = func(http.Header) Meta { return Meta{} }
	}
	if opts.Bodies == nil {
		opts.Bodies = NewBodies(DefaultBodyBudget)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Ingress{
		opts: opts, message: opts.Name + " request",
		deadlines: Deadlines{Timeout: opts.PublishTimeout}, waitDeadlines: Deadlines{Timeout: waitPublishTimeout},
	}, nil
}

// ServeHTTP answers one request. It serves any method; the patterns of Server choose.
func (in *Ingress) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	meta := in.opts.Meta(r.Header)
	meta.Route, meta.RequestID = r.Pattern, r.Header.Get(RequestIDHeader)
	result := in.observed(r.Context(), meta, func(ctx context.Context, result *Result) {
		in.receive(ctx, w, r, meta, result)
	})
	switch {
	case result.Status == 0:
		panic(http.ErrAbortHandler) // closes the connection
	case result.Status == http.StatusOK:
		if result.Reply == "" {
			return
		}
		header := w.Header()
		header["Content-Type"], header["X-Content-Type-Options"] = plainText, noSniff
		if result.JSON {
			header["Content-Type"] = jsonText
		}
		_, _ = io.WriteString(w, result.Reply)
	default:
		http.Error(w, http.StatusText(result.Status), result.Status)
	}
}

// The values of two headers of answers. Set would allocate them for each.
var plainText, jsonText, noSniff = []string{"text/plain; charset=utf-8"}, []string{"application/json"}, []string{"nosniff"}

// receive checks the header, reads the body, verifies it and takes it.
func (in *Ingress) receive(ctx context.Context, w http.ResponseWriter, r *http.Request, meta Meta, result *Result) {
	// refuse answers before the body is read as a whole: the connection would have to
	// wait for the rest of it.
	refuse := func(status int, outcome Outcome, reason string) {
		w.Header().Set("Connection", "close")
		result.is(status, outcome, reason)
	}
	if reason := in.wrongMediaType(r.Header); reason != "" {
		refuse(http.StatusUnsupportedMediaType, MediaType, reason)
		return
	}
	if in.opts.Verify == nil {
		refuse(http.StatusUnauthorized, Unauthorized, in.opts.Name+" has no verification of HTTP requests")
		return
	}
	verify, err := in.opts.Verify(r.Header, result.Received)
	if err != nil {
		refuse(http.StatusUnauthorized, Unauthorized, err.Error())
		return
	}
	body, release, err := in.opts.Bodies.Read(w, r, in.opts.MaxBody)
	if err != nil {
		switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
		case tooLarge:
			refuse(http.StatusRequestEntityTooLarge, TooLarge, "")
		case errors.Is(err, ErrOverloaded):
			refuse(http.StatusServiceUnavailable, Overloaded, err.Error())
		default:
			result.is(0, Incomplete, err.Error())
		}
		return
	}
	defer release()
	if err := verify(body); err != nil {
		result.WrongSecret = errors.Is(err, ErrWrongSecret)
		result.is(http.StatusUnauthorized, Unauthorized, err.Error())
		return
	}
	in.take(ctx, body, release, meta, result)
}

// wrongMediaType returns why a body of this header is not read, "" if it is.
func (in *Ingress) wrongMediaType(header http.Header) string {
	if content := header.Get("Content-Type"); !slices.Contains(in.opts.MediaTypes, content) {
		if media, _, err := mime.ParseMediaType(content); err != nil || !slices.Contains(in.opts.MediaTypes, media) {
			if content == "" {
				return "no content type"
			}
			return "content type " + Truncate(content)
		}
	}
	if encoding := header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return "content encoding " + Truncate(encoding)
	}
	return ""
}

// maxQuoted is how many bytes of a stranger's header a log line may have.
const maxQuoted = 64

// Truncate returns at most the first 64 bytes of s, a text of a stranger that is to
// be logged.
func Truncate(s string) string { return s[:min(len(s), maxQuoted)] }
