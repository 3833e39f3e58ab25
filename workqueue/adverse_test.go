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
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestConsumer_DrainsAFullRedis fills Redis up to maxmemory and handles its events: some
// succeed, some are retried, and some become dead letters. There was no group before, or
// it was lost.
func TestConsumer_DrainsAFullRedis(t *testing.T) {
	t.Run("without a group", func(t *testing.T) { emptyAFullRedis(t, func(queue) {}) })
	t.Run("whose group was lost", func(t *testing.T) {
		emptyAFullRedis(t, func(q queue) {
			if err := q.rdb.XGroupCreateMkStream(q.Context(), q.stream(), "consumers", "0").Err(); err != nil {
				q.Fatal(err)
			}
			if err := q.rdb.Set(q.Context(), q.app+":{greeting.0}:grouped", 1, 0).Err(); err != nil {
				q.Fatal(err)
			}
			q.destroyGroup()
		})
	})
}

func emptyAFullRedis(t *testing.T, before func(queue)) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "12mb", "--maxmemory-policy", "noeviction").URL())
	q := queue{t, rdb, redistest.App()}
	p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 1 << 20})
	before(q)
	published := 0
	for ; ; published++ {
		_, err := p.Publish(t.Context(), workqueue.Event{Type: "greeting", ID: fmt.Sprint(published), Payload: []byte(strings.Repeat("x", 15_000))})
		if err != nil && strings.Contains(err.Error(), "OOM") {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var succeeded atomic.Int64
	q.consume(func(_ context.Context, d *workqueue.Delivery) error {
		if d.Attempt == 1 && strings.HasSuffix(d.ID, "3") {
			return errors.New("not at first")
		}
		succeeded.Add(1)
		return nil
	}, soon)
	testenv.Eventually(t, "all are handled", func() bool { return q.empty() && q.stats().Delayed == 0 })
	if n := succeeded.Load(); n != int64(published) {
		t.Errorf("%d of %d events succeeded", n, published)
	}
}

// stolen starts a handler, has another consumer claim its event, and then lets the handler
// return an outcome.
func (q queue) stolen(outcome error) {
	q.Helper()
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
	started, finish, done := make(chan string, 1), make(chan struct{}), make(chan struct{}, 1)
	stop := q.consumer(workqueue.ConsumerOptions{Lease: time.Hour}, func(_ context.Context, d *workqueue.Delivery) error {
		started <- d.EntryID
		testenv.Hold(q, finish)
		done <- struct{}{}
		return outcome
	}, soon)
	q.steal(testenv.Next(q, started))
	close(finish)
	testenv.Next(q, done)
	if err := stop(); err != nil {
		q.Fatal(err)
	}
}

func TestConsumer_LostLeaseDecidesNothing(t *testing.T) {
	for name, outcome := range map[string]error{
		"a retry":  errors.New("not today"),
		"a reject": workqueue.Reject(errors.New("never")),
	} {
		t.Run(name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				q.stolen(outcome)
				if s := q.stats(); s.Depth != 1 || s.Pending != 1 || s.Delayed != 0 || s.Dead != 0 {
					t.Errorf("%+v, want it pending with the thief and nothing else", s)
				}
			})
		})
	}
}

func TestConsumer_LostLeaseSuccessIsAcknowledged(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.stolen(nil)
		if !q.empty() {
			t.Errorf("%+v: it is done, whoever has it now", q.stats())
		}
	})
}

func TestConsumer_MaxAgeAfterReplay(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1", Time: time.Now().Add(-50 * time.Millisecond)})
		replayed := make(chan time.Time, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			if d.ReplayedAt.IsZero() {
				return workqueue.Reject(nil)
			}
			replayed <- d.ReplayedAt
			return nil
		}, workqueue.MaxAge(time.Second))
		dead := q.dead(1)[0]
		testenv.Eventually(t, "it is too old", func() bool { return time.Since(dead.Event.Time) > time.Second })
		if err := q.inspector().Replay(t.Context(), "greeting", dead.ID); err != nil {
			t.Fatal(err)
		}
		if at := testenv.Next(t, replayed); time.Since(at) > time.Minute {
			t.Errorf("replayed at %v", at)
		}
	})
}

