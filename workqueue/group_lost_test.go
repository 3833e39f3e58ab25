package workqueue_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// destroyGroup takes the consumer group from the stream of the type "greeting",
// and with it what Redis knows of what was delivered.
func (q queue) destroyGroup() {
	q.Helper()
	if err := q.rdb.XGroupDestroy(q.Context(), q.stream(), "consumers").Err(); err != nil {
		q.Error(err)
	}
}

func TestDelivery_CompletedSurvivesGroupLoss(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		rdb, wire := q.wired()
		completed := make(chan struct{})
		queue{t, rdb, q.app}.consumer(workqueue.ConsumerOptions{StopTimeout: time.Millisecond}, func(ctx context.Context, d *workqueue.Delivery) error {
			if err := d.Complete(ctx, "said it"); err != nil {
				t.Error(err)
			}
			wire.cut.Store(true) // as good as dead
			close(completed)
			<-ctx.Done()
			return ctx.Err()
		})
		testenv.Next(t, completed)
		q.destroyGroup()
		got := make(chan *workqueue.Delivery, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d
			return nil
		})
		if d := testenv.Next(t, got); !d.Completed("said it") || !d.Reclaimed {
			t.Errorf("what is completed is not known: %+v", d)
		}
		testenv.Eventually(t, "it is done", q.empty)
		if keys := q.keys("done:*"); len(keys) > 0 {
			t.Errorf("left behind: %q", keys)
		}
	})
}

func TestDelivery_CompleteOnFullRedis(t *testing.T) {
	t.Parallel()
	q := queue{t, redistest.Dial(t, redistest.Start(t).URL()), redistest.App()}
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
	known := make(chan bool, 2)
	q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
		known <- d.Completed("said it")
		if d.Attempt > 1 {
			return nil
		}
		if err := q.rdb.ConfigSet(ctx, "maxmemory", "1").Err(); err != nil {
			t.Error(err)
		}
		if err := q.rdb.SAdd(ctx, "set", "member").Err(); err == nil || !strings.Contains(err.Error(), "OOM") {
			t.Errorf("Redis is not full: %v", err)
		}
		if err := d.Complete(ctx, "said it"); err != nil {
			t.Error(err)
		}
		return errors.New("not at first")
	}, soon)
	if first, second := testenv.Next(t, known), testenv.Next(t, known); first || !second {
		t.Errorf("completed at first: %v, then: %v", first, second)
	}
	testenv.Eventually(t, "it is done", q.empty)
}

func TestDelivery_CompletedExpires(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		completed := make(chan struct{})
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			if err := d.Complete(ctx, "said it"); err != nil {
				t.Error(err)
			}
			close(completed)
			return workqueue.Reject(errors.New("never"))
		})
		testenv.Next(t, completed)
		q.dead(1)
		keys := q.keys("done:*")
		if len(keys) != 1 {
			t.Fatalf("recorded in %q", keys)
		}
		const month = 30 * 24 * time.Hour // as long as a dead letter may be replayed
		if ttl := q.rdb.PTTL(t.Context(), keys[0]).Val(); ttl < month-time.Minute || ttl > month {
			t.Errorf("remembered for %v, want %v", ttl, month)
		}
	})
}

// TestDelivery_CompletedOutlivesTheDeadLetter has an event fail whose step was
// completed almost a month ago, and replays it when the next month is almost over.
func TestDelivery_CompletedOutlivesTheDeadLetter(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const day = 24 * time.Hour
		age := func() { // to the last day
			for _, key := range q.keys("done:*") {
				q.rdb.Expire(t.Context(), key, day)
			}
		}
		known := func(when string) {
			t.Helper()
			for _, key := range q.keys("done:*") {
				if left := q.rdb.TTL(t.Context(), key).Val(); left < 29*day {
					t.Errorf("%s it is remembered for %v", when, left)
				}
			}
		}
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		stop := q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			if err := d.Complete(ctx, "said it"); err != nil {
				t.Error(err)
			}
			age()
			return workqueue.Reject(errors.New("the other action fails"))
		})
		letter := q.dead(1)[0]
		known("as a dead letter")
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		age()
		if err := q.inspector().Replay(t.Context(), "greeting", letter.ID); err != nil {
			t.Fatal(err)
		}
		known("replayed")
	})
}

