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

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestDeadLetter_Reasons(t *testing.T) {
	for _, test := range []struct {
		name     string
		handler  workqueue.HandlerFunc
		reason   workqueue.DeadReason
		err      string
		attempts int
	}{
		{"its last attempt fails", func(_ context.Context, d *workqueue.Delivery) error { return fmt.Errorf("no luck, %d", d.Attempt) },
			workqueue.Exhausted, "no luck, 3", 3},
		{"its last attempt panics", func(context.Context, *workqueue.Delivery) error { panic("what somebody said") },
			workqueue.Panicked, "handler panicked: a value of type string", 3},
		{"its last attempt panics by mistake", func(_ context.Context, d *workqueue.Delivery) error {
			return fmt.Errorf("%c", d.Payload[len(d.Payload)])
		},
			workqueue.Panicked, "handler panicked: runtime error: index out of range [2] with length 2", 3},
		{"its last attempt is put off for no reason", func(context.Context, *workqueue.Delivery) error {
			return workqueue.RetryAfter(time.Millisecond, nil)
		},
			workqueue.Exhausted, "retry after 1ms: no reason given", 3},
		{"its last attempt fails at length", func(context.Context, *workqueue.Delivery) error {
			return errors.New(strings.Repeat("é", 600) + "!")
		},
			workqueue.Exhausted, strings.Repeat("é", 500) + "…", 3},
		{"its last attempt fails at odd length", func(context.Context, *workqueue.Delivery) error {
			return errors.New("!" + strings.Repeat("é", 600))
		},
			workqueue.Exhausted, "!" + strings.Repeat("é", 499) + "…", 3},
		{"its handler rejects it", func(context.Context, *workqueue.Delivery) error {
			return workqueue.Reject(errors.New("no such channel"))
		},
			workqueue.Rejected, "rejected: no such channel", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				event := workqueue.Event{Type: "greeting", Key: "k", ID: "Ev1", RequestID: "r", Source: "s", Time: time.UnixMilli(1), Payload: []byte("hi")}
				q.publish(q.publisher(workqueue.PublisherOptions{}), event)
				q.consume(test.handler, workqueue.MaxAttempts(3), soon)
				d := q.dead(1)[0]
				if d.Reason != test.reason || d.Error != test.err || d.Attempts != test.attempts {
					t.Errorf("%+v", d)
				}
				if fmt.Sprintf("%+v", d.Event) != fmt.Sprintf("%+v", event) {
					t.Errorf("the event is %+v, was %+v", d.Event, event)
				}
				if d.QueuedAt.IsZero() || d.DeadAt.Before(d.QueuedAt) {
					t.Errorf("queued %v, dead %v", d.QueuedAt, d.DeadAt)
				}
				testenv.Eventually(t, "nothing is left on the stream", q.empty)
				if s := q.stats(); s.Dead != 1 || s.Delayed != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

func TestDeadLetter_ReplayRestoresAttempts(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		var fixed atomic.Bool
		attempts := make(chan int, 10)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			attempts <- d.Attempt
			if !fixed.Load() {
				return errors.New("broken")
			}
			return nil
		}, workqueue.MaxAttempts(2), soon)
		dead := q.dead(1)[0]
		fixed.Store(true)
		if err := q.inspector().Replay(t.Context(), "greeting", dead.ID); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 2, 1} {
			if got := testenv.Next(t, attempts); got != want {
				t.Errorf("attempt %d, want %d", got, want)
			}
		}
		testenv.Eventually(t, "it is done", q.empty)
		q.dead(0)
		if err := q.inspector().Replay(t.Context(), "greeting", dead.ID); !errors.Is(err, workqueue.ErrNoDeadLetter) {
			t.Errorf("replayed twice: %v", err)
		}
	})
}

