package workqueue_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// payload is as long as a short message's event.
var payload = slices.Repeat([]byte("x"), 600)

// arena is where the queue and the bare commands meet: a redis-server of their
// own, a queue, and a plain stream with a group.
type arena struct {
	*testing.B
	rdb        redis.UniversalClient
	app, plain string
	ids        *atomic.Int64
	outcomes   int // that its consumers keep
}

func newArena(b *testing.B) arena {
	b.Helper()
	a := arena{b, redistest.Dial(b, redistest.Start(b).URL()), "bench", "plain", &atomic.Int64{}, 0}
	a.group(a.plain, "g")
	return a
}

// group makes a stream that has a consumer group.
func (a arena) group(stream, name string) {
	a.Helper()
	if err := a.rdb.XGroupCreateMkStream(a.Context(), stream, name, "0").Err(); err != nil {
		a.Fatal(err)
	}
}

// id returns a key that no other event has.
func (a arena) id() string { return strconv.FormatInt(a.ids.Add(1), 10) }

// compare measures b.N operations of each in turns, and reports the rate of the
// second and its part of the first's.
func (a arena) compare(bare, ours func(n int) time.Duration) {
	a.Helper()
	reference, took := a.inTurns(a.N, bare, ours)
	a.ReportMetric(0, "ns/op") // both took part in it
	a.ReportMetric(float64(a.N)/took.Seconds(), "events/s")
	a.ReportMetric(float64(reference)/float64(took), "of-the-bare-rate")
}

// inTurns has n operations done by each, a part at a time, and returns how long
// they took.
func (a arena) inTurns(n int, bare, ours func(n int) time.Duration) (reference, took time.Duration) {
	for part := range rounds {
		if size := (part+1)*n/rounds - part*n/rounds; size > 0 {
			reference += bare(size)
			took += ours(size)
		}
	}
	return reference, took
}

