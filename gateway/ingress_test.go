package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// queue is a Publisher that keeps events. It fails with err, if set.
type queue struct {
	mu     sync.Mutex
	events []workqueue.Event
	result workqueue.Result
	err    error
	left   time.Duration // until the deadline of the last call
}

func (q *queue) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok {
		q.left = time.Until(deadline)
	}
	if q.err != nil {
		return 0, q.err
	}
	q.events = append(q.events, e)
	return q.result, nil
}

// fake is a platform whose bodies are "say TEXT", or the name of another shape. A
// request has the header Token, "right", and a body that ends with "!".
type fake struct {
	*gateway.Ingress
	queue   *queue
	log     *testenv.Log
	mu      sync.Mutex
	metas   []gateway.Meta
	results []gateway.Result
}

const fakeMaxBody = 10_000

func newFake(t *testing.T, bodyBudget int64) *fake {
	t.Helper()
	f := &fake{queue: &queue{result: workqueue.Queued}, log: &testenv.Log{}}
	in, err := gateway.NewIngress(gateway.IngressOptions{
		Name: "fake", MediaTypes: []string{"text/fake"}, MaxBody: fakeMaxBody,
		Verify: func(header http.Header, _ time.Time) (gateway.Verification, error) {
			if header.Get("Token") != "right" {
				return nil, errors.New("wrong token")
			}
			return func(body []byte) error {
				if !bytes.HasSuffix(body, []byte("!")) {
					return errors.New("wrong signature")
				}
				return nil
			}, nil
		},
		Decode: decodeFake,
		Meta: func(header http.Header) gateway.Meta {
			return gateway.Meta{Retry: header.Get("Retry"), RetryReason: "why"}
		},
		Publisher: f.queue, Bodies: gateway.NewBodies(bodyBudget), Log: zerolog.New(f.log),
		Observe: func(ctx context.Context, m gateway.Meta) (context.Context, func(gateway.Result)) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.metas = append(f.metas, m)
			return ctx, func(r gateway.Result) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.results = append(f.results, r)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Ingress = in
	return f
}

func decodeFake(body []byte) (gateway.Decoded, error) {
	text := strings.TrimSuffix(string(body), "!")
	switch said, ok := strings.CutPrefix(text, "say "); {
	case ok:
		return gateway.Decoded{Event: workqueue.Event{Type: "saying", ID: "id", Key: "key", Payload: []byte(said)}}, nil
	case text == "challenge":
		return gateway.Decoded{Outcome: gateway.Challenge, Reply: "response"}, nil
	case text == "other app":
		return gateway.Decoded{}, gateway.ErrForbidden
	case text == "other workspace":
		return gateway.Decoded{Outcome: gateway.OtherWorkspace, Reason: "workspace 7"}, nil
	case text == "incomplete":
		return gateway.Decoded{Outcome: gateway.Malformed, Reason: "no type"}, nil
	case text == "unknown":
		return gateway.Decoded{Outcome: gateway.Ignored, Reason: "type 7"}, nil
	}
	return gateway.Decoded{}, errors.New("not the fake's format")
}

// TestIngress_Answers is the table "What a request gets" of the architecture.
func TestIngress_Answers(t *testing.T) {
	t.Parallel()
	away := errors.New("connection refused")
	for _, test := range []struct {
		name, body string
		change     func(*http.Request)
		queue      error
		duplicate  bool
		status     int
		outcome    gateway.Outcome // "" if the ingress is not reached
		answer     string          // "" for the status's text
		level      string
	}{
		{name: "an event", body: "say hello!", status: 200, outcome: gateway.Queued, level: "info"},
		{name: "seen before", body: "say hello!", duplicate: true, status: 200, outcome: gateway.Duplicate, level: "info"},
		{name: "a challenge", body: "challenge!", status: 200, outcome: gateway.Challenge, answer: "response", level: "info"},
		{name: "parameters of the media type", body: "say hello!", change: header("Content-Type", "Text/Fake; charset=utf-8"), status: 200, outcome: gateway.Queued, level: "info"},
		{name: "not compressed", body: "say hello!", change: header("Content-Encoding", "identity"), status: 200, outcome: gateway.Queued, level: "info"},
		{name: "wrong method", body: "say hello!", change: func(r *http.Request) { r.Method = "PUT" }, status: 405},
		{name: "wrong media type", body: "say hello!", change: header("Content-Type", "text/plain"), status: 415, outcome: gateway.MediaType, level: "warn"},
		{name: "no media type", body: "say hello!", change: func(r *http.Request) { r.Header.Del("Content-Type") }, status: 415, outcome: gateway.MediaType, level: "warn"},
		{name: "compressed", body: "say hello!", change: header("Content-Encoding", "gzip"), status: 415, outcome: gateway.MediaType, level: "warn"},
		{name: "too large", body: "say " + strings.Repeat("x", fakeMaxBody) + "!", status: 413, outcome: gateway.TooLarge, level: "warn"},
		{name: "too large, of unknown length", body: "say " + strings.Repeat("x", fakeMaxBody) + "!", change: func(r *http.Request) { r.ContentLength = -1 }, status: 413, outcome: gateway.TooLarge, level: "warn"},
		{name: "not authenticated by its header", body: "say hello!", change: header("Token", "wrong"), status: 401, outcome: gateway.Unauthorized, level: "warn"},
		{name: "not authenticated by its body", body: "say hello", status: 401, outcome: gateway.Unauthorized, level: "warn"},
		{name: "for another app", body: "other app!", status: 403, outcome: gateway.Forbidden, level: "warn"},
		{name: "for another workspace", body: "other workspace!", status: 200, outcome: gateway.OtherWorkspace, answer: "not queued: workspace 7\n", level: "info"},
		{name: "broken", body: "\x00!", status: 400, outcome: gateway.BadRequest, level: "warn"},
		{name: "of an incomplete shape", body: "incomplete!", status: 200, outcome: gateway.Malformed, answer: "not queued: no type\n", level: "warn"},
		{name: "of an unknown shape", body: "unknown!", status: 200, outcome: gateway.Ignored, level: "info"},
		{name: "the queue is away", body: "say hello!", queue: away, status: 503, outcome: gateway.Unavailable, level: "error"},
		{name: "the queue is slow", body: "say hello!", queue: context.DeadlineExceeded, status: 503, outcome: gateway.Unavailable, level: "error"},
		{name: "the queue is full", body: "say hello!", queue: workqueue.ErrFull, status: 503, outcome: gateway.Unavailable, level: "error"},
		{name: "no memory for its body", body: "say " + strings.Repeat("x", 5000) + "!", status: 503, outcome: gateway.Overloaded, level: "warn"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			budget := int64(gateway.DefaultBodyBudget)
			if test.outcome == gateway.Overloaded {
				budget = 4 << 10
			}
			f := newFake(t, budget)
			if f.queue.err = test.queue; test.duplicate {
				f.queue.result = workqueue.Duplicate
			}
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/fake", strings.NewReader(test.body))
			r.Header = http.Header{"Content-Type": {"text/fake"}, "Token": {"right"}, "X-Request-Id": {"req-1"}}
			if test.change != nil {
				test.change(r)
			}
			server := gateway.New(zerolog.Nop())
			server.Handle("POST /fake", f)
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)

			want := test.answer
			if test.status != 200 {
				want = http.StatusText(test.status) + "\n"
			}
			if w.Code != test.status || w.Body.String() != want || w.Header().Get("X-Request-ID") != "req-1" {
				t.Errorf("%d %q %v, want %d %q", w.Code, w.Body, w.Header(), test.status, want)
			}
			if test.outcome == "" {
				if w.Header().Get("Allow") != "POST" || len(f.results) > 0 {
					t.Errorf("Allow %q, observed %+v", w.Header().Get("Allow"), f.results)
				}
				return
			}
			if len(f.results) != 1 || f.results[0].Outcome != test.outcome || f.results[0].Status != test.status {
				t.Errorf("observed %+v, want %s", f.results, test.outcome)
			}
			queued := test.outcome == gateway.Queued || test.outcome == gateway.Duplicate
			if (len(f.queue.events) > 0) != queued {
				t.Errorf("queued %+v", f.queue.events)
			}
			log := f.log.String()
			for _, want := range []string{`"level":"` + test.level + `"`, `"outcome":"` + string(test.outcome) + `"`, `"request_id":"req-1"`, `"message":"fake request"`} {
				if !strings.Contains(log, want) || strings.Count(log, "\n") != 1 {
					t.Errorf("logged %s, want one line with %s", log, want)
				}
			}
		})
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// TestIngress_IncompleteBody closes the connection of a body that ends early.
func TestIngress_IncompleteBody(t *testing.T) {
	t.Parallel()
	f := newFake(t, gateway.DefaultBodyBudget)
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/fake\r\nToken: right\r\nContent-Length: 100\r\n\r\nsay")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 {
		t.Errorf("answered %q (%v)", answer, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.results) != 1 || f.results[0].Outcome != gateway.Incomplete || f.results[0].Acknowledge() {
		t.Errorf("observed %+v", f.results)
	}
}

// TestIngress_Accept takes frames of a socket, which have no request.
func TestIngress_Accept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, frame string
		result      workqueue.Result
		queue       error
		outcome     gateway.Outcome
		acknowledge bool
	}{
		{"an event", "say hello", workqueue.Queued, nil, gateway.Queued, true},
		{"seen before", "say hello", workqueue.Duplicate, nil, gateway.Duplicate, true},
		{"a challenge", "challenge", 0, nil, gateway.Challenge, true},
		{"for another workspace", "other workspace", 0, nil, gateway.OtherWorkspace, true},
		{"for another app", "other app", 0, nil, gateway.Forbidden, true},
		{"of an incomplete shape", "incomplete", 0, nil, gateway.Malformed, true},
		{"of an unknown shape", "unknown", 0, nil, gateway.Ignored, true},
		{"broken", "\x00", 0, nil, gateway.BadRequest, true},
		{"too large", strings.Repeat("x", fakeMaxBody+1), 0, nil, gateway.TooLarge, true},
		{"the queue is full", "say hello", 0, workqueue.ErrFull, gateway.Unavailable, false},
		{"the queue is away", "say hello", 0, errors.New("connection refused"), gateway.Unavailable, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, gateway.DefaultBodyBudget)
			f.queue.result, f.queue.err = test.result, test.queue
			frame := []byte(test.frame)
			got := f.Accept(t.Context(), frame, gateway.Meta{Route: "fake socket", Retry: "1"})
			clear(frame) // the caller reads the next frame into it
			if got.Outcome != test.outcome || got.Acknowledge() != test.acknowledge || !got.Retry {
				t.Errorf("%+v: acknowledge %v; want %s, %v", got, got.Acknowledge(), test.outcome, test.acknowledge)
			}
			if got.Full != errors.Is(test.queue, workqueue.ErrFull) {
				t.Errorf("full: %v", got.Full)
			}
			if len(f.results) != 1 || f.results[0].Outcome != got.Outcome || f.metas[0].Route != "fake socket" || f.metas[0].RequestID == "" {
				t.Errorf("observed %+v of %+v", f.results, f.metas)
			}
			if log := f.log.String(); !strings.Contains(log, `"request_id":"`+f.metas[0].RequestID) || !strings.Contains(log, `"retry":"1"`) {
				t.Errorf("logged %s", log)
			}
			if queued := len(f.queue.events) > 0; queued != (test.result != 0) {
				t.Fatalf("queued %+v", f.queue.events)
			}
			if test.result != 0 {
				e := f.queue.events[0]
				if string(e.Payload) != "hello" || e.RequestID != f.metas[0].RequestID || f.queue.left <= 0 || f.queue.left > gateway.DefaultPublishTimeout {
					t.Errorf("queued %+v, with %v left", e, f.queue.left)
				}
			}
		})
	}
}

