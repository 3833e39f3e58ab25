package workqueue_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// What an event costs against what else is on the queue. Each of these
// benchmarks measures once, whatever b.N is: run them with -benchtime 1x.

// BenchmarkMemory tells what 10,000 waiting events take in Redis, with the keys
// that remember them and without, against as many plain entries.
func BenchmarkMemory(b *testing.B) {
	const events = 10_000
	a := newArena(b)
	before := a.memory()
	a.fill(events)
	bare := a.memory() - before
	for _, test := range []struct {
		name string
		key  func() string
	}{
		{"without keys", func() string { return "" }},
		{"with keys", a.id},
	} {
		b.Run(test.name, func(b *testing.B) {
			a := newArena(b)
			p := a.publisher()
			before := a.memory()
			a.spread(64, events, func(ctx context.Context) error { return a.publish(ctx, p, "greeting", test.key()) })
			took := a.memory() - before
			b.ReportMetric(float64(took)/1e6, "MB-per-10000")
			b.ReportMetric(float64(took)/float64(bare), "times-the-bare-memory")
		})
	}
}

// BenchmarkBacklog tells what it costs to publish and consume an event while
// others wait.
func BenchmarkBacklog(b *testing.B) {
	var first time.Duration
	for _, waiting := range []int{1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			a := newArena(b)
			p := a.publisher()
			a.fillBoth("greeting", waiting)
			const events = 20_000
			through := func(n int) time.Duration {
				return a.spread(64, n, func(ctx context.Context) error { return a.publish(ctx, p, "greeting", a.id()) }) + a.consume(n, "greeting")
			}
			reference, took := a.inTurns(events, func(n int) time.Duration {
				return a.spread(64, n, a.add) + a.bare(n)
			}, through)
			if first == 0 {
				first = took
			}
			b.ReportMetric(float64(took.Nanoseconds())/events, "ns/event")
			b.ReportMetric(float64(reference)/float64(took), "of-the-bare-rate")
			b.ReportMetric(float64(took)/float64(first), "times-the-cost-at-1000")
		})
	}
}

// BenchmarkTypes tells what it costs to publish and consume an event where one
// consumer takes those of many types.
func BenchmarkTypes(b *testing.B) {
	var first time.Duration
	for _, types := range []int{1, 5, 20, 50} {
		b.Run(fmt.Sprintf("types=%d", types), func(b *testing.B) {
			a := newArena(b)
			p := a.publisher()
			names := make([]string, types)
			for i := range names {
				names[i] = fmt.Sprintf("type_%d", i)
			}
			const events = 20_000
			reference, took := a.inTurns(events, func(n int) time.Duration {
				return a.spread(64, n, a.add) + a.bare(n)
			}, func(n int) time.Duration {
				return a.spread(64, n, func(ctx context.Context) error {
					return a.publish(ctx, p, names[int(a.ids.Add(1))%types], a.id())
				}) + a.consume(n, names...)
			})
			if first == 0 {
				first = took
			}
			b.ReportMetric(float64(took.Nanoseconds())/events, "ns/event")
			b.ReportMetric(float64(reference)/float64(took), "of-the-bare-rate")
			b.ReportMetric(float64(took)/float64(first), "times-the-cost-of-one-type")
		})
	}
}