func TestDeadLetter_Drop(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for i := range 3 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
		}
		q.consume(func(context.Context, *workqueue.Delivery) error { return workqueue.Reject(errors.New("no")) }, workqueue.Concurrency(1))
		dead, i := q.dead(3), q.inspector()
		if err := i.Drop(t.Context(), "greeting", dead[1].ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"no id", dead[0].ID + ".x", dead[0].ID + ".0", dead[0].ID + ".-1"} {
			if err := i.Drop(t.Context(), "greeting", id); !errors.Is(err, workqueue.ErrNoDeadLetter) {
				t.Errorf("dropping %s: %v", id, err)
			}
		}
		if _, err := i.ListDeadLetters(t.Context(), "greeting", "no id", 1); !errors.Is(err, workqueue.ErrNoDeadLetter) {
			t.Errorf("those after what can be none: %v", err)
		}
		if err := i.Drop(t.Context(), "greeting", dead[1].ID); !errors.Is(err, workqueue.ErrNoDeadLetter) {
			t.Errorf("dropped twice: %v", err)
		}
		left, err := i.ListDeadLetters(t.Context(), "greeting", dead[0].ID, 10)
		if err != nil || len(left) != 1 || left[0].Event.ID != "2" {
			t.Errorf("after the first: %+v (%v), want the third", left, err)
		}
	})
}

func TestConsumer_DelaysRetries(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 1})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "Ev1"})
		stop := q.consume(func(context.Context, *workqueue.Delivery) error {
			return workqueue.RetryAfter(time.Hour, errors.New("busy"))
		})
		testenv.Eventually(t, "it is delayed", func() bool { return q.stats().Delayed == 1 })
		if s := q.stats(); s.Depth != 0 || s.Pending != 0 || s.Consumers != 1 {
			t.Errorf("%+v", s)
		}
		if _, err := p.Publish(t.Context(), workqueue.Event{Type: "greeting", ID: "Ev2"}); !errors.Is(err, workqueue.ErrFull) {
			t.Errorf("a delayed event does not count as waiting: %v", err)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		// Another consumer finds it when it is due.
		delayed := q.app + ":{greeting.0}:delayed"
		member := q.rdb.ZRange(t.Context(), delayed, 0, 0).Val()[0]
		if err := q.rdb.ZAdd(t.Context(), delayed, redis.Z{Score: 0, Member: member}).Err(); err != nil {
			t.Fatal(err)
		}
		got := make(chan int, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d.Attempt
			return nil
		})
		if n := testenv.Next(t, got); n != 2 {
			t.Errorf("attempt %d, want the second", n)
		}
	})
}

func TestDelivery_CompletedStepsAreNotRepeated(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		type seen struct{ first, second bool }
		got := make(chan seen, 3)
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			got <- seen{d.Completed("first"), d.Completed("second")}
			for i, action := range []string{"first", "second"} {
				if !d.Completed(action) {
					if err := d.Complete(ctx, action); err != nil {
						t.Error(err)
					}
					if d.Attempt == i+1 {
						return errors.New("not today")
					}
				}
			}
			return nil
		}, soon)
		for _, want := range []seen{{false, false}, {true, false}, {true, true}} {
			if s := testenv.Next(t, got); s != want {
				t.Errorf("%+v, want %+v", s, want)
			}
		}
		testenv.Eventually(t, "it is done", q.empty)
		if keys := q.keys("done:*"); len(keys) > 0 {
			t.Errorf("left behind: %q", keys)
		}
	})
}

func TestConsumer_MaxAge(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", Time: time.Now().Add(-time.Hour)})
		q.consume(func(context.Context, *workqueue.Delivery) error {
			t.Error("it was handled")
			return nil
		}, workqueue.MaxAge(time.Minute))
		testenv.Eventually(t, "it is gone", func() bool { s := q.stats(); return s.Depth == 0 && s.Consumers == 1 })
		q.dead(0)
	})
}

func TestConsumer_ExtendsTheLease(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		const lease = 2 * time.Second // so that a machine that is busy does not lose it
		var running, runs atomic.Int32
		handler := func(ctx context.Context, _ *workqueue.Delivery) error {
			runs.Add(1)
			if running.Add(1) > 1 {
				t.Error("the handler runs twice at once")
			}
			defer running.Add(-1)
			select {
			case <-time.After(3 * lease): // the work
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		q.consumer(workqueue.ConsumerOptions{Lease: lease}, handler)
		q.consumer(workqueue.ConsumerOptions{Lease: lease}, handler)
		testenv.Eventually(t, "it is done", func() bool { return runs.Load() > 0 && q.empty() })
		if n := runs.Load(); n != 1 {
			t.Errorf("handled %d times", n)
		}
	})
}

func TestConsumer_LostLeaseCancelsTheHandler(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		started, cause := make(chan string, 2), make(chan error, 1)
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			started <- d.EntryID
			if d.Reclaimed {
				return nil
			}
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return ctx.Err()
		})
		q.steal(testenv.Next(t, started))
		if err := testenv.Next(t, cause); !errors.Is(err, workqueue.ErrLeaseLost) {
			t.Errorf("cancelled for %v", err)
		}
		testenv.Next(t, started)
		testenv.Eventually(t, "it is done", q.empty)
		if s := q.stats(); s.Delayed != 0 {
			t.Errorf("the one that had lost its lease decided about the event: %+v", s)
		}
	})
}

