package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// makeDead makes one event a dead letter, after those with the given entry ids.
func (q queue) makeDead(before ...string) (ids []string) {
	q.Helper()
	dead := q.app + ":{greeting.0}:dead"
	_, err := q.rdb.Pipelined(q.Context(), func(p redis.Pipeliner) error {
		for _, id := range before {
			p.XAdd(q.Context(), &redis.XAddArgs{Stream: dead, ID: id, Values: []string{"e", "old"}})
		}
		return nil
	})
	if err != nil {
		q.Fatal(err)
	}
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "the new one"})
	q.consume(func(context.Context, *workqueue.Delivery) error { return workqueue.Reject(errors.New("never")) })
	testenv.Eventually(q, "it is a dead letter", func() bool { return q.stats().Consumers == 1 && q.empty() })
	for _, m := range q.rdb.XRange(q.Context(), dead, "-", "+").Val() {
		ids = append(ids, m.ID)
	}
	return ids
}

// id returns the id of an entry of so long ago.
func id(age time.Duration) string { return fmt.Sprintf("%d-0", time.Now().Add(-age).UnixMilli()) }

func TestDeadLetters_AgeBound(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const month = 30 * 24 * time.Hour
		old, young := id(month+time.Minute), id(month-time.Minute)
		if ids := q.makeDead(old, young); len(ids) != 2 || ids[0] != young {
			t.Errorf("kept %q, want %s, and the new one, without %s", ids, young, old)
		}
	})
}

func TestPromoter_MovesDueEntries(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		delayed := q.app + ":{greeting.0}:delayed"
		add := func(member string, in time.Duration) {
			t.Helper()
			if err := q.rdb.ZAdd(t.Context(), delayed, redis.Z{Score: float64(time.Now().Add(in).UnixMilli()), Member: member}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		promote := func(n int, moved int64) time.Duration {
			t.Helper()
			before := q.stats().Depth
			next, err := workqueue.Promote(t.Context(), q.rdb, q.app, "greeting", n)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.stats().Depth - before; got != moved {
				t.Errorf("moved %d, want %d", got, moved)
			}
			return time.Duration(next) * time.Millisecond
		}
		if next := promote(10, 0); next >= 0 {
			t.Errorf("with none delayed, the next is due in %v", next)
		}
		for i := range 3 {
			add(fmt.Sprint("due ", i), -time.Minute)
		}
		add("in an hour", time.Hour)
		add("in two hours", 2*time.Hour)
		if next := promote(2, 2); next != 0 {
			t.Errorf("with one that is due, the next is due in %v", next)
		}
		// The machine's clock and Redis's are one.
		if next := promote(2, 1); next > time.Hour || next < time.Hour-time.Minute {
			t.Errorf("the next is due in %v, want an hour", next)
		}
	})
}

func TestPublisher_Batches(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 4})
		q.publish(p, workqueue.Event{Type: "greeting", Key: "known"})
		var batch []workqueue.Event
		for _, key := range []string{"a", "known", "a", "", "b", "c", "b", ""} {
			batch = append(batch, workqueue.Event{Type: "greeting", Key: key, ID: fmt.Sprint(len(batch))})
		}
		const refused = workqueue.Result(0)
		want := []workqueue.Result{
			workqueue.Queued, workqueue.Duplicate, workqueue.Duplicate, workqueue.Queued, workqueue.Queued, refused, workqueue.Duplicate, refused,
		}
		got, err := p.PublishBatch(t.Context(), batch...)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v (%v), want %v", got, err, want)
		}
		handled := make(chan string, len(batch)+1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			handled <- d.ID
			return nil
		}, workqueue.Concurrency(1))
		for _, want := range []string{"", "0", "3", "4"} {
			if id := testenv.Next(t, handled); id != want {
				t.Errorf("handled %q, want %q", id, want)
			}
		}
		testenv.Eventually(t, "all are handled", q.empty)
		// What was refused is not known.
		if got := q.publish(p, batch[5]); got != workqueue.Queued {
			t.Errorf("one that was refused, sent again: %v", got)
		}
	})
}

// TestConsumer_RemovesIdleNames looks at what a consumer asks Redis for: that the names
// of those are removed that were not heard of for ten minutes.
func TestConsumer_RemovesIdleNames(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		rdb, wire := q.wired()
		swept := make(chan any, 1)
		is := *runs("sweep")
		look := func(cmd redis.Cmder) bool {
			if args := cmd.Args(); is(cmd) {
				select {
				case swept <- args[len(args)-1]:
				default:
				}
			}
			return false
		}
		wire.refuse.Store(&look)
		queue{t, rdb, q.app}.consume(succeed)
		if idle := testenv.Next(t, swept); idle != (10 * time.Minute).Milliseconds() {
			t.Errorf("those are removed that were not heard of for %v ms", idle)
		}
	})
}

// TestConsumer_SilentRedisCostsTheLease stops Redis while a handler runs: what it works on
// may soon be another's, so it is cancelled, though Redis says nothing.
func TestConsumer_SilentRedisCostsTheLease(t *testing.T) {
	t.Parallel()
	const lease = 2 * time.Second
	server := redistest.Start(t)
	q := queue{t, redistest.Dial(t, server.URL()), redistest.App()}
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
	started, cancelled := make(chan *workqueue.Delivery, 1), make(chan error)
	q.consumer(workqueue.ConsumerOptions{Lease: lease}, func(ctx context.Context, d *workqueue.Delivery) error {
		if d.Reclaimed {
			return nil
		}
		started <- d
		<-ctx.Done()
		cancelled <- context.Cause(ctx)
		return ctx.Err()
	})
	d := testenv.Next(t, started)
	server.Suspend(t)
	cause := testenv.Next(t, cancelled)
	after := time.Since(d.ReceivedAt)
	server.Resume(t)
	if !errors.Is(cause, workqueue.ErrLeaseLost) {
		t.Errorf("cancelled for %v", cause)
	}
	// Its lease was last extended when the delivery was received, or later. The latest
	// time follows from the lease's parts: see TestLease_PartsFitTogether.
	if after < lease*7/10-10*time.Millisecond {
		t.Errorf("cancelled after %v, with a lease of %v", after, lease)
	}
	testenv.Eventually(t, "it is handled in the end", q.empty)
}
