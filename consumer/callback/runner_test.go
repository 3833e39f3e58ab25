package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// deployment is a queue with a consumer that runs rules.
type deployment struct {
	queue     *workqueue.Publisher
	inspector *workqueue.Inspector
	blobs     *blob.Store
	log       *testenv.Log
	ended     chan error // outcome of each attempt

	mu   sync.Mutex
	runs []Run
}

func (d *deployment) observed() []Run {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.runs)
}

// deploy starts a deployment. Attempts follow each other at once.
func deploy(t *testing.T, opts Options) *deployment {
	t.Helper()
	rdb, app := redistest.New(t)
	queue, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app})
	if err != nil {
		t.Fatal(err)
	}
	inspector, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{queue: queue, inspector: inspector, blobs: blob.New(rdb, app, blob.Options{}), log: &testenv.Log{}, ended: make(chan error, 100)}
	opts.Blobs, opts.Log = d.blobs, zerolog.New(d.log)
	opts.Commands = NewCommands(environment, isSecret, opts.Log)
	opts.Transport = http.DefaultTransport
	opts.Observe = func(r Run) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.runs = append(d.runs, r)
	}
	r, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	r.backoff = func(int) time.Duration { return time.Millisecond }
	consumer, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
		App: app, Name: "test", Log: opts.Log, StopTimeout: time.Second,
		Hooks: workqueue.Hooks{OnFinish: func(_ *workqueue.Delivery, outcome error) { d.ended <- outcome }},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Register(consumer, event.Slack)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- consumer.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := testenv.Next(t, stopped); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *deployment) publish(t *testing.T, request event.CallbackRequest) {
	t.Helper()
	payload, err := request.Encode()
	if err != nil {
		t.Fatal(err)
	}
	d.publishPayload(t, payload)
}

func (d *deployment) publishPayload(t *testing.T, payload []byte) {
	t.Helper()
	if _, err := d.queue.Publish(t.Context(), workqueue.Event{Type: "callback", Source: "slack", ID: "Ev1", RequestID: "r1", Time: time.Now(), Payload: payload}); err != nil {
		t.Fatal(err)
	}
}

// end waits for attempts until the event is done or dead, and returns how many there were and
// the last outcome.
func (d *deployment) end(t *testing.T) (attempts int, last error) {
	t.Helper()
	for {
		attempts++
		last = testenv.Next(t, d.ended)
		_, rejected := errors.AsType[*workqueue.RejectError](last)
		if last == nil || rejected || attempts == MaxAttempts {
			return attempts, last
		}
	}
}

func (d *deployment) dead(t *testing.T) int {
	t.Helper()
	stats, err := d.inspector.Stats(t.Context(), "callback")
	if err != nil {
		t.Fatal(err)
	}
	return int(stats[0].Dead)
}

// of is a request to run rules.
func of(rules ...string) event.CallbackRequest {
	return event.CallbackRequest{
		Rules: rules, Event: "message_public", Platform: "slack", Bot: "slack", Key: "T1/C1/1.2", Body: `{"sync_id":"C1/1.2","text":"a person's text"}`,
	}
}

// registered returns a rule for each handler, and the handlers by type.
func registered(handlers map[string]handler.CallbackFunc) Options {
	opts := Options{Handlers: handlers}
	for name := range handlers {
		opts.Rules = append(opts.Rules, notifyconfig.Rule{Name: name, Handler: name})
	}
	return opts
}

