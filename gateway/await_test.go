package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// awaiter is an Awaiter with one verdict. It keeps what it was asked.
type awaiter struct {
	busy, failed error
	answered     bool
	answer       string

	mu    sync.Mutex
	calls []string
	until time.Time
	grace time.Duration
}

func (a *awaiter) did(call string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, call)
}

func (a *awaiter) Register(key string) (string, error) {
	a.did("register " + key)
	return "gateway/1", a.busy
}

func (a *awaiter) Cancel(address string) { a.did("cancel " + address) }

func (a *awaiter) Await(_ context.Context, address string, until time.Time, grace time.Duration) ([]byte, bool, error) {
	a.did("await " + address)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.until, a.grace = until, grace
	return []byte(a.answer), a.answered, a.failed
}

// newAsking returns the way in from a platform whose bodies are the budgets of their
// waits, such as "2s", or "broken" for an event whose payload cannot be made.
func newAsking(t *testing.T, publish publisher, a gateway.Awaiter) (*gateway.Ingress, *testenv.Log) {
	t.Helper()
	log := &testenv.Log{}
	in, err := gateway.NewIngress(gateway.IngressOptions{
		Name: "fake", MediaTypes: []string{"text/fake"}, Publisher: publish, Await: a, Log: zerolog.New(log),
		Verify: func(http.Header, time.Time) (gateway.Verification, error) {
			return func([]byte) error { return nil }, nil
		},
		Decode: func(body []byte) (gateway.Decoded, error) {
			budget, err := time.ParseDuration(string(body))
			return gateway.Decoded{
				Event: workqueue.Event{Type: "asking", ID: "id", Key: "key", Payload: []byte("not this one")},
				Wait: &gateway.Wait{
					Payload: func(answerTo string) ([]byte, error) { return []byte("answer to " + answerTo), err },
					Late:    []byte(`{"say":"press again"}`), Budget: budget,
				},
			}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return in, log
}

func TestIngress_Wait(t *testing.T) {
	t.Parallel()
	const neutral, secret = `{"say":"press again"}`, `{"say":"a secret"}`
	away := errors.New("connection refused")
	for _, test := range []struct {
		name, body string
		awaiter    *awaiter // nil: there is none
		queue      error
		result     workqueue.Result
		outcome    gateway.Outcome
		status     int
		answer     string
		json       bool
		queued     string // the payload
		calls      string
		reason     string
	}{
		{name: "answered", awaiter: &awaiter{answered: true, answer: secret}, result: workqueue.Queued,
			outcome: gateway.Answered, status: 200, answer: secret, json: true, queued: "answer to gateway/1", calls: "register key, await gateway/1"},
		{name: "answered with nothing", awaiter: &awaiter{answered: true}, result: workqueue.Queued,
			outcome: gateway.Answered, status: 200, queued: "answer to gateway/1", calls: "register key, await gateway/1"},
		{name: "a repetition is answered", awaiter: &awaiter{answered: true, answer: secret}, result: workqueue.Duplicate,
			outcome: gateway.Answered, status: 200, answer: secret, json: true, queued: "answer to gateway/1", calls: "register key, await gateway/1"},
		{name: "late", awaiter: &awaiter{}, result: workqueue.Queued,
			outcome: gateway.Late, status: 200, answer: neutral, json: true, queued: "answer to gateway/1", calls: "register key, await gateway/1", reason: "no consumer answered within 2s"},
		{name: "the verdict is unknown", awaiter: &awaiter{failed: away}, result: workqueue.Queued,
			outcome: gateway.Late, status: 200, answer: neutral, json: true, queued: "answer to gateway/1", calls: "register key, await gateway/1", reason: "connection refused"},
		{name: "too many wait", awaiter: &awaiter{busy: errors.New("too many")}, result: workqueue.Queued,
			outcome: gateway.Late, status: 200, answer: neutral, json: true, calls: "register key", reason: "too many"},
		{name: "the queue is full", awaiter: &awaiter{answered: true, answer: secret}, queue: workqueue.ErrFull,
			outcome: gateway.Unavailable, status: 503, calls: "register key, cancel gateway/1", reason: workqueue.ErrFull.Error()},
		{name: "the queue is away", awaiter: &awaiter{}, queue: away,
			outcome: gateway.Unavailable, status: 503, calls: "register key, await gateway/1", reason: "connection refused"},
		{name: "the queue and the verdict are away", awaiter: &awaiter{failed: errors.New("no verdict")}, queue: away,
			outcome: gateway.Unavailable, status: 503, calls: "register key, await gateway/1", reason: "connection refused"},
		{name: "the queue had it after all", awaiter: &awaiter{answered: true, answer: secret}, queue: away,
			outcome: gateway.Answered, status: 200, answer: secret, json: true, calls: "register key, await gateway/1"},
		{name: "no payload", body: "broken", awaiter: &awaiter{}, result: workqueue.Queued,
			outcome: gateway.BadRequest, status: 400, calls: "register key, cancel gateway/1", reason: "invalid duration"},
		{name: "nobody can wait", result: workqueue.Queued,
			outcome: gateway.Queued, status: 200, queued: "answer to "},
		{name: "nobody can wait, and the queue is away", queue: away,
			outcome: gateway.Unavailable, status: 503, reason: "connection refused"},
		{name: "nobody can wait, and no payload", body: "broken", result: workqueue.Queued,
			outcome: gateway.BadRequest, status: 400, reason: "invalid duration"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var queued string
			publish := publisher(func(_ context.Context, e workqueue.Event) (workqueue.Result, error) {
				if test.queue == nil {
					queued = string(e.Payload)
				}
				return test.result, test.queue
			})
			var a gateway.Awaiter
			if test.awaiter != nil {
				a = test.awaiter
			}
			in, log := newAsking(t, publish, a)
			body := test.body
			if body == "" {
				body = "2s"
			}
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/fake", strings.NewReader(body))
			r.Header.Set("Content-Type", "text/fake")
			w := httptest.NewRecorder()
			in.ServeHTTP(w, r)

			answer, media := test.answer, "text/plain; charset=utf-8"
			if test.status != 200 {
				answer = http.StatusText(test.status) + "\n"
			}
			switch {
			case test.json:
				media = "application/json"
			case answer == "":
				media = ""
			}
			if w.Code != test.status || w.Body.String() != answer || w.Header().Get("Content-Type") != media {
				t.Errorf("%d %q %v, want %d %q %s", w.Code, w.Body, w.Header(), test.status, answer, media)
			}
			if queued != test.queued {
				t.Errorf("queued %q, want %q", queued, test.queued)
			}
			if test.awaiter != nil && strings.Join(test.awaiter.calls, ", ") != test.calls {
				t.Errorf("asked the awaiter to %q, want %s", test.awaiter.calls, test.calls)
			}
			var line struct{ Outcome, Reason, Level string }
			if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
				t.Fatal(err)
			}
			if line.Outcome != string(test.outcome) || !strings.Contains(line.Reason, test.reason) || test.reason == "" && line.Reason != "" {
				t.Errorf("logged %+v, want %s: %s", line, test.outcome, test.reason)
			}
			if test.outcome == gateway.Late && line.Level != "warn" {
				t.Errorf("logged at level %s", line.Level)
			}
			if strings.Contains(log.String(), "a secret") || strings.Contains(log.String(), "press again") || strings.Contains(log.String(), "gateway/1") {
				t.Errorf("logged an answer: %s", log)
			}
			got := in.Accept(t.Context(), []byte(body), gateway.Meta{})
			if got.Outcome != test.outcome || got.Reply != test.answer || got.JSON != test.json || got.Acknowledge() != (test.status != 503) {
				t.Errorf("over a socket: %+v", got)
			}
		})
	}
}

// TestIngress_WaitBudget checks the times that the queue and the Awaiter get, in the time of a bubble.
func TestIngress_WaitBudget(t *testing.T) {
	t.Parallel()
	const verdict = 250 * time.Millisecond
	for _, test := range []struct {
		name, body string
		publishing time.Duration
		fails      bool
		// of the wait's end, from the receipt
		until, grace time.Duration
	}{
		{"Slack's", "0s", 0, false, gateway.DefaultWaitBudget, verdict},
		{"another", "8s", 0, false, 8 * time.Second, verdict},
		{"a slow queue", "2s", 400 * time.Millisecond, false, 2*time.Second - 150*time.Millisecond, 400 * time.Millisecond},
		{"a queue that fails", "2s", 300 * time.Millisecond, true, 300 * time.Millisecond, 1950 * time.Millisecond},
		{"a queue that fails after the budget", "100ms", 500 * time.Millisecond, true, 500 * time.Millisecond, verdict},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var left time.Duration
				publish := publisher(func(ctx context.Context, _ workqueue.Event) (workqueue.Result, error) {
					deadline, _ := ctx.Deadline()
					left = time.Until(deadline)
					time.Sleep(test.publishing)
					if test.fails {
						return 0, context.DeadlineExceeded
					}
					return workqueue.Queued, nil
				})
				a := &awaiter{}
				in, _ := newAsking(t, publish, a)
				began := time.Now()
				in.Accept(t.Context(), []byte(test.body), gateway.Meta{})
				if left <= 0 || left > time.Second {
					t.Errorf("the queue has %v", left)
				}
				if until := a.until.Sub(began); until != test.until || a.grace != test.grace {
					t.Errorf("until %v with %v more, want %v and %v", until, a.grace, test.until, test.grace)
				}
			})
		})
	}
}