// TestIngress_AcceptWaitsForTheQueue holds the acknowledgement until the queue has
// the event.
func TestIngress_AcceptWaitsForTheQueue(t *testing.T) {
	t.Parallel()
	publishing, queued := make(chan bool), make(chan bool)
	in, err := gateway.NewIngress(gateway.IngressOptions{
		Name: "fake", Decode: decodeFake,
		Publisher: publisher(func(context.Context, workqueue.Event) (workqueue.Result, error) {
			publishing <- true
			testenv.Hold(t, queued)
			return workqueue.Queued, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan bool, 1)
	go func() {
		acknowledged <- in.Accept(t.Context(), []byte("say hello"), gateway.Meta{}).Acknowledge()
	}()
	testenv.Next(t, publishing)
	select {
	case <-acknowledged:
		t.Error("acknowledged before the queue had the event")
	case <-time.After(50 * time.Millisecond):
	}
	close(queued)
	if !testenv.Next(t, acknowledged) {
		t.Error("not acknowledged")
	}
}

type publisher func(context.Context, workqueue.Event) (workqueue.Result, error)

func (p publisher) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	return p(ctx, e)
}

func TestIngress_HTTPNeedsVerification(t *testing.T) {
	t.Parallel()
	q := &queue{}
	in, err := gateway.NewIngress(gateway.IngressOptions{Name: "fake", Decode: decodeFake, Publisher: q, MediaTypes: []string{"text/fake"}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/fake", strings.NewReader("say hello!"))
	r.Header.Set("Content-Type", "text/fake")
	w := httptest.NewRecorder()
	if in.ServeHTTP(w, r); w.Code != 401 || len(q.events) > 0 {
		t.Errorf("%d, queued %+v", w.Code, q.events)
	}
}

func TestNewIngress_RequiresOptions(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]gateway.IngressOptions{
		"nothing":      {},
		"no name":      {Decode: decodeFake, Publisher: &queue{}},
		"no decoder":   {Name: "fake", Publisher: &queue{}},
		"no publisher": {Name: "fake", Decode: decodeFake},
		"huge bodies":  {Name: "fake", Decode: decodeFake, Publisher: &queue{}, MaxBody: 5 << 20},
	} {
		if _, err := gateway.NewIngress(opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
