package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/gobridge/gopherbot/workqueue"
)

// Publisher puts events on the queue.
type Publisher interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// Publisher returns a Publisher that gives each event its trace.
func (t *Tracer) Publisher(to Publisher) Publisher {
	if t == nil {
		return to
	}
	return publisher{t, to}
}

type publisher struct {
	*Tracer
	to Publisher
}

func (p publisher) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	return p.published(ctx, e, p.to.Publish)
}

// CompanionPublisher puts events on the queue together with other commands.
type CompanionPublisher interface {
	PublishWith(ctx context.Context, e workqueue.Event, also workqueue.Companion) (workqueue.Result, error)
}

// CompanionPublisher returns a CompanionPublisher that gives each event its trace.
func (t *Tracer) CompanionPublisher(to CompanionPublisher) CompanionPublisher {
	if t == nil {
		return to
	}
	return companionPublisher{t, to}
}

type companionPublisher struct {
	*Tracer
	to CompanionPublisher
}

func (p companionPublisher) PublishWith(ctx context.Context, e workqueue.Event, also workqueue.Companion) (workqueue.Result, error) {
	return p.published(ctx, e, func(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
		return p.to.PublishWith(ctx, e, also)
	})
}

// published publishes an event in a span.
func (t *Tracer) published(ctx context.Context, e workqueue.Event, publish func(context.Context, workqueue.Event) (workqueue.Result, error)) (workqueue.Result, error) {
	ctx, span := t.Start(ctx, "publish "+e.Type, trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(about(e)...), trace.WithAttributes(messaging(e, "send")...))
	e.Trace = traceparent(ctx)
	result, err := publish(ctx, e)
	if err == nil {
		span.SetAttributes(attribute.Stringer("gopherbot.outcome", result))
	}
	end(span, err)
	return result, err
}

// Handler returns next with a span around each delivery, in the trace that its
// event carries. An event that is retried or reclaimed has several.
func (t *Tracer) Handler(next workqueue.HandlerFunc) workqueue.HandlerFunc {
	return func(ctx context.Context, d *workqueue.Delivery) error {
		ctx, span := t.Start(within(ctx, d.Trace), "process "+d.Type, trace.WithSpanKind(trace.SpanKindConsumer),
			trace.WithAttributes(about(d.Event)...), trace.WithAttributes(messaging(d.Event, "process")...),
			trace.WithAttributes(
				attribute.String("messaging.message.id", d.EntryID),
				attribute.Int("gopherbot.attempt", d.Attempt),
				attribute.Bool("gopherbot.reclaimed", d.Reclaimed),
				attribute.Int64("gopherbot.waited_ms", d.ReceivedAt.Sub(d.QueuedAt).Milliseconds()),
			))
		err := next(ctx, d)
		if discard, ok := errors.AsType[*workqueue.DiscardError](err); ok {
			span.SetAttributes(attribute.String("gopherbot.outcome", "discarded"), attribute.String("gopherbot.reason", discard.Reason))
			end(span, nil)
			return err
		}
		span.SetAttributes(attribute.String("gopherbot.outcome", outcome(err)))
		end(span, err)
		return err
	}
}

func outcome(err error) string {
	_, rejected := errors.AsType[*workqueue.RejectError](err)
	switch {
	case err == nil:
		return "handled"
	case rejected:
		return "rejected"
	default:
		return "failed"
	}
}

// messaging returns OpenTelemetry's attributes of a queue.
func messaging(e workqueue.Event, operation string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("messaging.system", "redis"), attribute.String("messaging.destination.name", e.Type),
		attribute.String("messaging.operation.type", operation),
	}
}

// header is the header of the W3C's Trace Context. An event carries its value.
const header = "traceparent"

// traceparent returns the header's value for the span of ctx.
func traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[header]
}

// within returns ctx with the span of a traceparent as its parent. If the value is
// missing or invalid, ctx begins a new trace.
func within(ctx context.Context, value string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{header: value})
}
