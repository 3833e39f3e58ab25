package tracing_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/config"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/internal/test/tracetest"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tracer returns the Tracer of a gateway that is configured by environ, and its
// log. Stop it to see what it has exported.
func tracer(t *testing.T, environ ...string) (*tracing.Tracer, *testenv.Log) {
	t.Helper()
	c, err := config.LoadNeeding(environ)
	if err != nil {
		t.Fatal(err)
	}
	log := &testenv.Log{}
	tr, err := tracing.New(t.Context(), c, config.Gateway, zerolog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	return tr, log
}

// TestNew_Variables has one span made with each set of variables. COLLECTOR
// stands for the address of a collector.
func TestNew_Variables(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		environ []string
		path    string // where it arrives, "" for nowhere
		service string
		key     string // what it is let in with
	}{
		{name: "none"},
		{name: "an endpoint", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR"}, path: "/v1/traces"},
		{name: "an endpoint with a path", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR/otlp/"}, path: "/otlp/v1/traces"},
		{name: "one for traces, which is taken as it is", environ: []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=COLLECTOR/here"}, path: "/here"},
		{name: "both", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://nowhere.invalid", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=COLLECTOR/here"}, path: "/here"},
		{name: "it is disabled", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_SDK_DISABLED=true"}},
		{name: "no exporter", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_TRACES_EXPORTER=none"}},
		{name: "the exporter that there is", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, path: "/v1/traces"},
		{name: "an exporter, and no endpoint", environ: []string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_SERVICE_NAME=x"}},
		{name: "a protocol for other programs", environ: []string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_TRACES_EXPORTER=console"}},
		{name: "it is disabled, whatever else is set", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_SDK_DISABLED=true", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}},
		{name: "another protocol for what is no trace", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"}, path: "/v1/traces"},
		{name: "a name", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_SERVICE_NAME=my bot"}, path: "/v1/traces", service: "my bot"},
		{name: "a header", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_EXPORTER_OTLP_HEADERS=x-other=1, x-api-key=a%20key"}, path: "/v1/traces", key: "a key"},
		{name: "a header for traces", environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR", "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=one", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=x-api-key=another"}, path: "/v1/traces", key: "another"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			collector := tracetest.New(t)
			for i := range test.environ {
				test.environ[i] = strings.ReplaceAll(test.environ[i], "COLLECTOR", collector.URL)
			}
			tr, log := tracer(t, test.environ...)
			if on := tr != nil; on != (test.path != "") {
				t.Fatalf("makes traces: %v", on)
			}
			if _, err := tr.Publisher(&queue{}).Publish(t.Context(), workqueue.Event{Type: "greeting", ID: "Ev1"}); err != nil {
				t.Error(err)
			}
			tr.Stop(t.Context())
			exports := collector.Requests()
			if test.path == "" {
				if len(exports) != 0 || log.String() != "" {
					t.Errorf("exported %q, logged %s", exports, log)
				}
				return
			}
			if len(exports) != 1 || exports[0].Path != test.path || exports[0].Header.Get("x-api-key") != test.key {
				t.Fatalf("exported %q", exports)
			}
			if s := collector.Spans()[0]; s.Service != test.service && (test.service != "" || s.Service != "gopherbot-gateway") {
				t.Errorf("the process is called %q", s.Service)
			}
			if test.key != "" && strings.Contains(log.String(), test.key) {
				t.Errorf("the key is logged: %s", log)
			}
		})
	}
}

// queue is a queue that keeps what it is given.
type queue struct {
	events []workqueue.Event
	err    error
}

func (q *queue) Publish(_ context.Context, e workqueue.Event) (workqueue.Result, error) {
	if q.err != nil {
		return 0, q.err
	}
	q.events = append(q.events, e)
	return workqueue.Queued, nil
}

// TestTracer_OneTrace follows an event from its request to the call that answers it.
func TestTracer_OneTrace(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	tr, _ := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("traceparent") != "" {
			t.Error("Slack is told of the trace")
		}
		_, _ = io.WriteString(w, `{"ok":false,"error":"is_archived"}`)
	}))
	defer slack.Close()

	ctx, answered := tr.Request(t.Context(), "POST /slack/event")
	q := &queue{}
	e := workqueue.Event{Type: "greeting", ID: "feed/a.example?secret=hunter2", RequestID: "req-1", Payload: []byte("hunter2")}
	if _, err := tr.Publisher(q).Publish(ctx, e); err != nil {
		t.Fatal(err)
	}
	answered(200, "queued", e)

	client := &http.Client{Timeout: testenv.Timeout, Transport: slackapi.Watch(&http.Transport{DisableKeepAlives: true}, tr.Call)}
	err := tr.Handler(func(ctx context.Context, d *workqueue.Delivery) error {
		ctx, ended := tr.Action(ctx, "wave")
		r, err := http.NewRequestWithContext(ctx, "POST", slack.URL+"/api/chat.postMessage?secret=hunter2", strings.NewReader("hunter2"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(body), "is_archived") {
			t.Errorf("the answer: %s (%v)", body, err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		failed := fmt.Errorf("no luck with hunter2: %w", &refusedError{})
		ended(failed)
		return workqueue.Reject(failed)
	})(t.Context(), &workqueue.Delivery{Event: q.events[0], EntryID: "1-1", Attempt: 1})
	if err == nil {
		t.Error("the outcome is lost")
	}
	tr.Stop(t.Context())

	spans := collector.Spans()
	find := func(kind string) tracetest.Span {
		i := slices.IndexFunc(spans, func(s tracetest.Span) bool { return s.Kind == kind })
		if i < 0 {
			t.Fatalf("no span of kind %s in %+v", kind, spans)
		}
		return spans[i]
	}
	above := tracetest.Span{Trace: find("server").Trace}
	for _, want := range []struct{ kind, name, attribute, value string }{
		{"server", "POST /slack/event", "gopherbot.event.id", "feed/a.example"},
		{"producer", "publish greeting", "gopherbot.outcome", "queued"},
		{"consumer", "process greeting", "gopherbot.outcome", "rejected"},
		{"internal", "wave", "error.type", "*tracing_test.refusedError"},
		{"client", "chat.postMessage", "error.type", "is_archived"},
	} {
		s := find(want.kind)
		if s.Name != want.name || s.Attributes[want.attribute] != want.value || s.Trace != above.Trace || s.Parent != above.ID {
			t.Errorf("%+v, want %+v below %s", s, want, above.ID)
		}
		above = s
	}
	if above.Trace == "0af7651916cd43dd8448eb211c80319c" || len(spans) != 5 {
		t.Errorf("%d spans in trace %s", len(spans), above.Trace)
	}
	for _, export := range collector.Requests() {
		if strings.Contains(string(export.Body), "hunter2") {
			t.Errorf("a secret is exported: %q", export.Body)
		}
	}
}

type refusedError struct{}

func (*refusedError) Error() string { return "refused: hunter2" }

// TestTracer_NamesErrors looks at the error.type of an action that failed.
func TestTracer_NamesErrors(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	tr, _ := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	for want, err := range map[string]error{
		"timeout":                    fmt.Errorf("hunter2: %w", context.DeadlineExceeded),
		"cancelled":                  errors.Join(errors.New("hunter2"), context.Canceled),
		"queue full":                 fmt.Errorf("publish: %w", workqueue.ErrFull),
		"*tracing_test.refusedError": workqueue.RetryAfter(1, errors.Join(fmt.Errorf("a, %w and %w", &refusedError{}, io.EOF))),
		"_OTHER":                     workqueue.Reject(errors.New("hunter2")),
		"tracing_test.hollowError":   hollowError{},
		"":                           nil,
	} {
		_, ended := tr.Action(t.Context(), "want "+want)
		ended(err)
	}
	for _, err := range []error{(*brokenError)(nil), fmt.Errorf("%w and %w", error(nil), error(nil)), workqueue.Reject(nil)} {
		_, ended := tr.Action(t.Context(), "want _OTHER")
		ended(err)
	}
	tr.Stop(t.Context())
	if spans := collector.Spans(); len(spans) != 10 {
		t.Errorf("%d spans", len(spans))
	}
	for _, s := range collector.Spans() {
		if got := s.Attributes["error.type"]; "want "+got != s.Name || s.Failed != (got != "") {
			t.Errorf("%s, got %s (failed: %v)", s.Name, got, s.Failed)
		}
	}
}

// brokenError panics when it is asked for anything, hollowError wraps nothing.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

type hollowError struct{}

func (hollowError) Error() string   { return "hunter2" }
func (hollowError) Unwrap() []error { return nil }

// TestTracer_DiscardIsNoFailure and a trace that cannot be read is none.
func TestTracer_DiscardIsNoFailure(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	tr, _ := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	_ = tr.Handler(func(context.Context, *workqueue.Delivery) error { return workqueue.Discard("too old") })(
		t.Context(), &workqueue.Delivery{Event: workqueue.Event{Type: "greeting", Trace: "not a traceparent"}})
	tr.Stop(t.Context())
	s := collector.Spans()[0]
	if s.Failed || s.Parent != "" || s.Attributes["gopherbot.outcome"] != "discarded" || s.Attributes["gopherbot.reason"] != "too old" {
		t.Errorf("%+v", s)
	}
}

// TestTracer_JobTrace publishes in it, and panics.
func TestTracer_JobTrace(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	tr, _ := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	func() {
		defer func() {
			if p := recover(); p != "hunter2" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = tr.Job(t.Context(), "news", func(ctx context.Context) error {
			if _, err := tr.Publisher(&queue{err: io.EOF}).Publish(ctx, workqueue.Event{Type: "send"}); err != io.EOF {
				t.Error(err)
			}
			panic("hunter2")
		})
	}()
	tr.Stop(t.Context())
	spans := collector.Spans()
	if len(spans) != 2 || spans[0].Parent != spans[1].ID || spans[1].Name != "job news" || spans[1].Parent != "" || !spans[0].Failed {
		t.Errorf("%+v", spans)
	}
	if strings.Contains(string(collector.Requests()[0].Body), "hunter2") {
		t.Error("what it panicked with is exported")
	}
}

// TestTracer_CollectorRefuses has one refuse, and repeat what it was
// sent.
func TestTracer_CollectorRefuses(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	collector.Refuse("hunter2 is not a key")
	tr, log := tracer(t, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+collector.URL+"/hunter2/traces", "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=hunter2")
	_, ended := tr.Action(t.Context(), "wave")
	ended(nil)
	tr.Stop(t.Context())
	if got := log.String(); !strings.Contains(got, "export traces: the collector does not accept them") || !strings.Contains(got, "[redacted] is not a key") || strings.Contains(got, "hunter2") {
		t.Error(got)
	}
}

// TestTracer_StopIsBounded lets one hang for as long as the
// test runs.
func TestTracer_StopIsBounded(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server notices only then that the other side hangs up
		<-r.Context().Done()
		close(gone)
	}))
	defer collector.Close()
	tr, log := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	_, ended := tr.Action(t.Context(), "wave")
	ended(nil)
	tr.Stop(t.Context())
	testenv.Next(t, gone)
	if !strings.Contains(log.String(), "export the last traces") {
		t.Error(log.String())
	}
}

// TestTracer_Sampling has the environment say so, and looks
// whether those are told who take the event. It is not parallel to others.
func TestTracer_Sampling(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	collector, q := tracetest.New(t), &queue{}
	tr, _ := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	if _, err := tr.Publisher(q).Publish(t.Context(), workqueue.Event{Type: "greeting", ID: "Ev1"}); err != nil {
		t.Fatal(err)
	}
	tr.Stop(t.Context())
	if n := len(collector.Requests()); n != 0 || !strings.HasSuffix(q.events[0].Trace, "-00") {
		t.Errorf("%d exports, and the event says %q", n, q.events[0].Trace)
	}
}

// TestNew_BadVariable is about those that config does not declare. It is not parallel to
// others.
func TestNew_BadVariable(t *testing.T) {
	c, err := config.LoadNeeding([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.invalid"})
	if err != nil {
		t.Fatal(err)
	}
	log := &testenv.Log{}
	bad := map[string]string{
		"OTEL_EXPORTER_OTLP_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "zip",
		"OTEL_EXPORTER_OTLP_CERTIFICATE": "/no/authority.pem", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/no/certificate.pem",
	}
	for name, value := range bad {
		t.Setenv(name, value)
	}
	tr, err := tracing.New(t.Context(), c, config.Gateway, zerolog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range bad {
		if got := log.String(); !strings.Contains(got, `"variable":"`+name+`"`) || !strings.Contains(got, value) {
			t.Errorf("%s=%s is not in the log: %s", name, value, got)
		}
	}
	tr.Stop(t.Context())

	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "hunter2")
	_, err = tracing.New(t.Context(), c, config.Gateway, zerolog.New(log))
	if err == nil || !strings.HasPrefix(err.Error(), "OTEL_RESOURCE_ATTRIBUTES is not valid: want ") || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

// TestNew_Certificates has a collector that knows its clients by their certificates, and
// compresses. It is not parallel to others.
func TestNew_Certificates(t *testing.T) {
	exports := make(chan string, 10)
	collector := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		exports <- r.URL.Path + " " + r.Header.Get("Content-Encoding")
	}))
	collector.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	collector.StartTLS()
	defer collector.Close()
	key, err := x509.MarshalPKCS8PrivateKey(collector.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{
		"CERTIFICATE":        {Type: "CERTIFICATE", Bytes: collector.Certificate().Raw},
		"CLIENT_CERTIFICATE": {Type: "CERTIFICATE", Bytes: collector.Certificate().Raw},
		"CLIENT_KEY":         {Type: "PRIVATE KEY", Bytes: key},
	} {
		file := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("OTEL_EXPORTER_OTLP_"+name, file)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	tr, log := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	_, ended := tr.Action(t.Context(), "wave")
	ended(nil)
	tr.Stop(t.Context())
	select {
	case got := <-exports:
		if got != "/v1/traces gzip" {
			t.Errorf("exported to %s", got)
		}
	default:
		t.Errorf("nothing was exported: %s", log)
	}
}

// TestNew_Compression is not parallel to others.
func TestNew_Compression(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip")
	collector := tracetest.New(t)
	tr, _ := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	_, ended := tr.Action(t.Context(), "wave")
	ended(nil)
	tr.Stop(t.Context())
	if exports := collector.Requests(); len(exports) != 1 || exports[0].Header.Get("Content-Encoding") != "gzip" || len(collector.Spans()) != 1 {
		t.Errorf("exported %q", exports)
	}
}

// TestNew_Timeout is not parallel to others.
func TestNew_Timeout(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "50")
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer collector.Close()
	tr, log := tracer(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	_, ended := tr.Action(t.Context(), "wave")
	ended(nil)
	tr.Stop(t.Context())
	if !strings.Contains(log.String(), "Client.Timeout exceeded") {
		t.Errorf("logged %s", log)
	}
}
