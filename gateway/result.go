package gateway

import (
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

// Result is the outcome of a request, or of a frame of a socket.
type Result struct {
	// Status is the HTTP status of the answer. It is 0 if the connection was closed
	// without one.
	Status int
	// Outcome is one of the Outcome constants.
	Outcome Outcome
	// Reply is the body of an answer of 200, which may be a consumer's answer: it is not
	// logged. A socket sends it with the acknowledgement.
	Reply string
	// JSON reports that Reply is JSON, not text.
	JSON bool
	// Reason says more for the log; it quotes no text of a person.
	Reason string
	// Notice names what the platform says about the app itself, such as that it was
	// uninstalled. It is empty for anything else.
	Notice string
	// Event is the zero value unless the request brought an event for the queue. It has no
	// payload if its answer was waited for.
	Event workqueue.Event
	// Full reports that the event was refused because the queue is full.
	Full bool
	// WrongSecret reports that the request was refused with ErrWrongSecret.
	WrongSecret bool
	// Retry reports that the platform had sent the request before.
	Retry bool
	// Received is when the request arrived, Accepted when it was verified and
	// decoded, and Queued when its event was on the queue. Accepted and Queued are
	// zero for a request that did not get so far.
	Received, Accepted, Queued time.Time
	// began is when the request arrived, by the system's clock, which may not be that of
	// Received.
	began time.Time
}

// Acknowledge reports whether the platform must not send the request again: its
// event is on the queue, or sending it again would change nothing. A socket
// acknowledges a frame only then.
func (r Result) Acknowledge() bool {
	return r.Status != 0 && r.Status < http.StatusInternalServerError
}

// Authentic reports whether the platform sent the request for this app. It is false for a
// Challenge, with which the platform, or whoever has the secret, checks an address.
func (r Result) Authentic() bool {
	switch r.Outcome {
	case Queued, Duplicate, Answered, Late, Ignored, OtherWorkspace, Malformed, BadRequest, Unavailable:
		return true
	default:
		return false
	}
}

// Refused reports whether the platform did not send the request, or not for this app.
func (r Result) Refused() bool { return r.Outcome == Unauthorized || r.Outcome == Forbidden }

// Outcome classifies a Result, for counting.
type Outcome string

// The outcomes.
const (
	Queued         Outcome = "queued"
	Duplicate      Outcome = "duplicate"       // 200: an event of this key was queued before
	Answered       Outcome = "answered"        // 200: a consumer's answer to its event, which was waited for
	Late           Outcome = "late"            // 200: no consumer's answer in time, or the gateway waits for too many; the neutral answer
	Ignored        Outcome = "ignored"         // 200: authentic, but nothing handles it
	Challenge      Outcome = "challenge"       // 200: the platform checked that this URL is ours
	OtherWorkspace Outcome = "other_workspace" // 200: authentic, but for another workspace
	Malformed      Outcome = "malformed"       // 200: authentic, but without a field that its type has
	BadRequest     Outcome = "bad_request"     // 400: authentic, but it cannot be parsed
	Unauthorized   Outcome = "unauthorized"    // 401: the platform's signature or token is missing, wrong or old
	Forbidden      Outcome = "forbidden"       // 403: authentic, but for another app
	TooLarge       Outcome = "too_large"       // 413
	MediaType      Outcome = "media_type"      // 415: another media type, or compressed
	Unavailable    Outcome = "unavailable"     // 503: the queue is unreachable, slow or full
	Overloaded     Outcome = "overloaded"      // 503: other requests' bodies use up the memory for bodies
	Incomplete     Outcome = "cut"             // the body did not arrive whole or in time; no answer
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{
		Queued, Duplicate, Answered, Late, Ignored, Challenge, OtherWorkspace, Malformed, BadRequest, Unauthorized, Forbidden, TooLarge, MediaType,
		Unavailable, Overloaded, Incomplete,
	}
}

// NotQueued begins the body of an answer of 200 to a request whose event was not
// queued: an OtherWorkspace or Malformed one.
const NotQueued = "not queued: "
