package workqueue_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// The benchmarks print a ratio against the bare commands of go-redis, measured
// in the same run, because the machine's own speed says little.

// payload is as long as a short message's event.
var payload = slices.Repeat([]byte("x"), 600)

// BenchmarkPublish compares Publish, with all that it promises, with one plain
// XADD per call.
func BenchmarkPublish(b *testing.B) {
	for _, publishers := range []int{1, 64} {
		b.Run(fmt.Sprintf("publishers=%d", publishers), func(b *testing.B) {
			rdb, app := redistest.New(b)
			p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, MaxBacklog: 1 << 30})
			if err != nil {
				b.Fatal(err)
			}
			plain := func(ctx context.Context, _ int64) error {
				return rdb.XAdd(ctx, &redis.XAddArgs{Stream: app + ":plain", Values: []any{"e", payload}}).Err()
			}
			publish := func(ctx context.Context, i int64) error {
				_, err := p.Publish(ctx, workqueue.Event{Type: "greeting", Key: fmt.Sprint(i), ID: "Ev1", Time: time.Now(), Payload: payload})
				return err
			}
			reference := spread(b, publishers, b.N, plain)
			b.ResetTimer()
			took := spread(b, publishers, b.N, publish)
			b.StopTimer()
			report(b, reference, took)
			cleanUp(b, rdb, app)
		})
	}
}

// BenchmarkConsume compares taking, handling and acknowledging with a bare
// pipeline that reads batches of 100 and acknowledges and deletes each at once.
func BenchmarkConsume(b *testing.B) {
	rdb, app := redistest.New(b)
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, MaxBacklog: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	plain := app + ":plain"
	if err := rdb.XGroupCreateMkStream(b.Context(), plain, "g", "0").Err(); err != nil {
		b.Fatal(err)
	}
	spread(b, 64, b.N, func(ctx context.Context, i int64) error {
		_, err := p.Publish(ctx, workqueue.Event{Type: "greeting", ID: "Ev1", Time: time.Now(), Payload: payload})
		return err
	})
	fill(b, rdb, plain, b.N)

	reference := bare(b, rdb, plain, b.N)

	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var handled atomic.Int64
	c.Handle("greeting", func(context.Context, *workqueue.Delivery) error {
		if handled.Add(1) == int64(b.N) {
			cancel()
		}
		return nil
	}, workqueue.Workers(400))
	b.ResetTimer()
	start := time.Now()
	if err := c.Run(ctx); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	b.StopTimer()
	report(b, reference, took)
	cleanUp(b, rdb, app)
}

// BenchmarkWait compares the time from Publish to the handler at 1,000 events a
// second with that from XADD to the reply of a bare blocking XREADGROUP loop.
func BenchmarkWait(b *testing.B) {
	rdb, app := redistest.New(b)
	plain := app + ":plain"
	if err := rdb.XGroupCreateMkStream(b.Context(), plain, "g", "0").Err(); err != nil {
		b.Fatal(err)
	}
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: app, MaxBacklog: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	n := max(b.N, 500)
	var bareWaits, waits sync.Map // by index

	var loop sync.WaitGroup
	loop.Go(func() {
		for seen := 0; seen < n; {
			reply, err := rdb.XReadGroup(b.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{plain, ">"}, Count: 10, Block: time.Second}).Result()
			if err != nil {
				b.Error(err)
				return
			}
			for _, m := range reply[0].Messages {
				bareWaits.Store(seen, since(m.Values["t"].(string)))
				seen++
				rdb.XAck(b.Context(), plain, "g", m.ID)
				rdb.XDel(b.Context(), plain, m.ID)
			}
		}
	})
	everyMillisecond(n, func() {
		rdb.XAdd(b.Context(), &redis.XAddArgs{Stream: plain, Values: []any{"t", fmt.Sprint(time.Now().UnixNano()), "e", payload}})
	})
	loop.Wait()

	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: app, Name: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var handled atomic.Int64
	c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
		i := handled.Add(1)
		waits.Store(int(i), since(d.ID))
		if i == int64(n) {
			cancel()
		}
		return nil
	})
	loop.Go(func() {
		if err := c.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	everyMillisecond(n, func() {
		if _, err := p.Publish(b.Context(), workqueue.Event{Type: "greeting", ID: fmt.Sprint(time.Now().UnixNano()), Time: time.Now(), Payload: payload}); err != nil {
			b.Error(err)
		}
	})
	loop.Wait()
	reference, took := median(&bareWaits), median(&waits)
	b.ReportMetric(float64(took.Microseconds()), "µs-median-wait")
	b.ReportMetric(float64(took)/float64(reference), "times-the-bare-wait")
	cleanUp(b, rdb, app)
}

// spread has n calls made by so many goroutines, and returns how long it took.
func spread(b *testing.B, goroutines, n int, call func(ctx context.Context, i int64) error) time.Duration {
	b.Helper()
	start := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := call(b.Context(), i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// fill adds n entries to a stream.
func fill(b *testing.B, rdb redis.UniversalClient, stream string, n int) {
	b.Helper()
	for n > 0 {
		batch := min(n, 1000)
		if _, err := rdb.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for range batch {
				p.XAdd(b.Context(), &redis.XAddArgs{Stream: stream, Values: []any{"e", payload}})
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		n -= batch
	}
}

// bare consumes n entries with nothing but the commands, in batches of 100.
func bare(b *testing.B, rdb redis.UniversalClient, stream string, n int) time.Duration {
	b.Helper()
	start := time.Now()
	for n > 0 {
		reply, err := rdb.XReadGroup(b.Context(), &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{stream, ">"}, Count: 100}).Result()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := rdb.Pipelined(b.Context(), func(p redis.Pipeliner) error {
			for _, m := range reply[0].Messages {
				p.XAck(b.Context(), stream, "g", m.ID)
				p.XDel(b.Context(), stream, m.ID)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		n -= len(reply[0].Messages)
	}
	return time.Since(start)
}

func report(b *testing.B, reference, took time.Duration) {
	b.Helper()
	b.ReportMetric(float64(b.N)/took.Seconds(), "events/s")
	b.ReportMetric(reference.Seconds()/took.Seconds(), "of-the-bare-rate")
}

func everyMillisecond(n int, f func()) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range n {
		<-tick.C
		f()
	}
}

// since tells how long ago a time in nanoseconds was.
func since(nanoseconds string) time.Duration {
	var n int64
	_, _ = fmt.Sscan(nanoseconds, &n)
	return time.Duration(time.Now().UnixNano() - n)
}

func median(m *sync.Map) time.Duration {
	var list []time.Duration
	m.Range(func(_, wait any) bool {
		list = append(list, wait.(time.Duration))
		return true
	})
	slices.Sort(list)
	return list[len(list)/2]
}

// cleanUp gives the shared Redis its memory back.
func cleanUp(b *testing.B, rdb redis.UniversalClient, app string) {
	b.Helper()
	keys := rdb.Keys(b.Context(), app+":*").Val()
	for batch := range slices.Chunk(keys, 1000) {
		rdb.Unlink(b.Context(), batch...)
	}
}
