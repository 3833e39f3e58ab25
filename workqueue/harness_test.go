package workqueue_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// lease is short, so that tests need not wait long for a claim.
const lease = 600 * time.Millisecond

// queue is one test's corner of Redis.
type queue struct {
	*testing.T
	rdb redis.UniversalClient
	app string
}

// onEveryRedis runs a test on every kind of Redis that the queue runs on: what it
// promises holds on all of them. Where it does not, except says why.
func onEveryRedis(t *testing.T, test func(t *testing.T, q queue), except ...exception) {
	t.Helper()
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		if i := slices.IndexFunc(except, func(e exception) bool { return e.kind == kind }); i >= 0 {
			t.Logf("not promised on %s: %s", kind, except[i].reason)
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, queue{t, redistest.Open(t, kind), redistest.App()})
		})
	}
}

// exception is a kind of Redis where a promise does not hold, and why.
type exception struct {
	kind   redistest.Kind
	reason string
}

// keys returns the keys of the queue whose names end like this.
func (q queue) keys(pattern string) []string {
	q.Helper()
	var mu sync.Mutex
	var list []string
	look := func(ctx context.Context, node *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		names, err := node.Keys(ctx, q.app+":*:"+pattern).Result()
		list = append(list, names...)
		return err
	}
	var err error
	switch rdb := q.rdb.(type) {
	case *redis.ClusterClient:
		err = rdb.ForEachMaster(q.Context(), look)
	case *redis.Client:
		err = look(q.Context(), rdb)
	}
	if err != nil {
		q.Fatal(err)
	}
	return list
}

func (q queue) publisher(opts workqueue.PublisherOptions) *workqueue.Publisher {
	q.Helper()
	opts.App = q.app
	p, err := workqueue.NewPublisher(q.rdb, opts)
	if err != nil {
		q.Fatal(err)
	}
	return p
}

func (q queue) publish(p *workqueue.Publisher, e workqueue.Event) workqueue.Result {
	q.Helper()
	result, err := p.Publish(q.Context(), e)
	if err != nil {
		q.Fatal(err)
	}
	return result
}

// newConsumer returns a consumer whose lease is short unless the test wants
// another.
func (q queue) newConsumer(opts workqueue.ConsumerOptions) *workqueue.Consumer {
	q.Helper()
	opts.App = q.app
	opts.Name = cmp.Or(opts.Name, "test")
	opts.Lease = cmp.Or(opts.Lease, lease)
	c, err := workqueue.NewConsumer(q.rdb, opts)
	if err != nil {
		q.Fatal(err)
	}
	return c
}

// run runs a consumer until the test ends or the returned function is called,
// which waits for it and returns what Run did.
func (q queue) run(c *workqueue.Consumer) (stop func() error) {
	q.Helper()
	ctx, cancel := context.WithCancel(q.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return testenv.Next(q, done)
	})
	q.Cleanup(func() {
		if err := stop(); err != nil {
			q.Errorf("consumer: %v", err)
		}
	})
	return stop
}

// consumer runs a consumer of the type "greeting".
func (q queue) consumer(opts workqueue.ConsumerOptions, h workqueue.HandlerFunc, options ...workqueue.HandleOption) (stop func() error) {
	q.Helper()
	c := q.newConsumer(opts)
	c.Handle("greeting", h, options...)
	return q.run(c)
}

// consume runs a consumer of the type "greeting" with no options of its own.
func (q queue) consume(h workqueue.HandlerFunc, options ...workqueue.HandleOption) (stop func() error) {
	q.Helper()
	return q.consumer(workqueue.ConsumerOptions{}, h, options...)
}

// die takes up to n events of the type "greeting" as a consumer does that dies
// thereafter, and returns their entries' ids.
func (q queue) die(n int64) []string {
	q.Helper()
	if err := q.rdb.XGroupCreateMkStream(q.Context(), q.stream(), "consumers", "0").Err(); err != nil {
		q.Fatal(err)
	}
	return q.dieAgain(n)
}

// dieAgain does what die does where there is a group already.
func (q queue) dieAgain(n int64) []string {
	q.Helper()
	read, err := q.rdb.XReadGroup(q.Context(), &redis.XReadGroupArgs{
		Group: "consumers", Consumer: "dead", Streams: []string{q.stream(), ">"}, Count: n,
	}).Result()
	if err != nil {
		q.Fatal(err)
	}
	var ids []string
	for _, m := range read[0].Messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// skip puts n entries of a later release on the stream, which consumers skip.
func (q queue) skip(n int) {
	q.Helper()
	for range n {
		if err := q.rdb.XAdd(q.Context(), &redis.XAddArgs{Stream: q.stream(), Values: []string{"e", "9 of a later release"}}).Err(); err != nil {
			q.Fatal(err)
		}
	}
}

// expire has the leases of a dead consumer's entries be over, however long they were.
// The entries were delivered so many times.
func (q queue) expire(deliveries int, entryIDs ...string) {
	q.Helper()
	args := []any{"XCLAIM", q.stream(), "consumers", "dead", 0}
	for _, id := range entryIDs {
		args = append(args, id)
	}
	args = append(args, "IDLE", time.Hour.Milliseconds(), "RETRYCOUNT", deliveries, "JUSTID")
	if err := q.rdb.Do(q.Context(), args...).Err(); err != nil {
		q.Fatal(err)
	}
}

// steal has another consumer claim entries, which then dies.
func (q queue) steal(entryIDs ...string) {
	q.Helper()
	if err := q.rdb.XClaim(q.Context(), &redis.XClaimArgs{
		Stream: q.stream(), Group: "consumers", Consumer: "thief", Messages: entryIDs,
	}).Err(); err != nil {
		q.Error(err)
	}
}

// soon is a backoff that does not make a test long.
var soon = workqueue.Backoff(func(int) time.Duration { return time.Millisecond })

func (q queue) inspector() *workqueue.Inspector {
	q.Helper()
	i, err := workqueue.NewInspector(q.rdb, q.app)
	if err != nil {
		q.Fatal(err)
	}
	return i
}

// dead waits for n dead letters of the type "greeting" and returns them.
func (q queue) dead(n int) []workqueue.DeadLetter {
	q.Helper()
	var list []workqueue.DeadLetter
	testenv.Eventually(q, fmt.Sprintf("there are %d dead letters", n), func() bool {
		var err error
		if list, err = q.inspector().ListDeadLetters(q.Context(), "greeting", "", 100); err != nil {
			q.Fatal(err)
		}
		return len(list) >= n
	})
	if len(list) > n {
		q.Fatalf("%d dead letters, want %d", len(list), n)
	}
	return list
}

// stats returns the state of the type "greeting".
func (q queue) stats() workqueue.Stats {
	q.Helper()
	list, err := q.inspector().Stats(q.Context(), "greeting")
	if err != nil {
		q.Fatal(err)
	}
	return list[0]
}

// stream is the key that the design documents for the type "greeting".
func (q queue) stream() string { return q.app + ":{greeting.0}:stream" }

// empty says that no event of the type "greeting" is on a stream.
func (q queue) empty() bool {
	s := q.stats()
	return s.Depth == 0 && s.Pending == 0
}

// crowd counts the handlers that run at once.
type crowd struct {
	mu           sync.Mutex
	now, largest int
}

// enter notes that a handler has begun, and returns what notes its end.
func (c *crowd) enter() (leave func()) {
	c.add(1)
	return func() { c.add(-1) }
}

func (c *crowd) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += n
	c.largest = max(c.largest, c.now)
}

// peak returns the largest number so far.
func (c *crowd) peak() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.largest
}
