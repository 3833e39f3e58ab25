package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/workqueue"
)

// Accept takes a body that was authenticated in another way than by its HTTP request:
// a frame of a socket. It does the same as ServeHTTP from the decoding on, with the
// same limit, log line and observer, and returns when the event is on the queue or
// was refused. The caller acknowledges the frame if the result says so. raw is not
// retained.
func (in *Ingress) Accept(ctx context.Context, raw []byte, meta Meta) Result {
	if !isRequestID(meta.RequestID) {
		meta.RequestID = rand.Text()
	}
	return in.observed(ctx, meta, func(ctx context.Context, result *Result) {
		if int64(len(raw)) > in.opts.MaxBody {
			result.is(http.StatusRequestEntityTooLarge, TooLarge, "")
			return
		}
		in.take(ctx, raw, func() {}, meta, result)
	})
}

// observed runs handle, which sets the result, logs it and reports it.
func (in *Ingress) observed(ctx context.Context, meta Meta, handle func(context.Context, *Result)) Result {
	meta.Platform = in.opts.Name
	result := Result{Received: in.opts.Now(), Retry: meta.Retry != "", began: time.Now()}
	var report func(Result)
	if in.opts.Observe != nil {
		ctx, report = in.opts.Observe(ctx, meta)
	}
	handle(ctx, &result)
	in.log(meta, &result)
	if report != nil {
		report(result)
	}
	return result
}

// take decodes an authentic body and queues its event. It calls release when it does not
// need the body any more and waits for an answer.
func (in *Ingress) take(ctx context.Context, body []byte, release func(), meta Meta, result *Result) {
	decoded, err := in.opts.Decode(body)
	switch {
	case errors.Is(err, ErrForbidden):
		result.is(http.StatusForbidden, Forbidden, err.Error())
	case err != nil:
		result.is(http.StatusBadRequest, BadRequest, err.Error())
	case decoded.Outcome == "":
		result.Event, result.Accepted = decoded.Event, in.opts.Now()
		result.Event.RequestID = meta.RequestID
		in.queue(ctx, decoded.Wait, release, result)
		if result.Outcome == Unavailable && decoded.Busy != "" {
			result.Status, result.Reply = http.StatusOK, decoded.Busy
		}
	default:
		result.is(http.StatusOK, decoded.Outcome, decoded.Reason)
		result.Reply, result.JSON, result.Notice = decoded.Reply, decoded.JSON && decoded.Reply != "", decoded.Notice
		if decoded.Outcome == Malformed || decoded.Outcome == OtherWorkspace {
			result.Reply, result.JSON = NotQueued+decoded.Reason+"\n", false
		}
	}
}

// queue queues the result's event, and waits for an answer to it if there is a wait and an
// Awaiter.
func (in *Ingress) queue(ctx context.Context, wait *Wait, release func(), result *Result) {
	switch {
	case wait == nil:
		in.publish(ctx, &in.deadlines, result)
	case in.opts.Await != nil:
		in.publishAndWait(ctx, wait, release, result)
	default:
		payload, err := wait.Payload("")
		if err != nil {
			result.is(http.StatusBadRequest, BadRequest, err.Error())
			return
		}
		result.Event.Payload = payload
		in.publish(ctx, &in.deadlines, result)
	}
}

// publish queues the result's event, within one of the deadlines.
func (in *Ingress) publish(ctx context.Context, deadlines *Deadlines, result *Result) {
	queued, err := in.opts.Publisher.Publish(deadlines.Context(ctx), result.Event)
	if err != nil {
		result.Full = errors.Is(err, workqueue.ErrFull)
		result.is(http.StatusServiceUnavailable, Unavailable, err.Error())
		return
	}
	result.Queued = in.opts.Now()
	if queued == workqueue.Duplicate {
		result.is(http.StatusOK, Duplicate, "")
		return
	}
	result.is(http.StatusOK, Queued, "")
}

func (r *Result) is(status int, outcome Outcome, reason string) {
	r.Status, r.Outcome, r.Reason = status, outcome, reason
}

// log writes one line about a request: an error if the queue did not take it or the platform
// gave notice, a warning if it was refused for another reason, is malformed or was answered
// late, info otherwise.
func (in *Ingress) log(meta Meta, result *Result) {
	level := zerolog.InfoLevel
	switch {
	case result.Outcome == Unavailable, result.Notice != "":
		level = zerolog.ErrorLevel
	case result.Status != http.StatusOK, result.Outcome == Malformed, result.Outcome == Late:
		level = zerolog.WarnLevel
	}
	line := in.opts.Log.WithLevel(level)
	if line == nil {
		return
	}
	line = line.Str("request_id", meta.RequestID).Int("status", result.Status).Str("outcome", string(result.Outcome)).
		Dur("took_ms", in.opts.Now().Sub(result.Received))
	if result.Event.ID != "" {
		line = line.Str("event_id", result.Event.ID).Str("type", result.Event.Type)
	}
	if meta.Retry != "" {
		line = line.Str("retry", Truncate(meta.Retry)).Str("retry_reason", Truncate(meta.RetryReason))
	}
	if result.Notice != "" {
		line = line.Str("notice", result.Notice)
	}
	if result.Reason != "" {
		line = line.Str("reason", result.Reason)
	}
	line.Msg(in.message)
}
