package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func ids(list []workqueue.QueuedEvent) []string {
	var ids []string
	for _, q := range list {
		ids = append(ids, q.Event.ID)
	}
	return ids
}

// TestInspector_Waiting lists the events that no consumer has received, and drops one of
// them. One that is being handled is not dropped.
func TestInspector_Waiting(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p, i := q.publisher(workqueue.PublisherOptions{}), q.inspector()
		if list, err := i.ListWaiting(t.Context(), "greeting", 10); err != nil || len(list) > 0 {
			t.Errorf("without a stream: %q (%v)", ids(list), err)
		}
		for n := range 4 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(n), RequestID: "r", Source: "slack"})
		}
		before, err := i.ListWaiting(t.Context(), "greeting", 10)
		if err != nil || !slices.Equal(ids(before), []string{"0", "1", "2", "3"}) {
			t.Fatalf("without a group: %q (%v)", ids(before), err)
		}
		q.die(1) // it has the first
		list, err := i.ListWaiting(t.Context(), "greeting", 2)
		if err != nil || !slices.Equal(ids(list), []string{"1", "2"}) {
			t.Fatalf("waiting: %q (%v)", ids(list), err)
		}
		if e := list[0]; !e.Due.IsZero() || e.Attempts != 0 || time.Since(e.QueuedAt) > time.Minute || e.Event.Source != "slack" || e.Event.Type != "greeting" {
			t.Errorf("%+v", e)
		}
		if one, err := i.WaitingEvent(t.Context(), "greeting", list[1].ID); err != nil || one.Event.ID != "2" {
			t.Errorf("by id: %+v (%v)", one, err)
		}
		for _, id := range []string{"9-9", "nonsense", "1-1.99"} {
			if _, err := i.WaitingEvent(t.Context(), "greeting", id); !errors.Is(err, workqueue.ErrNoEvent) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if n, err := i.DropQueued(t.Context(), before[0], list[0], list[0]); err != nil || n != 1 {
			t.Errorf("dropped %d (%v), want the one that waits", n, err)
		}
		if list, err := i.ListWaiting(t.Context(), "greeting", 10); err != nil || !slices.Equal(ids(list), []string{"2", "3"}) {
			t.Errorf("afterwards: %q (%v)", ids(list), err)
		}
	})
}

// TestInspector_Delayed lists the events that wait for their next attempt, retries one now
// and drops another.
func TestInspector_Delayed(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p, i := q.publisher(workqueue.PublisherOptions{}), q.inspector()
		handled := make(chan *workqueue.Delivery, 10)
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			handled <- d
			if d.Attempt > 1 {
				return nil
			}
			if err := d.Complete(ctx, "a step"); err != nil {
				return err
			}
			if d.ID == "b" {
				return workqueue.RetryAfter(30*time.Minute, errors.New("away"))
			}
			return workqueue.RetryAfter(time.Hour, errors.New("away"))
		})
		for _, id := range []string{"a", "b", "c"} {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id})
			testenv.Next(t, handled)
		}
		var list []workqueue.QueuedEvent
		testenv.Eventually(t, "all are delayed", func() bool {
			var err error
			if list, err = i.ListDelayed(t.Context(), "greeting", 10); err != nil {
				t.Fatal(err)
			}
			return len(list) == 3
		})
		if got := ids(list); got[0] != "b" || list[0].Attempts != 1 || time.Until(list[0].Due) > 31*time.Minute || time.Until(list[0].Due) < 29*time.Minute {
			t.Fatalf("%q, the first: %+v", got, list[0])
		}
		one, err := i.DelayedEvent(t.Context(), "greeting", list[1].ID)
		if err != nil || one.Event.ID != list[1].Event.ID {
			t.Errorf("by id: %+v (%v)", one, err)
		}
		if _, err := i.DelayedEvent(t.Context(), "greeting", "9-9"); !errors.Is(err, workqueue.ErrNoEvent) {
			t.Errorf("another id: %v", err)
		}
		if n, err := i.RetryNow(t.Context(), one, one); err != nil || n != 1 {
			t.Errorf("retried %d (%v)", n, err)
		}
		if d := testenv.Next(t, handled); d.ID != one.Event.ID || d.Attempt != 2 || !d.Completed("a step") {
			t.Errorf("handled %+v", d)
		}
		if n, err := i.DropQueued(t.Context(), list...); err != nil || n != 2 {
			t.Errorf("dropped %d (%v)", n, err)
		}
		testenv.Eventually(t, "nothing is left, no completed steps either", func() bool {
			return q.empty() && q.stats().Delayed == 0 && len(q.keys("done:*")) == 0
		})
	})
}

// TestInspector_ManyDeadLetters replays and drops thousands in shared round trips.
func TestInspector_ManyDeadLetters(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const many = 1000
		p, i := q.publisher(workqueue.PublisherOptions{Shards: 3}), q.inspector()
		c := q.newConsumer(workqueue.ConsumerOptions{Shards: 3})
		handled := make(chan string, 2*many)
		c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
			if d.ReplayedAt.IsZero() {
				return workqueue.Reject(errors.New("broken"))
			}
			handled <- d.ID
			return nil
		})
		for n := range many {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(n), Key: fmt.Sprint(n)})
		}
		q.run(c)
		testenv.Eventually(t, "all are dead", func() bool { return q.stats().Dead == many })
		list, err := i.ListDeadLetters(t.Context(), "greeting", "", 2*many)
		if err != nil || len(list) != many {
			t.Fatalf("%d (%v)", len(list), err)
		}
		if n, err := i.DropMany(t.Context(), list[:300]...); err != nil || n != 300 {
			t.Errorf("dropped %d (%v)", n, err)
		}
		if n, err := i.ReplayMany(t.Context(), list...); err != nil || n != many-300 {
			t.Errorf("replayed %d (%v)", n, err)
		}
		for range many - 300 {
			testenv.Next(t, handled)
		}
		if s := q.stats(); s.Dead != 0 || s.DeadBytes != 0 {
			t.Errorf("left: %+v", s)
		}
	})
}
