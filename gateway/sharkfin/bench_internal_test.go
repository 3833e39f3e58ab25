package sharkfin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
	"github.com/gobridge/gopherbot/workqueue"
)

// counting is a queue that tells of each message that is on it.
type counting struct {
	*workqueue.Publisher
	queued chan struct{}
}

func (c counting) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	result, err := c.Publisher.Publish(ctx, e)
	if result == workqueue.Queued {
		c.queued <- struct{}{}
	}
	return result, err
}

// benchWorld is a world whose server drops nothing, and the options of a gateway that logs
// as in production.
func benchWorld(b *testing.B) (*world, Options, counting) {
	b.Helper()
	w := newWorld(b, sim.Options{Buffer: 2048, Bus: 2048, Without: []sim.Oddity{sim.DropPushes, sim.DisorderPushes}})
	queue := counting{w.queue.Publisher, make(chan struct{}, 1024)}
	opts := w.options()
	opts.timings, opts.Publisher, opts.Log = nil, queue, zerolog.New(io.Discard).Level(zerolog.InfoLevel)
	return w, opts, queue
}

// pump says n messages, with at most 512 of them on the way, and returns how long it took
// until got told of all.
func pump(b *testing.B, w *world, n int, got <-chan struct{}) time.Duration {
	b.Helper()
	room := make(chan struct{}, 512)
	done := make(chan struct{})
	began := time.Now()
	go func() {
		defer close(done)
		for range n {
			testenv.Next(b, got)
			<-room
		}
	}()
	for i := range n {
		room <- struct{}{}
		w.say(b, sim.Post{Body: fmt.Sprint("message ", i, ": a text of the length that people write in a chat, most of the time")})
	}
	testenv.Hold(b, done)
	return time.Since(began)
}

// BenchmarkGateway_Pushes measures messages from the socket to the stream in Redis, as a
// part of those that a bare reader of the same socket gets from the same server. The server
// is in the same process.
func BenchmarkGateway_Pushes(b *testing.B) {
	w, opts, queue := benchWorld(b)
	benchmarkPushes(b, w, opts, queue.queued)
}

// BenchmarkGateway_PushesToHandler measures messages from the socket to a handler that takes
// them off the queue, in the same way.
func BenchmarkGateway_PushesToHandler(b *testing.B) {
	w, opts, _ := benchWorld(b)
	opts.Publisher = w.queue.Publisher
	c, err := workqueue.NewConsumer(w.rdb, workqueue.ConsumerOptions{App: w.app, Name: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	handled := make(chan struct{}, 1024)
	handler := func(context.Context, *workqueue.Delivery) error {
		handled <- struct{}{}
		return nil
	}
	c.Handle(event.Type(sharkfin.Source, event.MessagePublic), handler, workqueue.Concurrency(64))
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	benchmarkPushes(b, w, opts, handled)
	stop()
	if err := testenv.Next(b, done); err != nil {
		b.Error(err)
	}
}

// benchmarkPushes compares a bare reader with a gateway whose messages arrive when arrived
// tells so.
func benchmarkPushes(b *testing.B, w *world, opts Options, arrived <-chan struct{}) {
	b.Helper()
	c, err := client.Dial(b.Context(), w.http.URL+"/ws", client.WithAPIKey(key), client.WithBuffer(pushBuffer))
	if err != nil {
		b.Fatal(err)
	}
	got := make(chan struct{}, 1024)
	go func() {
		for e := range c.Events() {
			if _, err := e.AsMessage(); err == nil {
				got <- struct{}{}
			}
		}
	}()
	bare := pump(b, w, b.N, got)
	if err := c.Close(); err != nil {
		b.Error(err)
	}
	w.Fail(sim.Fault{Path: "/presence", Times: 1 << 20, Status: http.StatusNotFound}) // hints have messages read, too
	g := start(b, opts)
	testenv.Eventually(b, "it takes messages", func() bool { s := g.Stats(); return s.Open[wsSocket] && s.Channels == 2 })
	b.ResetTimer()
	took := pump(b, w, b.N, arrived)
	b.StopTimer()
	if s := g.Stats(); s.Accepted[byPush] == 0 {
		b.Errorf("%+v", s)
	}
	b.ReportMetric(float64(b.N)/took.Seconds(), "events/s")
	b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(bare.Seconds()/took.Seconds(), "of-bare")
}

// BenchmarkGateway_CatchUp measures how soon a gateway has 10,000 messages on the queue that
// were said while it was down, as a part of the speed at which the client alone reads them.
func BenchmarkGateway_CatchUp(b *testing.B) {
	const missed = 10_000
	w, opts, queue := benchWorld(b)
	start(b, opts).settled(b).stop() // it sets the cursors
	var reading, catching time.Duration
	for b.Loop() {
		b.StopTimer()
		last := w.cursor(b, "#town")
		for i := range missed {
			w.say(b, sim.Post{Body: fmt.Sprint("message ", i, ": a text of the length that people write in a chat, most of the time"), REST: true})
		}
		began := time.Now()
		n := 0
		for _, err := range client.NewRESTClient(w.http.URL, client.WithAPIKey(key)).All(b.Context(), "town", last) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		reading += time.Since(began)
		if n != missed {
			b.Fatalf("%d messages were read", n)
		}
		b.StartTimer()
		began = time.Now()
		g := start(b, opts)
		for range missed {
			testenv.Next(b, queue.queued)
		}
		catching += time.Since(began)
		b.StopTimer()
		newest := w.Messages("town")[len(w.Messages("town"))-1].ID
		testenv.Eventually(b, "the cursor is at the end", func() bool { return w.cursor(b, "#town") == newest })
		g.stop()
		b.StartTimer()
	}
	b.ReportMetric(missed*float64(b.N)/catching.Seconds(), "messages/s")
	b.ReportMetric(missed*float64(b.N)/reading.Seconds(), "bare/s")
	b.ReportMetric(reading.Seconds()/catching.Seconds(), "of-bare")
}