// TestRunner_InOrder is vector 30, with commands: the second of three rules fails once.
func TestRunner_InOrder(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "sh")
	dir := t.TempDir()
	script := func(name, then string) notifyconfig.Rule {
		return notifyconfig.Rule{Name: name, Handler: "exec", Exec: &notifyconfig.Exec{
			Command: []string{"sh", "-c", "cd " + dir + "; echo " + name + " $GOPHER_CALLBACK_ATTEMPT $GOPHER_CALLBACK_DELIVERY_ID >> log; " + then}, Timeout: 10 * time.Second,
		}}
	}
	d := deploy(t, Options{Rules: []notifyconfig.Rule{script("first", "exit 0"), script("second", "test $GOPHER_CALLBACK_ATTEMPT = 2"), script("third", "exit 0")}})
	d.publish(t, of("first", "second", "third"))
	if attempts, err := d.end(t); attempts != 2 || err != nil {
		t.Errorf("%d attempts, %v", attempts, err)
	}
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	id := of().DeliveryID
	want := "first 1 " + id("first") + "\nsecond 1 " + id("second") + "\nsecond 2 " + id("second") + "\nthird 2 " + id("third") + "\n"
	if string(log) != want {
		t.Errorf("ran\n%swant\n%s", log, want)
	}
	var outcomes []string
	for _, r := range d.observed() {
		outcomes = append(outcomes, r.Rule+" "+string(r.Outcome))
	}
	if !slices.Equal(outcomes, []string{"first ok", "second error", "second ok", "third ok"}) {
		t.Errorf("%q", outcomes)
	}
	if text := d.log.String(); strings.Contains(text, "a person's text") {
		t.Errorf("the log has the text: %s", text)
	}
}

// TestRunner_Webhook is vector 31: 500, 500 and 200 make one webhook-id and three attempts.
func TestRunner_Webhook(t *testing.T) {
	t.Parallel()
	for name, statuses := range map[string][]int{"errors": {500, 500, 200}, "a redirection": {302, 200}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := make(chan *http.Request, 10)
			served := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				requests <- r
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(statuses[served])
				served++
			}))
			t.Cleanup(server.Close)
			d := deploy(t, Options{Rules: []notifyconfig.Rule{{Name: "hook", Handler: "webhook", Webhook: &notifyconfig.CallbackWebhook{
				URL: server.URL + "/hook", Secret: secret(t), Timeout: 10 * time.Second,
			}}}})
			d.publish(t, of("hook"))
			attempts, err := d.end(t)
			if attempts != len(statuses) || err != nil || len(requests) != len(statuses) {
				t.Fatalf("%d attempts, %d requests, %v", attempts, len(requests), err)
			}
			for range statuses {
				if r := testenv.Next(t, requests); r.URL.Path != "/hook" || r.Header.Get("webhook-id") != of().DeliveryID("hook") || r.Header.Get("webhook-signature") == "" {
					t.Errorf("%s %v", r.URL.Path, r.Header)
				}
			}
		})
	}
}

// TestRunner_RefusedRule goes on with the rules after one that no retry can help. It runs that
// one again only after a replay.
func TestRunner_RefusedRule(t *testing.T) {
	t.Parallel()
	var ran []string // by one attempt at a time
	d := deploy(t, registered(map[string]handler.CallbackFunc{
		"refused": func(_ context.Context, c handler.Callback) error {
			ran = append(ran, "refused")
			if len(ran) > 1 {
				return nil
			}
			return fmt.Errorf("%w: not for me", handler.ErrNoRetry)
		},
		"later": func(_ context.Context, c handler.Callback) error {
			ran = append(ran, "later")
			if c.Attempt == 1 {
				return errors.New("not yet")
			}
			return nil
		},
	}))
	d.publish(t, of("refused", "later"))
	attempts, err := d.end(t)
	if attempts != 2 || err == nil || !strings.Contains(err.Error(), "callback rule refused") {
		t.Errorf("%d attempts, %v", attempts, err)
	}
	testenv.Eventually(t, "it is a dead letter", func() bool { return d.dead(t) == 1 })
	letters, err := d.inspector.ListDeadLetters(t.Context(), "callback", "", 10)
	if err != nil || len(letters) != 1 {
		t.Fatalf("%v, %v", letters, err)
	}
	if err := d.inspector.Replay(t.Context(), "callback", letters[0].ID); err != nil {
		t.Fatal(err)
	}
	if attempts, err := d.end(t); attempts != 1 || err != nil {
		t.Errorf("after a replay %d attempts, %v", attempts, err)
	}
	if !slices.Equal(ran, []string{"refused", "later", "later", "refused"}) {
		t.Errorf("ran %q", ran)
	}
}

