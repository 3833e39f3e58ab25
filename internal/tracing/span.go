package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/gobridge/gopherbot/workqueue"
)

// Request begins the span of a request that matched route, such as "POST /slack/event",
// or of a socket's frame. It begins a new trace: a traceparent header from outside is
// ignored. The returned function ends the span, with the answer's status (0 for none), its
// outcome and the request's event.
func (t *Tracer) Request(ctx context.Context, route string) (context.Context, func(status int, outcome string, e workqueue.Event)) {
	ctx, span := t.Start(ctx, route, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer))
	if method, path, ok := strings.Cut(route, " "); ok {
		span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", path))
	}
	return ctx, func(status int, outcome string, e workqueue.Event) {
		span.SetAttributes(attribute.String("gopherbot.outcome", outcome))
		if e.ID != "" {
			span.SetAttributes(about(e)...)
		}
		if status != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		if status == 0 || status >= http.StatusInternalServerError {
			failed(span, outcome)
		}
		span.End()
	}
}

// Action begins the span of a handler's run for an event. The returned function ends it.
func (t *Tracer) Action(ctx context.Context, name string) (context.Context, func(error)) {
	ctx, span := t.Start(ctx, name)
	return ctx, func(err error) { end(span, err) }
}

// Job runs a job in a trace of its own.
func (t *Tracer) Job(ctx context.Context, name string, run func(context.Context) error) error {
	ctx, span := t.Start(ctx, "job "+name, trace.WithNewRoot())
	defer span.End() // also when it panics
	err := run(ctx)
	end(span, err)
	return err
}

// about returns the attributes of an event. The id of an announcement may have an address
// whose query has a secret, so the query is cut off.
func about(e workqueue.Event) []attribute.KeyValue {
	id, _, _ := strings.Cut(e.ID, "?")
	list := []attribute.KeyValue{attribute.String("gopherbot.event.type", e.Type), attribute.String("gopherbot.event.id", id)}
	if e.RequestID != "" {
		list = append(list, attribute.String("gopherbot.request.id", e.RequestID))
	}
	return list
}

// end ends a span. It marks it as failed if err is not nil.
func end(span trace.Span, err error) {
	if err != nil {
		failed(span, kind(err))
	}
	span.End()
}

// failed marks a span as failed. It sets no description: the log has the error, under the
// ids in the span.
func failed(span trace.Span, kind string) {
	span.SetStatus(codes.Error, "")
	span.SetAttributes(attribute.String("error.type", kind))
}

// kind returns the kind of an error, without its text. The error may be a handler's, whose
// methods may panic.
func kind(err error) (name string) {
	defer func() {
		if recover() != nil {
			name = unnamed
		}
	}()
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), ok && timeout.Timeout():
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, workqueue.ErrFull):
		return "queue full"
	}
	for err != nil {
		if name = fmt.Sprintf("%T", err); !generic[name] {
			return name
		}
		switch wrapping := err.(type) {
		case interface{ Unwrap() error }:
			err = wrapping.Unwrap()
		case interface{ Unwrap() []error }:
			err = wrapping.Unwrap()[0]
		default:
			err = nil
		}
	}
	return unnamed
}

// unnamed is OpenTelemetry's word for an error that has no name.
const unnamed = "_OTHER"

// generic are the types of errors whose names tell nothing.
var generic = map[string]bool{
	"*errors.errorString": true, "*errors.joinError": true, "*fmt.wrapError": true, "*fmt.wrapErrors": true,
	"*workqueue.RejectError": true, "*workqueue.RetryError": true,
}