// blocking is an awaiter whose answer comes when it is closed.
type blocking struct {
	t *testing.T
	awaiter
	waiting chan bool
	answers chan struct{}
}

func (b *blocking) Await(ctx context.Context, address string, until time.Time, grace time.Duration) ([]byte, bool, error) {
	b.waiting <- true
	testenv.Hold(b.t, b.answers)
	return b.awaiter.Await(ctx, address, until, grace)
}

// TestIngress_WaitHoldsNoBody has requests wait while there is memory for one body.
func TestIngress_WaitHoldsNoBody(t *testing.T) {
	t.Parallel()
	b := &blocking{t, awaiter{answered: true}, make(chan bool), make(chan struct{})}
	in, err := gateway.NewIngress(gateway.IngressOptions{
		Name: "fake", MediaTypes: []string{"text/fake"}, Bodies: gateway.NewBodies(4 << 10), Await: b,
		Verify: func(http.Header, time.Time) (gateway.Verification, error) {
			return func([]byte) error { return nil }, nil
		},
		Decode: func(body []byte) (gateway.Decoded, error) {
			return gateway.Decoded{Event: workqueue.Event{Type: "asking"}, Wait: &gateway.Wait{Payload: func(string) ([]byte, error) { return body, nil }}}, nil
		},
		Publisher: publisher(func(context.Context, workqueue.Event) (workqueue.Result, error) { return workqueue.Queued, nil }),
		Observe: func(ctx context.Context, _ gateway.Meta) (context.Context, func(gateway.Result)) {
			return ctx, func(r gateway.Result) {
				if r.Outcome != gateway.Answered || r.Event.Payload != nil {
					t.Errorf("%+v", r)
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), "POST", "/fake", strings.NewReader("press"))
			r.Header.Set("Content-Type", "text/fake")
			in.ServeHTTP(httptest.NewRecorder(), r)
		})
		testenv.Next(t, b.waiting)
	}
	close(b.answers)
	testenv.Wait(t, &all)
}
