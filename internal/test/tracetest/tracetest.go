// Package tracetest is an OpenTelemetry collector for tests. It receives traces over HTTP,
// and returns them as plain values.
package tracetest

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is an exported span.
type Span struct {
	// Service is the name of the process that made it.
	Service string
	Name    string
	// Kind is "server", "producer", "consumer", "client" or "internal".
	Kind string
	// Trace, ID and Parent are in hexadecimal; Parent is "" at the root.
	Trace, ID, Parent string
	Attributes        map[string]string
	Failed            bool
}

// Request is an export.
type Request struct {
	Path   string
	Header http.Header
	// Body is the uncompressed body.
	Body []byte
}

// Collector is a collector at URL.
type Collector struct {
	URL string

	mu       sync.Mutex
	requests []Request
	spans    []Span
	refusal  string
}

// New starts a collector that runs until the test ends.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.take(w, r); err != nil {
			t.Errorf("an export that a collector cannot read: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// Refuse has the collector refuse exports with a reason. With "" it accepts them again.
func (c *Collector) Refuse(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusal = reason
}

// Spans returns the accepted spans so far.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// Requests returns the exports so far, refused ones included.
func (c *Collector) Requests() []Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request) error {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unpacked
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var export collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(b, &export); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, Request{r.URL.Path, r.Header.Clone(), bytes.Clone(b)})
	if c.refusal != "" {
		http.Error(w, c.refusal, http.StatusForbidden)
		return nil
	}
	for _, resource := range export.ResourceSpans {
		service := plain(resource.GetResource().GetAttributes())["service.name"]
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				c.spans = append(c.spans, span(service, s))
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	return nil
}

var kinds = map[trace.Span_SpanKind]string{
	trace.Span_SPAN_KIND_SERVER: "server", trace.Span_SPAN_KIND_PRODUCER: "producer", trace.Span_SPAN_KIND_CONSUMER: "consumer",
	trace.Span_SPAN_KIND_CLIENT: "client", trace.Span_SPAN_KIND_INTERNAL: "internal",
}

func span(service string, s *trace.Span) Span {
	return Span{
		Service: service, Name: s.Name, Kind: kinds[s.Kind],
		Trace: hex.EncodeToString(s.TraceId), ID: hex.EncodeToString(s.SpanId), Parent: hex.EncodeToString(s.ParentSpanId),
		Attributes: plain(s.Attributes), Failed: s.GetStatus().GetCode() == trace.Status_STATUS_CODE_ERROR,
	}
}

func plain(attributes []*common.KeyValue) map[string]string {
	list := map[string]string{}
	for _, a := range attributes {
		switch v := a.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			list[a.Key] = v.StringValue
		default:
			list[a.Key] = a.GetValue().String()
		}
	}
	return list
}
