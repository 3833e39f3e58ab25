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

// TestInspector_DropWaiting drops more than a page: events that wait, that a
// consumer has taken, and that wait for their next attempt.
func TestInspector_DropWaiting(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		drop := func(want workqueue.Dropped) {
			t.Helper()
			if got, err := q.inspector().DropWaiting(t.Context(), "greeting"); err != nil || got != want {
				t.Errorf("dropped %+v (%v), want %+v", got, err, want)
			}
		}
		drop(workqueue.Dropped{}) // there is no stream yet

		p := q.publisher(workqueue.PublisherOptions{})
		for i, id := range []string{"dies", "fails"} {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id, Key: fmt.Sprint("first ", i)})
		}
		stop := q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			if d.ID == "dies" {
				return workqueue.Reject(errors.New("refused"))
			}
			return errors.New("away")
		}, workqueue.Backoff(func(int) time.Duration { return time.Hour }))
		q.dead(1)
		testenv.Eventually(t, "one is delayed", func() bool { return q.stats().Delayed == 1 })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		const many = 450
		for i := range many {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint("old ", i), Key: fmt.Sprint("old ", i)})
		}
		q.dieAgain(3)
		drop(workqueue.Dropped{Stream: many, Delayed: 1})
		if s := q.stats(); s.Depth+s.Pending+s.Delayed != 0 || s.Dead != 1 {
			t.Errorf("%+v, want a dead letter and nothing else", s)
		}
		drop(workqueue.Dropped{})

		// The queue goes on: what was dropped stays known, and what is new is handled.
		if result := q.publish(p, workqueue.Event{Type: "greeting", ID: "old 1", Key: "old 1"}); result != workqueue.Duplicate {
			t.Errorf("an event that was dropped is %v, want a duplicate", result)
		}
		q.publish(p, workqueue.Event{Type: "greeting", ID: "new", Key: "new"})
		handled := make(chan string, many)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			handled <- d.ID
			return nil
		})
		if id := testenv.Next(t, handled); id != "new" {
			t.Errorf("handled %s", id)
		}
		testenv.Eventually(t, "nothing is left", q.empty)
		if len(handled) > 0 {
			t.Errorf("handled %s, too", testenv.Next(q, handled))
		}
	})
}

// TestInspector_DropWaitingInEachShard drops the events of a type with several shards.
func TestInspector_DropWaitingInEachShard(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const each = 10
		q.publishTo(3, 0, each)
		n := q.stats().Depth
		got, err := q.inspector().DropWaiting(t.Context(), "greeting")
		if err != nil || got.Stream != n || n < each || !q.empty() {
			t.Errorf("dropped %+v of %d (%v)", got, n, err)
		}
	})
}
