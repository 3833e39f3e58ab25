package sharkfin

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// quick are timings with which tests do not wait long. The lease is as long as the real
// one's part of them.
var quick = timings{
	lease: 500 * time.Millisecond, call: 10 * time.Second, gap: 50 * time.Millisecond, list: 500 * time.Millisecond, relist: 20 * time.Millisecond,
	echo: 200 * time.Millisecond, proofs: 10 * time.Minute,
	first: 20 * time.Millisecond, longest: 200 * time.Millisecond, steady: 10 * time.Second, answered: time.Minute,
}

// world is a Sharkfin server with alice, bob, the agent claude, the service robot and the bot
// gopher, the public channel town and the private channel den, in which all are; and a queue.
type world struct {
	*sim.Server
	http  *httptest.Server
	rdb   redis.UniversalClient
	app   string
	log   testenv.Log
	queue *recorder
}

const key = "gopher-key"

// newWorld makes a world in the shared Redis.
func newWorld(t testing.TB, opts sim.Options) *world {
	t.Helper()
	rdb, app := redistest.New(t)
	return newWorldIn(t, opts, rdb, app)
}

func newWorldIn(t testing.TB, opts sim.Options, rdb redis.UniversalClient, app string) *world {
	t.Helper()
	opts.Identities = append(opts.Identities, sim.Identity{Name: "alice"}, sim.Identity{Name: "bob"},
		sim.Identity{Name: "claude", Type: sim.Agent}, sim.Identity{Name: "robot", Type: sim.Service}, sim.Identity{Name: "gopher", Key: key, Type: sim.Service})
	s := sim.New(opts)
	w := &world{Server: s, http: httptest.NewServer(s), rdb: rdb, app: app, queue: newRecorder(t, rdb, app)}
	t.Cleanup(func() {
		s.Close()
		w.http.CloseClientConnections() // of requests that hang
		w.http.Close()
	})
	everyone := []string{"alice", "bob", "claude", "robot", "gopher"}
	w.channel(t, "town", true, everyone...)
	w.channel(t, "den", false, everyone...)
	return w
}

func (w *world) channel(t testing.TB, name string, public bool, members ...string) {
	t.Helper()
	if err := w.AddChannel(name, public, members...); err != nil {
		t.Fatal(err)
	}
}

// say posts a message and returns its id.
func (w *world) say(t testing.TB, p sim.Post) int64 {
	t.Helper()
	if p.Channel == "" {
		p.Channel = "town"
	}
	if p.From == "" {
		p.From = "alice"
	}
	id, err := w.Say(p)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// options are those of a gateway of the world.
func (w *world) options() Options {
	return Options{
		URL: w.http.URL, Key: key, App: w.app, Instance: "gateway.1", Redis: w.rdb, Transport: w.http.Client().Transport,
		Publisher: w.queue, Log: zerolog.New(&w.log), timings: &quick,
	}
}

// running is a gateway that runs.
type running struct {
	*Gateway
	opened chan struct{} // closed when it takes messages or stands by
	stop   func()        // and waits until it has
}

// start starts a gateway. It stops it at the end of the test.
func start(t testing.TB, opts Options) *running {
	t.Helper()
	g, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{Gateway: g, opened: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx, func() { close(r.opened) }) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// settled waits until a gateway takes messages, with both sockets.
func (r *running) settled(t testing.TB) *running {
	t.Helper()
	testenv.Next(t, r.opened)
	testenv.Eventually(t, "both sockets are open and the channels known", func() bool {
		s := r.Stats()
		return s.Leads && s.Open[wsSocket] && s.Open[presenceSocket] && s.Channels >= 2
	})
	return r
}

// recorder is a publisher that notes what it has queued.
type recorder struct {
	*workqueue.Publisher
	fail func(workqueue.Event) error // may be nil

	mu     sync.Mutex
	queued map[int64]workqueue.Event
	twice  []int64
}

func newRecorder(t testing.TB, rdb redis.UniversalClient, app string) *recorder {
	t.Helper()
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, Shards: 1, MaxBacklog: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return &recorder{Publisher: p, queued: map[int64]workqueue.Event{}}
}

func (r *recorder) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	if r.fail != nil {
		if err := r.fail(e); err != nil {
			return 0, err
		}
	}
	result, err := r.Publisher.Publish(ctx, e)
	if err != nil || result != workqueue.Queued {
		return result, err
	}
	m, err := sharkfin.Decode(e.Payload)
	if err != nil {
		return result, errors.Join(errors.New("the payload of a queued event"), err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, before := r.queued[m.ID]; before {
		r.twice = append(r.twice, m.ID)
	}
	r.queued[m.ID] = e
	return result, nil
}

// ids returns the queued messages in their order.
func (r *recorder) ids() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.queued))
}

func (r *recorder) event(id int64) (workqueue.Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.queued[id]
	return e, ok
}

// has waits until messages are on the queue, and checks that nothing was queued twice.
func (r *recorder) has(t testing.TB, ids ...int64) {
	t.Helper()
	testenv.Eventually(t, "all messages are on the queue", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return !slices.ContainsFunc(ids, func(id int64) bool { _, ok := r.queued[id]; return !ok })
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.twice) > 0 {
		t.Errorf("queued twice: %v", r.twice)
	}
}

// cursor returns the cursor of a channel in Redis.
func (w *world) cursor(t testing.TB, field string) int64 {
	t.Helper()
	host, err := sharkfin.Host(w.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.rdb.HGet(t.Context(), w.app+":{sharkfin."+host+"}:cursors", field).Int64()
	if err != nil && !errors.Is(err, redis.Nil) {
		t.Fatal(err)
	}
	return id
}
