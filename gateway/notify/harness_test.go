package notify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// The keys of the tests, by their names.
var (
	ciKey     = strings.Repeat("c", 32)
	opsKey    = strings.Repeat("o", 32) // may do all
	listedKey = strings.Repeat("l", 32) // may send to the alias alerts
)

// key returns a key of the configuration.
func key(name, secret string, change ...func(*notifyconfig.Key)) notifyconfig.Key {
	k := notifyconfig.Key{Name: name, Hash: sha256.Sum256([]byte(secret)), Rate: 1000, Burst: 1000}
	for _, c := range change {
		c(&k)
	}
	return k
}

func config() notifyconfig.Config {
	webhook := func(levels ...string) *notifyconfig.Webhook {
		return &notifyconfig.Webhook{Errors: levels, DedupeWindow: 4 * time.Minute, SendResolved: true, MaxAlerts: 20}
	}
	return notifyconfig.Config{
		Keys: []notifyconfig.Key{
			key("ci", ciKey),
			key("ops", opsKey, func(k *notifyconfig.Key) { k.Broadcast, k.Direct = true, true }),
			key("listed", listedKey, func(k *notifyconfig.Key) { k.Chats = []string{"alerts"} }),
		},
		Chats: map[string]notifyconfig.Chat{
			"alerts": {Bot: "slack", ID: "C0ALERTS", Default: true},
			"deploy": {ID: "#general"},
		},
		Alertmanager: webhook("critical", "warning"), Grafana: webhook("alerting"),
	}
}

// queue is a publisher that knows what it has queued.
type queue struct {
	*workqueue.Publisher
	mu     sync.Mutex
	events []workqueue.Event
	err    func() error // its error is returned in place of publishing
}

func (q *queue) PublishWith(ctx context.Context, e workqueue.Event, also workqueue.Companion) (workqueue.Result, error) {
	q.mu.Lock()
	fail := q.err
	q.mu.Unlock()
	if fail != nil {
		if err := fail(); err != nil {
			return 0, err
		}
	}
	result, err := q.Publisher.PublishWith(ctx, e, also)
	if err == nil && result == workqueue.Queued {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.events = append(q.events, e)
	}
	return result, err
}

func (q *queue) fail(err error) { q.instead(func() error { return err }) }

// instead has f decide whether publishing fails.
func (q *queue) instead(f func() error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = f
}

// api is an API on real HTTP and a real Redis.
type api struct {
	testing.TB
	url      string
	app      string
	rdb      redis.UniversalClient
	queue    *queue
	receipts *receipt.Store
	blobs    *blob.Store
	log      *testenv.Log
	// clock is added to the time.
	mu    sync.Mutex
	clock time.Duration
	codes []string
	stop  context.CancelFunc
}

func (a *api) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock += d
}

func (a *api) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Add(a.clock)
}

func open(t testing.TB, change ...func(*notify.Options)) *api {
	rdb, app := redistest.New(t)
	return openOn(t, rdb, app, change...)
}

func openOn(t testing.TB, rdb redis.UniversalClient, app string, change ...func(*notify.Options)) *api {
	t.Helper()
	a := &api{TB: t, app: app, rdb: rdb, receipts: receipt.New(rdb, app), blobs: blob.New(rdb, app, blob.Options{}), log: &testenv.Log{}}
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, DedupWindow: notify.DedupWindow, MaxBacklog: notify.MaxBacklog})
	if err != nil {
		t.Fatal(err)
	}
	a.queue = &queue{Publisher: publisher}
	directory := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
	opts := notify.Options{
		Config: config(), Receipts: a.receipts, Blobs: a.blobs, Publisher: a.queue, Now: a.now, Log: zerolog.New(a.log).Level(zerolog.DebugLevel),
		Bots: []notify.Bot{{Name: "slack", Source: "slack", Kind: "slack", Platform: slack.NewChats(directory)}},
		Observe: func(endpoint, code string, _ time.Duration) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.codes = append(a.codes, endpoint+" "+code)
		},
	}
	for _, c := range change {
		c(&opts)
	}
	served, err := notify.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	_ = directory.Fill(t.Context(), func(context.Context) ([]channeldir.Channel, error) { // Redis may be away
		return []channeldir.Channel{{ID: "C1GENERAL", Name: "general"}, {ID: "C0ALERTS", Name: "ops-alerts"}}, nil
	})
	server := gateway.New(zerolog.Nop())
	server.Handle(served.Pattern(), served)
	h := httptest.NewServer(server)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := served.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	a.url, a.stop = h.URL, cancel
	t.Cleanup(func() {
		cancel()
		testenv.Next(t, done)
		h.Close()
	})
	return a
}

// answer is an answer to a request.
type answer struct {
	status int
	header http.Header
	raw    string
	notify.Answer
}

// do makes a request. headers are names and values in turn.
func (a *api) do(method, path, body string, headers ...string) answer {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := (&http.Client{Timeout: testenv.Timeout}).Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		a.Fatal(err)
	}
	got := answer{status: response.StatusCode, header: response.Header, raw: string(text)}
	if bytes.HasPrefix(text, []byte("{")) {
		if err := json.Unmarshal(text, &got.Answer); err != nil {
			a.Errorf("%s %s: %q is not JSON: %v", method, path, text, err)
		}
	}
	documented(a, r, body, got)
	return got
}

// post sends JSON with a key.
func (a *api) post(key, path, body string, headers ...string) answer {
	a.Helper()
	return a.do("POST", "/api/v1"+path, body, append([]string{"Content-Type", "application/json", "X-API-Key", key}, headers...)...)
}

// send sends a message with a key that may not do everything.
func (a *api) send(body string, headers ...string) answer {
	a.Helper()
	return a.post(ciKey, "/send", body, headers...)
}

// is checks the status and the code of an answer.
func (a *api) is(got answer, status int, code string) {
	a.Helper()
	if got.status != status || string(got.Code) != code || got.OK != (status < 400) {
		a.Errorf("answered %d %s, want %d %q", got.status, got.raw, status, code)
	}
}

// queued returns the messages that were queued.
func (a *api) queued() []event.Message {
	a.Helper()
	a.queue.mu.Lock()
	defer a.queue.mu.Unlock()
	var list []event.Message
	for _, e := range a.queue.events {
		m, err := event.DecodeMessage(e.Payload)
		if err != nil {
			a.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// last returns the message that was queued last, of so many.
func (a *api) last(n int) event.Message {
	a.Helper()
	list := a.queued()
	if len(list) != n {
		a.Fatalf("%d messages were queued, want %d", len(list), n)
	}
	return list[n-1]
}

// becomes writes the state of a message, as a consumer does.
func (a *api) becomes(id string, r receipt.Receipt) {
	a.Helper()
	entry, err := a.receipts.One(a.Context(), id)
	if err != nil {
		a.Fatal(err)
	}
	r.RequestID = id
	if err := a.receipts.Write(a.Context(), r, entry.Origin); err != nil {
		a.Fatal(err)
	}
}
