package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestConsumer_Concurrency counts the handlers that run at once while more events
// wait than there are workers.
func TestConsumer_Concurrency(t *testing.T) {
	for _, test := range []struct {
		name    string
		opts    workqueue.ConsumerOptions
		options []workqueue.HandleOption
		want    int
	}{
		{"by default", workqueue.ConsumerOptions{}, nil, 64},
		{"of the consumer", workqueue.ConsumerOptions{Concurrency: 5}, nil, 5},
		{"of the type", workqueue.ConsumerOptions{Concurrency: 5}, []workqueue.HandleOption{workqueue.Concurrency(3)}, 3},
		{"divided by shards", workqueue.ConsumerOptions{Concurrency: 5, Shards: 2}, nil, 3}, // all events are in the first
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				p := q.publisher(workqueue.PublisherOptions{})
				for range test.want + 10 {
					q.publish(p, workqueue.Event{Type: "greeting"})
				}
				started, finish := make(chan struct{}, test.want+10), make(chan struct{})
				q.consumer(test.opts, func(context.Context, *workqueue.Delivery) error {
					started <- struct{}{}
					testenv.Hold(q, finish)
					return nil
				}, test.options...)
				for range test.want {
					testenv.Next(t, started)
				}
				// What is taken is pending before its handler runs.
				if n := q.stats().Pending; n != int64(test.want) {
					t.Errorf("%d were taken, want %d", n, test.want)
				}
				close(finish)
				testenv.Eventually(t, "all are handled", q.empty)
			})
		})
	}
}

// TestConsumer_CountsDiscards has events discarded for their age, by the queue and
// by the handler, and for another reason.
func TestConsumer_CountsDiscards(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "of last year", Time: time.Now().Add(-365 * 24 * time.Hour)})
		for _, id := range []string{"too old", "wrapped", "of no interest", "done before", "its target", "other", "handled", "joined"} {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id, Time: time.Now()})
		}
		c := q.newConsumer(workqueue.ConsumerOptions{})
		c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
			switch old := workqueue.DiscardTooOld(31 * time.Second); d.ID {
			case "too old":
				return old
			case "wrapped":
				return fmt.Errorf("answer: %w", old)
			case "of no interest":
				return workqueue.Discard("a bot said it")
			case "done before":
				return workqueue.DiscardAs(workqueue.Superseded, "it was done before")
			case "its target":
				return workqueue.DiscardAs(workqueue.TargetGone, "there is none any more")
			case "other":
				return workqueue.DiscardAs(workqueue.OtherDiscard, "for another reason")
			case "joined":
				return errors.Join(errors.New("failed"), old)
			default:
				return nil
			}
		}, workqueue.MaxAge(time.Hour), workqueue.MaxAttempts(1))
		q.run(c)
		testenv.Eventually(t, "all are counted", func() bool { n := c.Counts()[0]; return n.Acked+n.Dead == 9 })
		n := c.Counts()[0]
		if n.Acked != 8 || n.Discarded != 7 || n.TooOld != 3 || n.NotForUs != 1 || n.Superseded != 1 || n.TargetGone != 1 || n.Dead != 1 {
			t.Errorf("%+v", n)
		}
	})
}