// TestConsumer_RecordsOutcomesAgain has the first call that records an
// outcome fail: before it reaches Redis, or on the way back.
func TestConsumer_RecordsOutcomesAgain(t *testing.T) {
	for _, test := range []struct {
		script  string
		outcome error
		runs    int32
		dead    int
	}{
		{"ack", nil, 1, 0},
		{"retry", errors.New("not today"), 2, 0},
		{"dead_letter", workqueue.Reject(errors.New("never")), 1, 1},
	} {
		for _, lost := range []string{"call", "answer"} {
			t.Run(test.script+", its "+lost+" is lost", func(t *testing.T) {
				onEveryRedis(t, func(t *testing.T, q queue) {
					rdb, wire := q.wired()
					meant := &wire.refuse
					if lost == "answer" {
						meant = &wire.forget
					}
					meant.Store(runs(test.script))
					q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
					var handled atomic.Int32
					queue{t, rdb, q.app}.consume(func(_ context.Context, d *workqueue.Delivery) error {
						if handled.Add(1); d.Reclaimed {
							t.Error("the event became a dead letter, and was reclaimed")
						}
						if d.Attempt > 1 {
							return nil
						}
						return test.outcome
					}, soon)
					q.dead(test.dead)
					testenv.Eventually(t, "it is done", func() bool { return handled.Load() >= test.runs && q.empty() && q.stats().Delayed == 0 })
					if n := handled.Load(); n != test.runs {
						t.Errorf("handled %d times, want %d", n, test.runs)
					}
					if meant.Load() != nil {
						t.Error("no call failed")
					}
				})
			})
		}
	}
}

func TestConsumer_OutcomeAfterGroupLoss(t *testing.T) {
	for name, outcome := range map[string]error{
		"a retry":  errors.New("not today"),
		"a reject": workqueue.Reject(errors.New("never")),
	} {
		t.Run(name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
				rdb, wire := q.wired()
				got := make(chan *workqueue.Delivery, 2)
				// The only worker: it must become free.
				queue{t, rdb, q.app}.consume(func(ctx context.Context, d *workqueue.Delivery) error {
					got <- d
					if d.Reclaimed {
						return nil
					}
					// The group is gone when the outcome comes.
					gone := func(cmd redis.Cmder) bool {
						if (*runs("retry"))(cmd) || (*runs("dead_letter"))(cmd) {
							q.destroyGroup()
						}
						return false
					}
					wire.refuse.Store(&gone)
					return outcome
				}, workqueue.Concurrency(1))
				testenv.Next(t, got)
				if d := testenv.Next(t, got); d.Attempt != 1 {
					t.Errorf("attempt %d: one whose outcome is not recorded does not count", d.Attempt)
				}
				testenv.Eventually(t, "it is done", q.empty)
				q.dead(0)
			})
		})
	}
}

func TestConsumer_LateSuccessKeepsTheRecord(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		completed, finish, failed := make(chan string), make(chan struct{}), make(chan struct{})
		slow := q.consumer(workqueue.ConsumerOptions{Lease: time.Hour}, func(ctx context.Context, d *workqueue.Delivery) error {
			if err := d.Complete(ctx, "said it"); err != nil {
				t.Error(err)
			}
			completed <- d.EntryID
			testenv.Hold(q, finish)
			return nil
		}, workqueue.Concurrency(1))
		q.steal(testenv.Next(t, completed))
		// With a short lease the event is soon another's, who fails.
		stop := q.consume(func(context.Context, *workqueue.Delivery) error {
			close(failed)
			return workqueue.RetryAfter(time.Hour, errors.New("not now"))
		})
		testenv.Next(t, failed)
		testenv.Eventually(t, "it waits for its next attempt", func() bool { return q.stats().Delayed == 1 })
		close(finish)
		for _, stop := range []func() error{stop, slow} {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
		if keys := q.keys("done:*"); len(keys) != 1 {
			t.Errorf("what is recorded as completed: %q", keys)
		}
	})
}

func TestConsumer_DiscardAfterLostLease(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		started := make(chan string, 1)
		var handled atomic.Int32
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			handled.Add(1)
			if !d.Reclaimed {
				started <- d.EntryID
				<-ctx.Done()
			}
			return workqueue.Discard("not for us")
		})
		q.steal(testenv.Next(t, started))
		testenv.Eventually(t, "it is done", q.empty)
		if n := handled.Load(); n != 1 {
			t.Errorf("handled %d times", n)
		}
	})
}