// spread has n calls made by so many goroutines, and returns how long it took.
func (a arena) spread(goroutines, n int, call func(ctx context.Context) error) time.Duration {
	a.Helper()
	start := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := call(a.Context()); err != nil {
					a.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

func (a arena) publisher() *workqueue.Publisher {
	a.Helper()
	p, err := workqueue.NewPublisher(a.rdb, workqueue.PublisherOptions{App: a.app, MaxBacklog: 1 << 30})
	if err != nil {
		a.Fatal(err)
	}
	return p
}

// publish publishes an event whose id tells when that was.
func (a arena) publish(ctx context.Context, p *workqueue.Publisher, eventType, key string) error {
	now := time.Now()
	_, err := p.Publish(ctx, workqueue.Event{Type: eventType, Key: key, ID: strconv.FormatInt(now.UnixNano(), 10), Time: now, Payload: payload})
	return err
}

func (a arena) consumer() *workqueue.Consumer {
	a.Helper()
	c, err := workqueue.NewConsumer(a.rdb, workqueue.ConsumerOptions{App: a.app, Name: "bench", Outcomes: a.outcomes})
	if err != nil {
		a.Fatal(err)
	}
	return c
}

// consume handles n events of the types, and returns how long it took from the
// start of the consumer until they were acknowledged.
func (a arena) consume(n int, eventTypes ...string) time.Duration {
	a.Helper()
	c := a.consumer()
	for _, eventType := range eventTypes {
		c.Handle(eventType, func(context.Context, *workqueue.Delivery) error { return nil },
			workqueue.Concurrency(max(400/len(eventTypes), 10)))
	}
	ctx, cancel := context.WithCancel(a.Context())
	defer cancel()
	start := time.Now()
	var run sync.WaitGroup
	run.Go(func() {
		if err := c.Run(ctx); err != nil {
			a.Error(err)
		}
	})
	for poll := time.NewTicker(200 * time.Microsecond); acknowledged(c) < int64(n); {
		<-poll.C
	}
	took := time.Since(start)
	cancel()
	testenv.Wait(a, &run) // the stop has to wait for a read
	return took
}

func acknowledged(c *workqueue.Consumer) int64 {
	var n int64
	for _, counts := range c.Counts() {
		n += counts.Acked
	}
	return n
}

// add adds a plain entry.
func (a arena) add(ctx context.Context) error {
	return a.rdb.XAdd(ctx, &redis.XAddArgs{Stream: a.plain, Values: []any{"e", payload}}).Err()
}

// addStamped adds a plain entry that tells when that was.
func (a arena) addStamped(ctx context.Context) {
	now := strconv.FormatInt(time.Now().UnixNano(), 10)
	if err := a.rdb.XAdd(ctx, &redis.XAddArgs{Stream: a.plain, Values: []any{"t", now, "e", payload}}).Err(); err != nil {
		a.Error(err)
	}
}

// between tells how long before now a time in nanoseconds was.
func between(nanoseconds string, now time.Time) time.Duration {
	n, _ := strconv.ParseInt(nanoseconds, 10, 64)
	return time.Duration(now.UnixNano() - n)
}

func (a arena) stream(eventType string) string {
	return fmt.Sprintf("%s:{%s.0}:stream", a.app, eventType)
}

// fill adds n plain entries at once.
func (a arena) fill(n int) { a.pipeline(a.plain, n, payload) }

// fillBoth adds n short events to the queue, and as many plain entries.
func (a arena) fillBoth(eventType string, n int) {
	a.Helper()
	event := workqueue.Encode(workqueue.Event{Type: eventType, ID: "0", Payload: payload[:100]})
	a.pipeline(a.stream(eventType), n, event)
	a.pipeline(a.plain, n, event)
}

func (a arena) pipeline(stream string, n int, payload []byte) {
	a.Helper()
	for n > 0 {
		batch := min(n, 1000)
		if _, err := a.rdb.Pipelined(a.Context(), func(p redis.Pipeliner) error {
			for range batch {
				p.XAdd(a.Context(), &redis.XAddArgs{Stream: stream, Values: []any{"e", payload}})
			}
			return nil
		}); err != nil {
			a.Fatal(err)
		}
		n -= batch
	}
}

// bare consumes n plain entries with nothing but the commands, in batches of 100.
func (a arena) bare(n int) time.Duration {
	a.Helper()
	start := time.Now()
	for n > 0 {
		reply, err := a.rdb.XReadGroup(a.Context(), &redis.XReadGroupArgs{
			Group: "g", Consumer: "c", Streams: []string{a.plain, ">"}, Count: int64(min(n, 100)),
		}).Result()
		if err != nil {
			a.Fatal(err)
		}
		a.finish(a.plain, "g", reply[0].Messages)
		n -= len(reply[0].Messages)
	}
	return time.Since(start)
}

// bareLoop waits for n entries of a stream and notes how long each had waited since
// the time in nanoseconds that stamp finds in it.
func (a arena) bareLoop(stream, group string, n int, stamp func(values map[string]any) string, w *waits) {
	for n > 0 {
		reply, err := a.rdb.XReadGroup(a.Context(), &redis.XReadGroupArgs{
			Group: group, Consumer: "c", Streams: []string{stream, ">"}, Count: 10, Block: time.Second,
		}).Result()
		if err != nil {
			a.Error(err)
			return
		}
		for _, m := range reply[0].Messages {
			now := time.Now()
			w.add(between(stamp(m.Values), now))
		}
		a.finish(stream, group, reply[0].Messages)
		n -= len(reply[0].Messages)
	}
}

// finish acknowledges and deletes entries.
func (a arena) finish(stream, group string, messages []redis.XMessage) {
	if _, err := a.rdb.Pipelined(a.Context(), func(p redis.Pipeliner) error {
		for _, m := range messages {
			p.XAck(a.Context(), stream, group, m.ID)
			p.XDel(a.Context(), stream, m.ID)
		}
		return nil
	}); err != nil {
		a.Error(err)
	}
}

// memory returns how many bytes Redis uses.
func (a arena) memory() int64 {
	a.Helper()
	n, err := strconv.ParseInt(a.rdb.InfoMap(a.Context(), "memory").Val()["Memory"]["used_memory"], 10, 64)
	if err != nil {
		a.Fatal(err)
	}
	return n
}