func TestDelivery_CompleteAfterCancel(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		got := make(chan bool, 2)
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			got <- d.Completed("said it")
			if d.Attempt > 1 {
				return nil
			}
			<-ctx.Done() // after it was said
			if err := d.Complete(ctx, "said it"); err != nil {
				t.Error(err)
			}
			return ctx.Err()
		}, workqueue.Timeout(10*time.Millisecond), soon)
		if first, second := testenv.Next(t, got), testenv.Next(t, got); first || !second {
			t.Errorf("completed at first: %v, then: %v", first, second)
		}
	})
}

func TestDelivery_CompletedByDeadConsumer(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		got := make(chan *workqueue.Delivery, 2)
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			got <- d
			if d.Reclaimed {
				return nil
			}
			if err := d.Complete(ctx, "said it"); err != nil {
				t.Error(err)
			}
			// What follows is what the death of this consumer looks like.
			q.steal(d.EntryID)
			<-ctx.Done()
			return ctx.Err()
		})
		testenv.Next(t, got)
		if d := testenv.Next(t, got); !d.Reclaimed || !d.Completed("said it") {
			t.Errorf("%+v", d)
		}
		testenv.Eventually(t, "it is done", q.empty)
		if keys := q.keys("done:*"); len(keys) > 0 {
			t.Errorf("left behind: %q", keys)
		}
	})
}

// TestConsumer_SkippedEntriesHideNothing has a dead consumer leave more entries that are
// skipped than one claim looks at, and then an event that is reclaimed.
func TestConsumer_SkippedEntriesHideNothing(t *testing.T) {
	const many, workers = 150, 2 // one claim looks at 100 entries, and one more for each free worker
	for name, leave := range map[string]func(q queue){
		"entries of another release": func(q queue) {
			q.skip(many)
			q.expire(1, q.die(many)...)
		},
		"suspects": func(q queue) {
			p := q.publisher(workqueue.PublisherOptions{})
			for range many {
				q.publish(p, workqueue.Event{Type: "greeting", ID: "suspect"})
			}
			q.expire(2, q.die(many)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				leave(q)
				q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "good"})
				q.expire(1, q.dieAgain(1)...)
				handled, over := make(chan struct{}, 1), make(chan struct{})
				defer close(over)
				// On a busy machine the embedded Redis takes long for a claim, but less than this lease.
				q.consumer(workqueue.ConsumerOptions{Lease: workqueue.DefaultLease}, func(_ context.Context, d *workqueue.Delivery) error {
					if d.ID == "suspect" {
						testenv.Hold(q, over)
						return nil
					}
					handled <- struct{}{}
					return nil
				}, workqueue.Concurrency(workers))
				testenv.Next(t, handled)
			})
		})
	}
}

// slowClaims is a hook of a client. By the clock, each run of the claim script takes a
// third of a lease.
type slowClaims struct {
	lease time.Duration
	late  atomic.Int64 // by how much the clock is ahead of this machine's
}

func (s *slowClaims) now() time.Time { return time.Now().Add(time.Duration(s.late.Load())) }

func (s *slowClaims) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *slowClaims) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (s *slowClaims) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	claims := *runs("claim")
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if claims(cmd) {
			s.late.Add(int64(s.lease / 3))
		}
		return err
	}
}

// TestConsumer_LeaseBeginsWithThePage has a dead consumer leave an event behind so many
// skipped entries that a claim looks through them in three pages, which take a lease
// together. The lease of the event begins with the page that it is on.
func TestConsumer_LeaseBeginsWithThePage(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.skip(250)
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "good"})
		q.expire(1, append(q.die(250), q.dieAgain(1)...)...)

		rdb, _ := q.wired()
		clock := &slowClaims{lease: 20 * time.Second}
		rdb.(interface{ AddHook(redis.Hook) }).AddHook(clock)
		c := queue{t, rdb, q.app}.newConsumer(workqueue.ConsumerOptions{Lease: clock.lease})
		c.Clock(clock.now)
		c.Handle("greeting", func(context.Context, *workqueue.Delivery) error { return nil }, workqueue.Concurrency(1))
		q.run(c)
		testenv.Eventually(t, "the event is handled, or its lease is lost", func() bool {
			counts := c.Counts()[0]
			return counts.Acked+counts.LeaseLost > 0
		})
		if n := c.Counts()[0].LeaseLost; n > 0 {
			t.Error("the lease was lost before the handler was called")
		}
	})
}