func TestRunner_Outcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request  func(*deployment) []byte
		run      handler.CallbackFunc
		attempts int
		says     string  // "" for success
		outcome  Outcome // of the first run, "" if there is none
	}{
		"success":  {run: func(context.Context, handler.Callback) error { return nil }, attempts: 1, outcome: OK},
		"failure":  {run: func(context.Context, handler.Callback) error { return errors.New("broken") }, attempts: MaxAttempts, says: "broken", outcome: Failed},
		"a panic":  {run: func(context.Context, handler.Callback) error { panic("secret") }, attempts: MaxAttempts, says: "panicked", outcome: Panicked},
		"no retry": {run: func(context.Context, handler.Callback) error { return handler.ErrNoRetry }, attempts: 1, says: "no retry", outcome: Refused},
		"a handler's own timeout": {
			run:      func(context.Context, handler.Callback) error { return context.DeadlineExceeded },
			attempts: MaxAttempts, says: "deadline", outcome: Timeout,
		},
		"no callback": {request: func(*deployment) []byte { return []byte(`{"v":1}`) }, attempts: 1, says: "without rules"},
		"a lost body": {
			request: func(*deployment) []byte {
				r := of("rule")
				r.Body, r.BodyBlob = "", &event.Blob{ID: "gone", Size: 3}
				payload, _ := r.Encode()
				return payload
			},
			attempts: 1, says: "no longer in the store",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.run == nil {
				test.run = func(context.Context, handler.Callback) error { return errors.New("it ran") }
			}
			d := deploy(t, registered(map[string]handler.CallbackFunc{"rule": test.run}))
			if test.request != nil {
				d.publishPayload(t, test.request(d))
			} else {
				d.publish(t, of("rule"))
			}
			attempts, err := d.end(t)
			if attempts != test.attempts || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%d attempts, %v", attempts, err)
			}
			dead := 0
			if test.says != "" {
				dead = 1
			}
			testenv.Eventually(t, "the dead letter is there", func() bool { return d.dead(t) == dead })
			var outcome Outcome
			if runs := d.observed(); len(runs) > 0 {
				outcome = runs[0].Outcome
			}
			if outcome != test.outcome || strings.Contains(d.log.String(), "secret") {
				t.Errorf("outcome %q, log %s", outcome, d.log)
			}
		})
	}
}

// TestRunner_WaitsForAnotherRelease retries events that a newer consumer may handle.
func TestRunner_WaitsForAnotherRelease(t *testing.T) {
	t.Parallel()
	d := deploy(t, Options{})
	d.publish(t, of("new-rule"))
	for range 2 {
		again, ok := errors.AsType[*workqueue.RetryError](testenv.Next(t, d.ended))
		if !ok || again.After != otherRelease {
			t.Errorf("%v", again)
		}
		d.publishPayload(t, []byte(`{"v":2}`))
	}
}

