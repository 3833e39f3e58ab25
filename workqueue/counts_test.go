package workqueue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestPublisher_Counts(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 2})
		for _, key := range []string{"a", "a", "b", "c"} {
			_, _ = p.Publish(t.Context(), workqueue.Event{Type: "greeting", Key: key})
		}
		q.publish(p, workqueue.Event{Type: "farewell"})
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = p.Publish(ended, workqueue.Event{Type: "bad type"}) // is none of anybody's
		want := []workqueue.PublishCounts{
			{Type: "farewell", Queued: 1},
			{Type: "greeting", Queued: 2, Duplicate: 1, Refused: 1},
		}
		if got := p.Counts(); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

func TestConsumer_Counts(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for _, id := range []string{"succeeds", "fails once", "fails"} {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id})
		}
		q.die(1)
		c := q.newConsumer(workqueue.ConsumerOptions{})
		c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
			if d.ID == "fails" || d.ID == "fails once" && d.Attempt == 1 {
				return errors.New("no luck")
			}
			return nil
		}, workqueue.MaxAttempts(2), soon)
		q.run(c)
		testenv.Eventually(t, "all are done with", func() bool { return q.empty() && q.stats().Dead == 1 })
		// What is done is counted when Redis has answered.
		testenv.Eventually(t, "all are counted", func() bool { n := c.Counts()[0]; return n.Acked+n.Dead == 3 })
		n := c.Counts()[0]
		if n.Received != 5 || n.Reclaimed != 1 || n.Acked != 2 || n.Retried != 2 || n.Dead != 1 || n.LeaseLost != 0 {
			t.Errorf("%+v", n)
		}
		if n.Wait.Total() != 2 || n.Handling.Total() != 5 {
			t.Errorf("%d waits and %d runs of the handler, want 2 and 5", n.Wait.Total(), n.Handling.Total())
		}
	})
}

func TestConsumer_CountsLostLeases(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		c := q.newConsumer(workqueue.ConsumerOptions{})
		started := make(chan string, 1)
		c.Handle("greeting", func(ctx context.Context, d *workqueue.Delivery) error {
			started <- d.EntryID
			<-ctx.Done()
			return context.Cause(ctx)
		})
		q.run(c)
		q.steal(testenv.Next(t, started))
		testenv.Eventually(t, "it is counted", func() bool { return c.Counts()[0].LeaseLost == 1 })
	})
}

func TestHistogram_Bounds(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		c := q.newConsumer(workqueue.ConsumerOptions{})
		finish := make(chan struct{})
		c.Handle("greeting", func(context.Context, *workqueue.Delivery) error {
			time.AfterFunc(20*time.Millisecond, func() { close(finish) })
			testenv.Hold(q, finish)
			return nil
		})
		q.run(c)
		testenv.Eventually(t, "it is handled", func() bool { return c.Counts()[0].Handling.Total() == 1 })
		h := c.Counts()[0].Handling
		if h.Sum < 20*time.Millisecond {
			t.Errorf("it took %v", h.Sum)
		}
		for i, bound := range workqueue.HistogramBounds() {
			if bound < 20*time.Millisecond && h.Counts[i] != 0 {
				t.Errorf("%d took at most %v", h.Counts[i], bound)
			}
		}
	})
}