func TestConsumer_Timeout(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		q.consume(func(ctx context.Context, _ *workqueue.Delivery) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}, workqueue.Timeout(10*time.Millisecond), workqueue.MaxAttempts(2), soon)
		if d := q.dead(1)[0]; d.Error != "cancelled after 10ms: context deadline exceeded" || d.Attempts != 2 {
			t.Errorf("%+v", d)
		}
	})
}

func TestConsumer_PoisonBecomesADeadLetter(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		// What five consumers that die of it leave behind.
		ids := q.die(1)
		for range 4 {
			q.steal(ids...)
		}
		told := make(chan *workqueue.Delivery, 2)
		q.consume(func(context.Context, *workqueue.Delivery) error {
			t.Error("it was handled once more")
			return nil
		}, workqueue.OnPoison(func(_ context.Context, d *workqueue.Delivery) {
			told <- d
			panic("a fault of its own")
		}))
		if d := q.dead(1)[0]; d.Reason != workqueue.Poison || d.Event.ID != "Ev1" {
			t.Errorf("%+v", d)
		}
		if d := testenv.Next(t, told); d.ID != "Ev1" || !d.Reclaimed && d.Attempt != 1 {
			t.Errorf("told of %+v", d)
		}
	})
}

func TestConsumer_StopRequeues(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		c, err := workqueue.NewConsumer(q.rdb, workqueue.ConsumerOptions{
			App: q.app, Name: "stopping", Lease: time.Hour, StopTimeout: time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		started := make(chan struct{})
		c.Handle("greeting", func(ctx context.Context, _ *workqueue.Delivery) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- c.Run(ctx) }()
		testenv.Next(t, started)
		cancel()
		if err := testenv.Next(t, stopped); err != nil {
			t.Fatal(err)
		}
		// With a lease of an hour, only requeued events come at once.
		got := make(chan *workqueue.Delivery, 1)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d
			return nil
		})
		if d := testenv.Next(t, got); d.Attempt != 1 || d.ID != "Ev1" {
			t.Errorf("%+v, want the first attempt", d)
		}
		testenv.Eventually(t, "it is done", q.empty)
		if s := q.stats(); s.Consumers != 1 {
			t.Errorf("%d consumers, want the one that runs", s.Consumers)
		}
	})
}

// TestConsumer_OutageBeforeAcknowledgement keeps Redis from
// writing for longer than the lease, from within the handler.
func TestConsumer_OutageBeforeAcknowledgement(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t).URL())
	q := queue{t, rdb, redistest.App()}
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
	var runs atomic.Int32
	q.consume(func(ctx context.Context, _ *workqueue.Delivery) error {
		runs.Add(1)
		return rdb.Do(ctx, "CLIENT", "PAUSE", (3 * lease).Milliseconds(), "WRITE").Err()
	})
	testenv.Eventually(t, "it is done", func() bool { return runs.Load() > 0 && q.empty() })
	if n := runs.Load(); n != 1 {
		t.Errorf("handled %d times", n)
	}
}

func TestConsumer_LeavesOtherVersions(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		if err := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: q.stream(), Values: []string{"e", "4 of the future"}}).Err(); err != nil {
			t.Fatal(err)
		}
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "good"})
		q.consume(func(context.Context, *workqueue.Delivery) error { return nil })
		testenv.Eventually(t, "the other is done", func() bool { s := q.stats(); return s.Depth == 1 && s.Pending == 1 })
		q.dead(0)
	})
}

func TestConsumer_StopWithSilentRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redistest.Dial(t, server.URL())
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: "a", Name: "test", StopTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	c.Handle("greeting", func(context.Context, *workqueue.Delivery) error { return nil })
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- c.Run(ctx) }()
	testenv.Eventually(t, "it reads", func() bool {
		groups, err := rdb.XInfoGroups(t.Context(), "a:{greeting.0}:stream").Result()
		return err == nil && len(groups) == 1
	})
	server.Suspend(t)
	cancel()
	if err := testenv.Next(t, stopped); err != nil {
		t.Error(err)
	}
	server.Resume(t)
}
