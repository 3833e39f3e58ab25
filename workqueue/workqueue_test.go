package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestConsumer_HandlesAsPublished(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		want := workqueue.Event{
			Type: "greeting", Key: "k1", Source: "slack", ID: "Ev1", RequestID: "req-1",
			Time: time.UnixMilli(1763660000123), Payload: []byte("{\"text\":\"h\\u00e9llo \\u0000\"}\x00\xff"),
		}
		q.publish(q.publisher(workqueue.PublisherOptions{}), want)

		got := make(chan *workqueue.Delivery, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d
			return nil
		})
		d := testenv.Next(t, got)
		if fmt.Sprintf("%+v", d.Event) != fmt.Sprintf("%+v", want) {
			t.Errorf("handled %+v, published %+v", d.Event, want)
		}
		if age := time.Since(d.QueuedAt); age < -time.Second || age > time.Minute {
			t.Errorf("queued at %v", d.QueuedAt)
		}
		if d.Reclaimed {
			t.Error("a first delivery says that it was reclaimed")
		}
		testenv.Eventually(t, "the event is gone once it is handled", q.empty)
	})
}

// TestConsumer_HandlesEarlierEvents has events on the stream before the consumer starts.
// One worker handles them in order. An event that is reclaimed comes after others: it was
// delivered in order before, and its lease was lost, or the reply with it was late.
func TestConsumer_HandlesEarlierEvents(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for i := range 3 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
		}
		got := make(chan *workqueue.Delivery, 3)
		// A machine that stands still for a moment loses no lease of this length.
		q.consumer(workqueue.ConsumerOptions{Lease: workqueue.DefaultLease}, func(_ context.Context, d *workqueue.Delivery) error {
			got <- d
			return nil
		}, workqueue.Concurrency(1))
		var order, reclaimed []string
		for range 3 {
			if d := testenv.Next(t, got); d.Reclaimed {
				reclaimed = append(reclaimed, d.ID)
			} else {
				order = append(order, d.ID)
			}
		}
		if all := slices.Sorted(slices.Values(slices.Concat(order, reclaimed))); !slices.IsSorted(order) || !slices.Equal(all, []string{"0", "1", "2"}) {
			t.Errorf("handled %q in this order, and reclaimed %q; want 0, 1 and 2", order, reclaimed)
		}
	})
}

func TestConsumer_Discard(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		q.consume(func(context.Context, *workqueue.Delivery) error {
			return fmt.Errorf("wrapped: %w", workqueue.Discard("not for us"))
		})
		testenv.Eventually(t, "the event is gone", func() bool { return q.rdb.XLen(t.Context(), q.stream()).Val() == 0 })
	})
}

func TestConsumer_Retries(t *testing.T) {
	for name, fail := range map[string]func() error{
		"an error":   func() error { return errors.New("not today") },
		"a panic":    func() error { panic("not today") },
		"RetryAfter": func() error { return workqueue.RetryAfter(time.Millisecond, errors.New("not now")) },
	} {
		t.Run(name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
				got := make(chan *workqueue.Delivery, 2)
				q.consume(func(_ context.Context, d *workqueue.Delivery) error {
					got <- d
					if d.Attempt == 1 {
						return fail()
					}
					return nil
				}, soon)
				first, second := testenv.Next(t, got), testenv.Next(t, got)
				if first.Attempt != 1 || second.Attempt != 2 || second.Reclaimed || !first.QueuedAt.Equal(second.QueuedAt) {
					t.Errorf("deliveries %+v and %+v", first, second)
				}
				if first.ID != second.ID || string(first.Payload) != string(second.Payload) {
					t.Errorf("the event changed: %+v and %+v", first.Event, second.Event)
				}
				testenv.Eventually(t, "the event is gone", q.empty)
			})
		})
	}
}

// A rate limit is not the event's fault: however often it is postponed, it does
// not become a dead letter.
func TestConsumer_PostponeCostsNoAttempt(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const limited = 5
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		got := make(chan *workqueue.Delivery, limited+2)
		c := q.newConsumer(workqueue.ConsumerOptions{})
		c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
			got <- d
			if len(got) <= limited {
				return fmt.Errorf("post: %w", workqueue.Postpone(time.Millisecond, errors.New("rate limited")))
			}
			return nil
		}, workqueue.MaxAttempts(2))
		q.run(c)
		testenv.Eventually(t, "the event is gone", func() bool { return len(got) == limited+1 && q.empty() })
		for range limited + 1 {
			if d := testenv.Next(t, got); d.Attempt != 1 {
				t.Errorf("attempt %d, want the first at each delivery", d.Attempt)
			}
		}
		testenv.Eventually(t, "the postponements are counted, and no retry", func() bool {
			counts := c.Counts()[0]
			return counts.Postponed == limited && counts.Retried == 0 && counts.Dead == 0 && counts.Acked == 1
		})
	})
}