// TestRunner_LongBody passes a stored body on and deletes it.
func TestRunner_LongBody(t *testing.T) {
	t.Parallel()
	got := make(chan handler.Callback, 1)
	d := deploy(t, registered(map[string]handler.CallbackFunc{
		"rule": func(_ context.Context, c handler.Callback) error { got <- c; return nil },
	}))
	long := []byte(`{"text":"` + strings.Repeat("x", 100<<10) + `"}`)
	stored, err := d.blobs.Put(t.Context(), "callback/1", long, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	r := of("rule")
	r.Body, r.BodyBlob, r.Truncated = "", &stored, true
	d.publish(t, r)
	if _, err := d.end(t); err != nil {
		t.Fatal(err)
	}
	want := handler.Callback{Rule: "rule", Event: "message_public", Platform: "slack", Bot: "slack", ID: r.DeliveryID("rule"), Attempt: 1, Truncated: true}
	c := testenv.Next(t, got)
	body := c.Body
	c.Body = nil
	if string(body) != string(long) || fmt.Sprint(c) != fmt.Sprint(want) {
		t.Errorf("%+v with %d bytes", c, len(body))
	}
	if _, err := d.blobs.Get(t.Context(), stored); !errors.Is(err, blob.ErrLost) {
		t.Errorf("the body is still there: %v", err)
	}
}

// TestRunner_ShadowMode runs nothing.
func TestRunner_ShadowMode(t *testing.T) {
	t.Parallel()
	opts := registered(map[string]handler.CallbackFunc{"rule": func(context.Context, handler.Callback) error { return errors.New("it ran") }})
	opts.Shadow = true
	d := deploy(t, opts)
	d.publish(t, of("rule"))
	if attempts, err := d.end(t); attempts != 1 || err != nil || !strings.Contains(d.log.String(), "shadow mode") {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}

func TestRunner_GivesUpAfterAnHour(t *testing.T) {
	t.Parallel()
	r := &Runner{}
	failed := workqueue.Postpone(time.Minute, errors.New("busy"))
	for name, test := range map[string]struct {
		d    workqueue.Delivery
		ends bool
	}{
		"young":    {workqueue.Delivery{QueuedAt: time.Now().Add(-59 * time.Minute)}, false},
		"old":      {workqueue.Delivery{QueuedAt: time.Now().Add(-61 * time.Minute)}, true},
		"replayed": {workqueue.Delivery{QueuedAt: time.Now().Add(-48 * time.Hour), ReplayedAt: time.Now()}, false},
	} {
		if _, ends := errors.AsType[*workqueue.RejectError](r.inTime(&test.d, failed)); ends != test.ends {
			t.Errorf("%s: ends %v", name, ends)
		}
	}
}

func TestNew_RefusesRules(t *testing.T) {
	t.Parallel()
	good := notifyconfig.Rule{Name: "log", Handler: "mine"}
	opts := Options{
		Commands: NewCommands(environment, isSecret, zerolog.Nop()), Transport: http.DefaultTransport, Blobs: &blob.Store{},
		Handlers: map[string]handler.CallbackFunc{"mine": func(context.Context, handler.Callback) error { return nil }, "exec": func(context.Context, handler.Callback) error { return nil }},
	}
	for name, test := range map[string]struct {
		rules []notifyconfig.Rule
		says  string // "" if it is good
	}{
		"a registered handler":              {[]notifyconfig.Rule{good}, ""},
		"a registered one in place of ours": {[]notifyconfig.Rule{{Name: "x", Handler: "exec", Exec: &notifyconfig.Exec{Command: []string{"gopherbot-no-such-program"}}}}, ""},
		"an unknown type":                   {[]notifyconfig.Rule{good, {Name: "x", Handler: "wbhook"}}, `callback rule "x": there is no handler of type "wbhook": want one of ["exec" "mine" "webhook"]`},
		"two of one name":                   {[]notifyconfig.Rule{good, good}, "the same name"},
		"a bad webhook":                     {[]notifyconfig.Rule{{Name: "x", Handler: "webhook", Webhook: &notifyconfig.CallbackWebhook{URL: "nowhere"}}}, `callback rule "x": webhook: url`},
	} {
		opts.Rules = test.rules
		_, err := New(opts)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a runner without its parts was made")
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	var total time.Duration
	for n := 1; n < MaxAttempts; n++ {
		d := backoff(n)
		if d < 2500*time.Millisecond || d > 15*time.Minute {
			t.Errorf("after attempt %d: %v", n, d)
		}
		total += d
	}
	if total < 15*time.Minute || total > MaxAge {
		t.Errorf("ten attempts take %v", total)
	}
}
