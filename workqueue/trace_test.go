package workqueue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestTrace_FollowsTheEvent has an event fail, be retried, become a dead letter, be
// replayed and be reclaimed.
func TestTrace_FollowsTheEvent(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		e := workqueue.Event{Type: "greeting", ID: "Ev1", RequestID: "req-1", Trace: "the trace", Payload: []byte(`{}`)}
		q.publish(q.publisher(workqueue.PublisherOptions{}), e)
		deliveries := make(chan *workqueue.Delivery, 10)
		stop := q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			deliveries <- d
			if d.ReplayedAt.IsZero() {
				return errors.New("never")
			}
			return nil
		}, workqueue.MaxAttempts(2), soon)
		dead := q.dead(1)[0]
		if err := q.inspector().Replay(t.Context(), "greeting", dead.ID); err != nil {
			t.Fatal(err)
		}
		for _, what := range []string{"received", "retried", "replayed"} {
			if d := testenv.Next(t, deliveries); d.Trace != "the trace" || d.RequestID != "req-1" || string(d.Payload) != "{}" {
				t.Errorf("%s: %+v", what, d.Event)
			}
		}
		if dead.Event.Trace != "the trace" {
			t.Errorf("the dead letter: %+v", dead.Event)
		}
		testenv.Eventually(t, "it is done with", q.empty)
		if err := stop(); err != nil {
			t.Fatal(err)
		}

		q.publish(q.publisher(workqueue.PublisherOptions{}), e)
		q.rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "consumers", Consumer: "dead", Streams: []string{q.stream(), ">"}, Count: 1})
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			deliveries <- d
			return nil
		})
		if d := testenv.Next(t, deliveries); d.Trace != "the trace" || !d.Reclaimed {
			t.Errorf("reclaimed: %+v", d)
		}
	})
}

// TestTrace_WireVersion holds an entry without a trace to what releases
// wrote, and read, that knew no traces.
func TestTrace_WireVersion(t *testing.T) {
	t.Parallel()
	e := workqueue.Event{Key: "k", Source: "slack", ID: "Ev1", Time: time.UnixMilli(1), RequestID: "r", Payload: []byte("{}")}
	const parts = "\x02\x00\xff\xdf\xe6\xa2\xe2\xa0\x1c\x00\x01k\x05slack\x03Ev1\x01r{}"
	if got := string(workqueue.Encode(e)); got != "2"+parts {
		t.Errorf("without a trace: %q, want %q", got, "2"+parts)
	}
	e.Trace = "a trace"
	if got := string(workqueue.Encode(e)); got != "3\x07a trace"+parts {
		t.Errorf("with one: %q, want %q", got, "3\x07a trace"+parts)
	}
}

// TestWire_ReclaimsReadableVersions lets a consumer die that had an entry of each
// version of this release, and one of another.
func TestWire_ReclaimsReadableVersions(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "plain"})
		future, err := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: q.stream(), Values: []string{"e", "4 of the future"}}).Result()
		if err != nil {
			t.Fatal(err)
		}
		q.publish(p, workqueue.Event{Type: "greeting", ID: "traced", Trace: "a trace"})
		q.die(3)
		q.consume(func(context.Context, *workqueue.Delivery) error { return nil })
		testenv.Eventually(t, "the two that can be read are handled", func() bool { return q.stats().Depth == 1 })
		pending, err := q.rdb.XPendingExt(t.Context(), &redis.XPendingExtArgs{Stream: q.stream(), Group: "consumers", Start: "-", End: "+", Count: 10}).Result()
		if err != nil || len(pending) != 1 || pending[0].ID != future || pending[0].Consumer != "dead" {
			t.Errorf("pending %+v (%v), want %s with the consumer that died", pending, err, future)
		}
	})
}

// TestWrap_SeesEveryOutcome wraps a handler that succeeds, one
// that panics, and one that is not called.
func TestWrap_SeesEveryOutcome(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		type key struct{}
		var mu sync.Mutex
		outcomes := map[string]error{}
		p := q.publisher(workqueue.PublisherOptions{})
		for _, id := range []string{"fine", "panics"} {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id, Time: time.Now()})
		}
		q.publish(p, workqueue.Event{Type: "greeting", ID: "too old", Time: time.Now().Add(-time.Hour)})
		opts := workqueue.ConsumerOptions{Wrap: func(next workqueue.HandlerFunc) workqueue.HandlerFunc {
			return func(ctx context.Context, d *workqueue.Delivery) error {
				err := next(context.WithValue(ctx, key{}, d.ID), d)
				mu.Lock()
				defer mu.Unlock()
				outcomes[d.ID] = err
				return err
			}
		}}
		q.consumer(opts, func(ctx context.Context, d *workqueue.Delivery) error {
			if ctx.Value(key{}) != d.ID {
				t.Errorf("%s: the context is another", d.ID)
			}
			if d.ID == "panics" {
				panic("as it should")
			}
			return nil
		}, workqueue.MaxAttempts(1), workqueue.MaxAge(time.Minute))
		q.dead(1)
		testenv.Eventually(t, "all are done with", q.empty)
		mu.Lock()
		defer mu.Unlock()
		_, discarded := errors.AsType[*workqueue.DiscardError](outcomes["too old"])
		if err, seen := outcomes["fine"]; !seen || err != nil || outcomes["panics"] == nil || !discarded {
			t.Errorf("saw %v", outcomes)
		}
	})
}