// What SIGKILL leaves behind is a pending entry under the name of a consumer
// that will never come back. The end-to-end tests kill a real process.
func TestConsumer_ReclaimsWithinTheLease(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		q.die(1)
		died := time.Now()
		got := make(chan *workqueue.Delivery, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d
			return nil
		})
		d := testenv.Next(t, got)
		if !d.Reclaimed || d.ID != "Ev1" {
			t.Errorf("delivery %+v", d)
		}
		// The promise is one lease. A machine that is busy with other tests gets as
		// much again.
		if took := d.ReceivedAt.Sub(died); took > 2*lease {
			t.Errorf("reclaimed after %v, with a lease of %v", took, lease)
		}
		testenv.Eventually(t, "the event is gone", q.empty)
	})
}

func TestConsumer_TakesNoMoreThanFreeWorkers(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for range 5 {
			q.publish(p, workqueue.Event{Type: "greeting"})
		}
		started, finish := make(chan struct{}, 5), make(chan struct{})
		q.consume(func(ctx context.Context, _ *workqueue.Delivery) error {
			started <- struct{}{}
			select {
			case <-finish:
			case <-ctx.Done():
			}
			return nil
		}, workqueue.Concurrency(2))
		testenv.Next(t, started)
		testenv.Next(t, started)
		pending, err := q.rdb.XPending(t.Context(), q.stream(), "consumers").Result()
		if err != nil || pending.Count != 2 {
			t.Errorf("%+v pending (%v), want 2", pending, err)
		}
		close(finish)
		testenv.Eventually(t, "all are handled", q.empty)
	})
}

// Both types are one consumer's, and their streams are read together.
func TestConsumer_BusyTypeDelaysNoOther(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for range 5 {
			q.publish(p, workqueue.Event{Type: "farewell"})
		}
		c, err := workqueue.NewConsumer(q.rdb, workqueue.ConsumerOptions{App: q.app, Name: "test", Lease: lease})
		if err != nil {
			t.Fatal(err)
		}
		busy, got := make(chan struct{}), make(chan string)
		c.Handle("farewell", func(ctx context.Context, _ *workqueue.Delivery) error {
			select {
			case <-busy:
			case <-ctx.Done():
			}
			return nil
		}, workqueue.Concurrency(2))
		c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
			got <- d.ID
			return nil
		})
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- c.Run(ctx) }()
		for i := range 3 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
			if id := testenv.Next(t, got); id != fmt.Sprint(i) {
				t.Errorf("handled %s, want %d", id, i)
			}
		}
		close(busy)
		testenv.Eventually(t, "the others are handled, too", func() bool { return q.rdb.XLen(t.Context(), q.app+":{farewell.0}:stream").Val() == 0 })
		cancel()
		if err := testenv.Next(t, stopped); err != nil {
			t.Error(err)
		}
	})
}

func TestConsumer_StopLetsHandlersFinish(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		started, finish := make(chan struct{}), make(chan struct{})
		stop := q.consume(func(ctx context.Context, _ *workqueue.Delivery) error {
			close(started)
			select {
			case <-finish:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		testenv.Next(t, started)
		stopped := make(chan error, 1)
		go func() { stopped <- stop() }()
		close(finish)
		if err := testenv.Next(t, stopped); err != nil {
			t.Fatal(err)
		}
		if !q.empty() {
			t.Error("the event that was being handled is not done")
		}
		consumers, err := q.rdb.XInfoConsumers(t.Context(), q.stream(), "consumers").Result()
		if err != nil || len(consumers) != 0 {
			t.Errorf("consumers left after the stop: %+v (%v)", consumers, err)
		}
	})
}

func TestConsumer_IdleStop(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		var log strings.Builder
		c, err := workqueue.NewConsumer(q.rdb, workqueue.ConsumerOptions{App: q.app, Name: "test", Log: zerolog.New(&log)})
		if err != nil {
			t.Fatal(err)
		}
		c.Handle("greeting", func(context.Context, *workqueue.Delivery) error { return nil }) // there is a stream and no group
		c.Handle("farewell", func(context.Context, *workqueue.Delivery) error { return nil }) // there is no stream
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Run(ctx); err != nil || log.Len() > 0 {
			t.Errorf("%v, and it logged %s", err, &log)
		}
	})
}

