package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestPublisher_Deduplicates(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for _, step := range []struct {
			event workqueue.Event
			want  workqueue.Result
		}{
			{workqueue.Event{Type: "greeting", Key: "a", ID: "1"}, workqueue.Queued},
			{workqueue.Event{Type: "greeting", Key: "a", ID: "2"}, workqueue.Duplicate},
			{workqueue.Event{Type: "greeting", Key: "b", ID: "3"}, workqueue.Queued},
			{workqueue.Event{Type: "farewell", Key: "a", ID: "4"}, workqueue.Queued},
			{workqueue.Event{Type: "greeting", ID: "5"}, workqueue.Queued},
			{workqueue.Event{Type: "greeting", ID: "5"}, workqueue.Queued},
		} {
			if got := q.publish(p, step.event); got != step.want {
				t.Errorf("%+v: %v, want %v", step.event, got, step.want)
			}
		}
		if n := q.rdb.XLen(t.Context(), q.stream()).Val(); n != 4 {
			t.Errorf("%d entries on the stream, want 4", n)
		}
	})
}

// TestPublisher_Companion publishes at once, on a Redis that does not know the script yet,
// events with a command of the caller's own and without: each command is run, for a duplicate, too.
func TestPublisher_Companion(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{Shards: 2})
		const n = 40
		var wg sync.WaitGroup
		for i := range n {
			e := workqueue.Event{Type: "greeting", Key: fmt.Sprint(i / 2)}
			var also workqueue.Companion
			if i%4 > 1 {
				also = func(pipe redis.Pipeliner) {
					pipe.Set(t.Context(), fmt.Sprintf("%s:own:%d", q.app, i), "x", time.Minute)
				}
			}
			wg.Go(func() {
				if _, err := p.PublishWith(t.Context(), e, also); err != nil {
					t.Error(err)
				}
			})
		}
		testenv.Wait(q, &wg)
		if waiting := q.stats(); waiting.Depth != n/2 {
			t.Errorf("%d events are on the queue, want %d", waiting.Depth, n/2)
		}
		for i := range n {
			want := int64(i % 4 / 2)
			if got := q.rdb.Exists(t.Context(), fmt.Sprintf("%s:own:%d", q.app, i)).Val(); got != want {
				t.Errorf("the command of event %d was run %d times, want %d", i, got, want)
			}
		}
	})
}

func TestPublisher_OneOfManyWins(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		results := make(chan workqueue.Result, 32)
		var wg sync.WaitGroup
		for range cap(results) {
			wg.Go(func() {
				result, err := p.Publish(t.Context(), workqueue.Event{Type: "greeting", Key: "one"})
				if err != nil {
					t.Error(err)
				}
				results <- result
			})
		}
		testenv.Wait(q, &wg)
		close(results)
		queued := 0
		for result := range results {
			if result == workqueue.Queued {
				queued++
			}
		}
		if n := q.rdb.XLen(t.Context(), q.stream()).Val(); queued != 1 || n != 1 {
			t.Errorf("%d were reported as queued and %d are on the stream, want 1 and 1", queued, n)
		}
	})
}

func TestPublisher_DedupWindow(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{DedupWindow: time.Minute}), workqueue.Event{Type: "greeting", Key: "a"})
		seen := q.app + ":{greeting.0}:seen:a"
		if ttl := q.rdb.PTTL(t.Context(), seen).Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("the key is remembered for %v, want up to a minute", ttl)
		}
	})
}

func TestPublisher_FullStream(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 2})
		q.publish(p, workqueue.Event{Type: "greeting", Key: "a"})
		q.publish(p, workqueue.Event{Type: "greeting", Key: "b"})

		refused := workqueue.Event{Type: "greeting", Key: "c"}
		if _, err := p.Publish(t.Context(), refused); !errors.Is(err, workqueue.ErrFull) {
			t.Fatalf("third of two: %v, want ErrFull", err)
		}
		if got := q.publish(p, workqueue.Event{Type: "greeting", Key: "a"}); got != workqueue.Duplicate {
			t.Errorf("a queued event sent again to a full stream: %v, want duplicate", got)
		}
		q.consume(func(context.Context, *workqueue.Delivery) error { return nil })
		testenv.Eventually(t, "there is room again", q.empty)
		if got := q.publish(p, refused); got != workqueue.Queued {
			t.Errorf("the refused event sent again: %v, want queued", got)
		}
	})
}

// TestPublisher_Context publishes while Redis is silent, and while it is unreachable. The
// caller's context ends before Redis's client does, which waits, dials and retries.
func TestPublisher_Context(t *testing.T) {
	t.Parallel()
	silent := redistest.Start(t)
	connected := redistest.Dial(t, silent.URL())
	over := make(chan struct{})
	unreachable := redis.NewClient(&redis.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
		testenv.Hold(t, over)
		return nil, errors.New("unreachable")
	}})
	defer unreachable.Close()
	defer close(over)
	if err := connected.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	silent.Suspend(t)
	defer silent.Resume(t)
	for name, rdb := range map[string]redis.UniversalClient{"silent": connected, "unreachable": unreachable} {
		p := queue{t, rdb, redistest.App()}.publisher(workqueue.PublisherOptions{})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := p.Publish(ctx, workqueue.Event{Type: "greeting"}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// TestPublisher_SilentRedis has more callers without a deadline than calls
// go out at once: who waits for the next gives up as early as the others.
func TestPublisher_SilentRedis(t *testing.T) {
	t.Parallel()
	silent := redistest.Start(t)
	p := queue{t, redistest.Dial(t, silent.URL()), redistest.App()}.publisher(workqueue.PublisherOptions{})
	silent.Suspend(t)
	defer silent.Resume(t)
	start := time.Now()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, err := p.Publish(t.Context(), workqueue.Event{Type: "greeting"})
			if took := time.Since(start); err == nil || took > 8*time.Second {
				t.Errorf("after %v: %v", took, err)
			}
		})
	}
	testenv.Wait(t, &wg)
}
