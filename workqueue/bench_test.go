package workqueue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

// The benchmarks print ratios against the bare commands of go-redis, measured in
// turns in the same run, because the machine's own speed says little.

// rounds is how often a benchmark changes between the bare commands and the
// queue, so that what else the machine does falls on both.
const rounds = 10

// BenchmarkPublish compares Publish, with all that it promises, with one plain
// XADD per call.
func BenchmarkPublish(b *testing.B) {
	for _, publishers := range []int{1, 64} {
		b.Run(fmt.Sprintf("publishers=%d", publishers), func(b *testing.B) {
			a := newArena(b)
			p := a.publisher()
			a.compare(func(n int) time.Duration {
				return a.spread(publishers, n, a.add)
			}, func(n int) time.Duration {
				return a.spread(publishers, n, func(ctx context.Context) error { return a.publish(ctx, p, "greeting", a.id()) })
			})
		})
	}
}

// BenchmarkConsume compares taking, handling and acknowledging with a bare
// pipeline that reads batches of 100 and acknowledges and deletes each at once.
func BenchmarkConsume(b *testing.B) {
	a := newArena(b)
	p := a.publisher()
	a.compare(func(n int) time.Duration {
		a.fill(n)
		return a.bare(n)
	}, func(n int) time.Duration {
		a.spread(64, n, func(ctx context.Context) error { return a.publish(ctx, p, "greeting", "") })
		return a.consume(n, "greeting")
	})
}

// BenchmarkOutcomes compares consumers that keep outcomes with those that do not, from the
// first read to the last acknowledgement.
func BenchmarkOutcomes(b *testing.B) {
	a := newArena(b)
	with := a
	with.outcomes = 1000
	p := a.publisher()
	consume := func(by arena) func(n int) time.Duration {
		return func(n int) time.Duration {
			a.spread(64, n, func(ctx context.Context) error { return a.publish(ctx, p, "greeting", "") })
			return by.consume(n, "greeting")
		}
	}
	reference, took := a.inTurns(b.N, consume(a), consume(with))
	b.ReportMetric(0, "ns/op") // both took part in it
	b.ReportMetric(float64(took-reference)/float64(b.N), "ns-more/event")
	b.ReportMetric(float64(took)/float64(reference), "times-without")
	kept := fmt.Sprintf("%s:{greeting.0}:outcomes", a.app)
	bytes, n := a.rdb.MemoryUsage(b.Context(), kept).Val(), a.rdb.XLen(b.Context(), kept).Val()
	b.ReportMetric(float64(bytes)/float64(max(n, 1)), "B/outcome")
}

// BenchmarkWait compares the time from Publish to the handler at 1,000 events a
// second with that from XADD to the reply of a bare blocking XREADGROUP loop; and
// with that from Publish to the reply of such a loop, which tells what of it is
// the consumer's.
func BenchmarkWait(b *testing.B) {
	b.Run("without keys", func(b *testing.B) { compareWaits(b, func(arena) string { return "" }) })
	b.Run("with keys", func(b *testing.B) { compareWaits(b, arena.id) })
}

func compareWaits(b *testing.B, key func(arena) string) {
	a := newArena(b)
	p := a.publisher()
	publish := func(ctx context.Context) {
		if err := a.publish(ctx, p, "greeting", key(a)); err != nil {
			b.Error(err)
		}
	}
	a.group(a.stream("greeting"), "consumers")
	var reference, published, took waits
	n := max(b.N/rounds, 10)
	ways := []func(){
		func() {
			stamp := func(v map[string]any) string { return v["t"].(string) }
			a.meanwhile(func() { a.bareLoop(a.plain, "g", n, stamp, &reference) }, n, a.addStamped)
		},
		func() {
			stamp := func(v map[string]any) string { return workqueue.DecodeID(v["e"].(string)) }
			a.meanwhile(func() { a.bareLoop(a.stream("greeting"), "consumers", n, stamp, &published) }, n, publish)
		},
		func() { a.meanwhile(func() { a.consumeStamped(n, &took) }, n, publish) },
	}
	for range rounds {
		for _, i := range rand.Perm(len(ways)) { // in one order, what comes last in it is measured faster
			ways[i]()
		}
	}
	b.ReportMetric(float64(took.median().Microseconds()), "µs-median-wait")
	b.ReportMetric(float64(took.median())/float64(reference.median()), "times-the-bare-wait")
	b.ReportMetric(float64(took.median())/float64(published.median()), "times-a-bare-consumer")
}

// meanwhile calls f every millisecond, n times, while loop runs to its end. Each
// call has a deadline, as what a server is asked for has.
func (a arena) meanwhile(loop func(), n int, f func(context.Context)) {
	var running sync.WaitGroup
	running.Go(loop)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range n {
		<-tick.C
		ctx, cancel := context.WithTimeout(a.Context(), time.Second)
		f(ctx)
		cancel()
	}
	running.Wait()
}

// consumeStamped handles n events and notes how long each had waited.
func (a arena) consumeStamped(n int, w *waits) {
	ctx, cancel := context.WithCancel(a.Context())
	defer cancel()
	c := a.consumer()
	c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
		w.add(between(d.ID, time.Now()))
		if n--; n == 0 {
			cancel()
		}
		return nil
	}, workqueue.Concurrency(1))
	if err := c.Run(ctx); err != nil {
		a.Error(err)
	}
}

// waits are what single events waited.
type waits struct{ list []time.Duration }

func (w *waits) add(d time.Duration) { w.list = append(w.list, d) }

func (w *waits) median() time.Duration {
	slices.Sort(w.list)
	return w.list[len(w.list)/2]
}
