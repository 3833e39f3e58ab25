package tracing

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// answers is a collector that gives one answer after the other.
type answers struct {
	t    *testing.T
	list []answer
	sent int
}

type answer struct {
	status     int
	retryAfter string
	body       string
}

// RoundTrip implements http.RoundTripper.
func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	var export collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &export) != nil || export.ResourceSpans[0].SchemaUrl != "schema" {
		a.t.Errorf("request %d: %q, %v", a.sent, body, err)
	}
	now := a.list[a.sent]
	a.sent++
	return &http.Response{
		StatusCode: now.status, Status: http.StatusText(now.status), Body: io.NopCloser(strings.NewReader(now.body)), Request: r,
		Header: http.Header{"Retry-After": {now.retryAfter}, "Content-Type": {"application/x-protobuf"}},
	}, nil
}

func partialSuccess(t *testing.T, rejected int64, message string) string {
	b, err := proto.Marshal(&collector.ExportTraceServiceResponse{
		PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: rejected, ErrorMessage: message},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestClient_Answers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answers []answer
		took    time.Duration
		err     string // a part of it, "" for success
	}{
		{"accepted", []answer{{status: 200}}, 0, ""},
		{"unavailable, then accepted", []answer{{status: 503}, {status: 502}, {status: 202}}, 3 * time.Second, ""},
		{"it says when to retry", []answer{{status: 429, retryAfter: "5"}, {status: 200}}, 5 * time.Second, ""},
		{"it says so with a date", []answer{{status: 429, retryAfter: "Fri, 31 Dec 1999 23:59:59 GMT"}, {status: 200}}, time.Second, ""},
		{"unavailable", []answer{{status: 503}, {status: 503}, {status: 504}, {status: 503, body: "later\n"}}, 7 * time.Second, "Service Unavailable: later"},
		{"to retry is too late", []answer{{status: 503, retryAfter: "31"}}, 0, "Service Unavailable"},
		{"refused", []answer{{status: 400, body: "no such trace"}}, 0, "Bad Request: no such trace"},
		{"a server's error", []answer{{status: 500}}, 0, "Internal Server Error"},
		{"partly refused", []answer{{status: 200, body: partialSuccess(t, 3, "too old")}}, 0, "refused 3 spans: too old"},
		{"a warning", []answer{{status: 200, body: partialSuccess(t, 0, "slow down")}}, 0, "refused 0 spans: slow down"},
		{"nothing refused", []answer{{status: 200, body: partialSuccess(t, 0, "")}}, 0, ""},
		{"an answer that is cut", []answer{{status: 200, body: partialSuccess(t, 3, "too old")[:4]}}, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				from := &answers{t: t, list: test.answers}
				c := &client{endpoint: "http://collector.example/v1/traces", http: &http.Client{Transport: from}}
				start := time.Now()
				err := c.UploadTraces(ctx, []*tracepb.ResourceSpans{{SchemaUrl: "schema"}})
				if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				if took := time.Since(start); took != test.took || from.sent != len(test.answers) {
					t.Errorf("%d requests in %s, want %d in %s", from.sent, took, len(test.answers), test.took)
				}
			})
		})
	}
}