// TestConsumer_SuspectsDelayNothing has a dead consumer leave an event behind many
// suspects, each of which is claimed alone and handled soon.
func TestConsumer_SuspectsDelayNothing(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const suspects = 60
		p := q.publisher(workqueue.PublisherOptions{})
		for range suspects {
			q.publish(p, workqueue.Event{Type: "greeting", ID: "suspect"})
		}
		q.steal(q.die(suspects)...)
		q.publish(p, workqueue.Event{Type: "greeting", ID: "good"})
		q.dieAgain(1)
		died := time.Now()
		got := make(chan *workqueue.Delivery, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			if d.ID == "good" {
				got <- d
			}
			return nil
		})
		if took := testenv.Next(t, got).ReceivedAt.Sub(died); took > 2*lease {
			t.Errorf("reclaimed after %v, with a lease of %v", took, lease)
		}
	})
}

func TestConsumer_SuspectIsTakenAlone(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for i := range 4 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
		}
		q.steal(q.die(4)...) // all were in flight together at the death of two consumers
		var at crowd
		q.consume(func(context.Context, *workqueue.Delivery) error {
			defer at.enter()()
			<-time.After(20 * time.Millisecond) // the work
			return nil
		})
		testenv.Eventually(t, "all are handled", q.empty)
		if n := at.peak(); n != 1 {
			t.Errorf("%d suspects were handled together", n)
		}
	})
}

// TestScripts_FailBeforeTheyRemove puts something else where the queue's scripts move
// events to: Redis undoes nothing of a script that fails.
func TestScripts_FailBeforeTheyRemove(t *testing.T) {
	encoded := workqueue.Encode(workqueue.Event{Type: "greeting", ID: "Ev1"})
	for name, outcome := range map[string]error{"to its next attempt": errors.New("no luck"), "to the dead letters": workqueue.Reject(nil)} {
		t.Run(name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
				for _, key := range []string{"delayed", "dead"} {
					q.rdb.Set(t.Context(), q.app+":{greeting.0}:"+key, "in the way", 0)
				}
				log := &logbook{}
				q.consumer(workqueue.ConsumerOptions{Log: zerolog.New(log), StopTimeout: time.Millisecond},
					func(context.Context, *workqueue.Delivery) error { return outcome })
				testenv.Eventually(t, "the log says that it cannot", func() bool { return strings.Contains(log.String(), "cannot be recorded") })
				if n := q.rdb.XLen(t.Context(), q.stream()).Val(); n != 1 {
					t.Errorf("%d entries are on the stream, want 1", n)
				}
			})
		})
	}
	t.Run("to the stream", func(t *testing.T) {
		onEveryRedis(t, func(t *testing.T, q queue) {
			prefix := q.app + ":{greeting.0}:"
			id := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: prefix + "dead", Values: []any{"e", encoded}}).Val()
			q.rdb.ZAdd(t.Context(), prefix+"delayed", redis.Z{Score: 1, Member: encoded})
			q.rdb.Set(t.Context(), q.stream(), "in the way", 0)
			replayed := q.inspector().Replay(t.Context(), "greeting", id)
			_, promoted := workqueue.Promote(t.Context(), q.rdb, q.app, "greeting", 1)
			if replayed == nil || promoted == nil {
				t.Errorf("replayed: %v, promoted: %v", replayed, promoted)
			}
			if n := q.rdb.XLen(t.Context(), prefix+"dead").Val(); n != 1 {
				t.Errorf("%d dead letters, want 1", n)
			}
			if n := q.rdb.ZCard(t.Context(), prefix+"delayed").Val(); n != 1 {
				t.Errorf("%d delayed, want 1", n)
			}
		})
	})
}
