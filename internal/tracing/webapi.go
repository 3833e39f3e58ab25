package tracing

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Transport returns base with a span around each call of Slack's Web API, which
// ends when its answer has been read. Slack is told nothing of it.
func (t *Tracer) Transport(base http.RoundTripper) http.RoundTripper {
	if t == nil {
		return base
	}
	return transport{t, base}
}

type transport struct {
	*Tracer
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	_, span := t.Start(r.Context(), path.Base(r.URL.Path), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", r.Method), attribute.String("server.address", r.URL.Hostname()),
	))
	response, err := t.base.RoundTrip(r)
	if err != nil {
		end(span, err)
		return nil, err
	}
	span.SetAttributes(attribute.Int("http.response.status_code", response.StatusCode))
	if response.StatusCode >= http.StatusBadRequest {
		failed(span, strconv.Itoa(response.StatusCode))
		span.End() // who tries again may not care for the rest
		return response, nil
	}
	response.Body = &answer{ReadCloser: response.Body, span: span}
	return response, nil
}

// answer is the body of an answer. Slack says with a status of 200, too, that it
// refuses a call, and does so in few words.
type answer struct {
	io.ReadCloser
	span trace.Span
	head []byte
	once sync.Once
}

// maxRefusal is how long an answer may be that is looked into.
const maxRefusal = 4 << 10

func (a *answer) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if len(a.head) <= maxRefusal {
		a.head = append(a.head, b[:n]...)
	}
	return n, err
}

func (a *answer) Close() error {
	a.once.Do(func() {
		if code := refusal(a.head); code != "" {
			failed(a.span, code)
		}
		a.span.End()
	})
	return a.ReadCloser.Close()
}

var codePattern = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// refusal returns the code with which Slack refuses a call, "" when it does not.
func refusal(body []byte) string {
	var said struct {
		OK    *bool
		Error string
	}
	if len(body) > maxRefusal || json.Unmarshal(body, &said) != nil || said.OK == nil || *said.OK {
		return ""
	}
	if !codePattern.MatchString(said.Error) {
		return "_OTHER"
	}
	return said.Error
}
