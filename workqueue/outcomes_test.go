package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestConsumer_KeepsOutcomes records how each delivery ended.
func TestConsumer_KeepsOutcomes(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p, i := q.publisher(workqueue.PublisherOptions{}), q.inspector()
		says := map[string]error{
			"discarded": workqueue.Discard("not for us"), "postponed": workqueue.Postpone(time.Hour, errors.New("later")),
			"retried": workqueue.RetryAfter(time.Hour, errors.New("away")), "dead": workqueue.Reject(errors.New(strings.Repeat("wrong ", 100))),
		}
		q.consumer(workqueue.ConsumerOptions{Outcomes: 1000, Name: "worker"}, func(_ context.Context, d *workqueue.Delivery) error {
			d.Note("command flip")
			return says[d.ID]
		})
		old, tail := i.Outcomes(false, "greeting"), i.Outcomes(true, "greeting")
		q.publish(p, workqueue.Event{Type: "greeting", ID: "before"})
		testenv.Eventually(t, "the first is recorded", func() bool {
			list, err := old.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(list) == 1 && list[0].EventID == "before"
		})
		if list, err := tail.Next(t.Context()); err != nil || len(list) > 0 {
			t.Fatalf("the tail begins with %+v (%v)", list, err)
		}
		for id := range says {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id, Key: "T1/C1/" + id, RequestID: "r-" + id, Source: "slack", Payload: []byte("a secret")})
		}
		got := map[string]workqueue.OutcomeRecord{}
		testenv.Eventually(t, "all are recorded", func() bool {
			list, err := tail.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list {
				got[o.EventID] = o
			}
			return len(got) == len(says)
		})
		for id, o := range got {
			if string(o.Kind) != id || o.Type != "greeting" || o.Source != "slack" || o.RequestID != "r-"+id || o.Key != "T1/C1/"+id || o.Attempt != 1 ||
				o.Note != "command flip" || !strings.HasPrefix(o.Consumer, "worker-") || time.Since(o.At) > time.Minute || len(o.Error) > 210 {
				t.Errorf("%s: %+v", id, o)
			}
			if waits := o.Next == time.Hour; waits != (id == "postponed" || id == "retried") {
				t.Errorf("%s is next in %v", id, o.Next)
			}
		}
		kept := q.rdb.XRange(t.Context(), q.app+":{greeting.0}:outcomes", "-", "+").Val()
		if text := fmt.Sprint(kept); strings.Contains(text, "a secret") || len(kept) != 1+len(says) {
			t.Errorf("kept %s", text)
		}
	})
}

// TestConsumer_OutcomesAreBounded keeps about as many as the options say, and none by
// default.
func TestConsumer_OutcomesAreBounded(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const events, most = 3000, 200
		p := q.publisher(workqueue.PublisherOptions{})
		handle := func(context.Context, *workqueue.Delivery) error { return nil }
		stop := q.consume(handle)
		q.publish(p, workqueue.Event{Type: "greeting"})
		testenv.Eventually(t, "it is handled", q.empty)
		if err := stop(); err != nil {
			t.Error(err)
		}
		key := q.app + ":{greeting.0}:outcomes"
		if n := q.rdb.Exists(t.Context(), key).Val(); n != 0 {
			t.Error("outcomes are kept by default")
		}
		q.consumer(workqueue.ConsumerOptions{Outcomes: most}, handle)
		for range events {
			q.publish(p, workqueue.Event{Type: "greeting", ID: "an event"})
		}
		testenv.Eventually(t, "all are handled", q.empty)
		n, ttl := q.rdb.XLen(t.Context(), key).Val(), q.rdb.TTL(t.Context(), key).Val()
		if n < most || n > most+200 || ttl <= 23*time.Hour || ttl > 24*time.Hour { // Redis trims whole nodes
			t.Errorf("kept %d for %v", n, ttl)
		}
	})
}

// TestInspector_FindsOutcomes among more than a page of them, while others are recorded.
func TestInspector_FindsOutcomes(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		key := q.app + ":{greeting.0}:outcomes"
		add := func(id string) {
			if err := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: key, Values: []string{"o", `{"kind":"handled","event_id":"` + id + `"}`}}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 1200 {
			add(fmt.Sprint("Ev", n))
		}
		add("Ev7") // it was retried
		var looked atomic.Int32
		found, err := q.inspector().FindOutcomes(t.Context(), func(o workqueue.OutcomeRecord) bool {
			if looked.Add(1)%100 == 1 {
				add("another")
			}
			return o.EventID == "Ev7"
		}, "greeting")
		if err != nil || len(found) != 2 || found[1].At.Before(found[0].At) {
			t.Errorf("found %+v (%v)", found, err)
		}
	})
}

// TestConsumer_OutcomesNeverHinder the acknowledgement: another type of key is in their
// place.
func TestConsumer_OutcomesNeverHinder(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		q.rdb.Set(t.Context(), q.app+":{greeting.0}:outcomes", "in the way", 0)
		for n := range 10 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(n)})
		}
		q.consumer(workqueue.ConsumerOptions{Outcomes: 100}, func(_ context.Context, d *workqueue.Delivery) error {
			switch {
			case d.ID == "3":
				return workqueue.Reject(errors.New("wrong"))
			case d.ID == "4" && d.Attempt == 1:
				return errors.New("again")
			}
			return nil
		}, soon)
		q.dead(1)
		testenv.Eventually(t, "all are handled", func() bool { return q.empty() && q.stats().Delayed == 0 })
	})
}
