package tracing

import (
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// Call begins the span of a call of Slack's Web API. The returned function ends it. Call
// is a slackapi.Watcher. Requests to Slack do not carry the trace.
func (t *Tracer) Call(method string, r *http.Request) func(slackapi.Call) {
	_, span := t.Start(r.Context(), method, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Hostname()),
	))
	return func(c slackapi.Call) {
		if c.HTTP != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", c.HTTP))
		}
		switch c.Status {
		case slackapi.OK:
		case slackapi.Refused:
			failed(span, c.Code)
		case slackapi.Unreachable:
			failed(span, kind(c.Err))
		default:
			failed(span, strconv.Itoa(c.HTTP))
		}
		span.End()
	}
}