func TestConsumer_MalformedEntry(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		for _, values := range [][]string{{"v", "99"}, {"e", ""}, {"e", "2"}, {"e", "2\xff"}, {"e", "2\x00\x00\x09short"}} {
			if err := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: q.stream(), Values: values}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		q.die(3) // before it does anything about them
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "good"})
		got := make(chan string, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d.ID
			return nil
		})
		if id := testenv.Next(t, got); id != "good" {
			t.Errorf("handled %q", id)
		}
		testenv.Eventually(t, "all are gone", q.empty)
		dead := q.dead(5)
		for _, d := range dead {
			if d.Reason != workqueue.Malformed || d.Error == "" {
				t.Errorf("%+v", d)
			}
		}
		if err := q.inspector().Replay(t.Context(), "greeting", dead[0].ID); err == nil {
			t.Error("a dead letter that cannot be read was replayed")
		}
	})
}

func TestConsumer_RecreatesTheGroup(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		got := make(chan string, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d.ID
			return nil
		})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "before"})
		testenv.Next(t, got)
		// An entry of a new stream may have the id that one of the old had in the
		// same millisecond, and must not be taken for it.
		testenv.Eventually(t, "it is acknowledged", q.empty)
		if err := q.rdb.Del(t.Context(), q.stream()).Err(); err != nil {
			t.Fatal(err)
		}
		q.publish(p, workqueue.Event{Type: "greeting", ID: "after"})
		if id := testenv.Next(t, got); id != "after" {
			t.Errorf("handled %q", id)
		}
	})
}

func TestOptions_NameEveryMistake(t *testing.T) {
	t.Parallel()
	rdb, _ := redistest.New(t)
	handler := func(context.Context, *workqueue.Delivery) error { return nil }
	consumer := func(set func(*workqueue.Consumer)) error {
		c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: "a", Name: "n"})
		if err != nil {
			return err
		}
		set(c)
		return c.Run(t.Context())
	}
	_, badPublisher := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "{a}", DedupWindow: -1, MaxBacklog: -1})
	_, badConsumer := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{Lease: 1, StopTimeout: -1})
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "a"})
	if err != nil {
		t.Fatal(err)
	}
	_, badType := p.Publish(t.Context(), workqueue.Event{Type: "no{good}"})
	_, noPublishersClient := workqueue.NewPublisher(nil, workqueue.PublisherOptions{App: "a"})
	_, noConsumersClient := workqueue.NewConsumer(nil, workqueue.ConsumerOptions{App: "a", Name: "n"})
	_, noInspectorsClient := workqueue.NewInspector(nil, "a")
	i, err := workqueue.NewInspector(rdb, "a")
	if err != nil {
		t.Fatal(err)
	}
	_, nonePending := i.Pending(t.Context(), "greeting", -1)
	_, noneDead := i.ListDeadLetters(t.Context(), "greeting", "", 0)
	for name, err := range map[string]error{
		"publisher options": badPublisher,
		"consumer options":  badConsumer,
		"published type":    badType,
		"no handler":        consumer(func(*workqueue.Consumer) {}),
		"handled type":      consumer(func(c *workqueue.Consumer) { c.Handle("", handler) }),
		"handled twice":     consumer(func(c *workqueue.Consumer) { c.Handle("a", handler); c.Handle("a", handler) }),
		"no concurrency":    consumer(func(c *workqueue.Consumer) { c.Handle("a", handler, workqueue.Concurrency(0)) }),
		"much concurrency":  consumer(func(c *workqueue.Consumer) { c.Handle("a", handler, workqueue.Concurrency(math.MaxInt)) }),
		"nil handler":       consumer(func(c *workqueue.Consumer) { c.Handle("a", nil) }),
		"publisher, client": noPublishersClient,
		"consumer, client":  noConsumersClient,
		"inspector, client": noInspectorsClient,
		"pending to list":   nonePending,
		"dead to list":      noneDead,
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
