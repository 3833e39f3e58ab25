package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// do has a person give Redis a command.
func (q queue) do(args ...any) {
	q.Helper()
	if err := q.rdb.Do(q.Context(), args...).Err(); err != nil {
		q.Fatalf("%v: %v", args, err)
	}
}

// TestConsumer_HandlesOrphans has a consumer die with three events of five, and
// somebody meddle with the stream. All are handled all the same, and so is what
// comes after that.
func TestConsumer_HandlesOrphans(t *testing.T) {
	noSetID := exception{redistest.Embedded, "it has no XGROUP SETID"}
	for _, test := range []struct {
		name   string
		meddle func(q queue, taken []string)
		// orphans is how many events no consumer has after it.
		orphans int
		except  []exception
	}{
		{"XGROUP DELCONSUMER", func(q queue, _ []string) { q.do("XGROUP", "DELCONSUMER", q.stream(), "consumers", "dead") }, 3, nil},
		{"XACK", func(q queue, taken []string) { q.do("XACK", q.stream(), "consumers", taken[1]) }, 1, nil},
		{"XGROUP SETID to the end", func(q queue, _ []string) { q.do("XGROUP", "SETID", q.stream(), "consumers", "$") }, 2, []exception{noSetID}},
		{"XGROUP SETID beyond the end", func(q queue, _ []string) { q.do("XGROUP", "SETID", q.stream(), "consumers", "18446744073709551615-1") }, 2, []exception{noSetID}},
		{"XGROUP SETID to the beginning", func(q queue, _ []string) { q.do("XGROUP", "SETID", q.stream(), "consumers", "0") }, 0, []exception{noSetID}},
		{"XAUTOCLAIM", func(q queue, _ []string) { q.do("XAUTOCLAIM", q.stream(), "consumers", "somebody", 0, "0") }, 0, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				p := q.publisher(workqueue.PublisherOptions{})
				for i := range 5 {
					q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
				}
				test.meddle(q, q.die(3))
				log := &testenv.Log{}
				handled := make(chan string, 10)
				q.consumer(workqueue.ConsumerOptions{Log: zerolog.New(log)}, func(_ context.Context, d *workqueue.Delivery) error {
					handled <- d.ID
					return nil
				})
				missing := map[string]bool{"0": true, "1": true, "2": true, "3": true, "4": true}
				for len(missing) > 0 {
					delete(missing, testenv.Next(t, handled))
				}
				testenv.Eventually(t, "all is done", q.empty)
				q.publish(p, workqueue.Event{Type: "greeting", ID: "later"})
				for id := ""; id != "later"; id = testenv.Next(t, handled) {
				}
				want := fmt.Sprintf(`"events":%d,"message":"entries on the stream were pending with no consumer`, test.orphans)
				if has := strings.Contains(log.String(), want); has != (test.orphans > 0) {
					t.Errorf("want %d orphans in the log:\n%s", test.orphans, log)
				}
			}, test.except...)
		})
	}
}

// TestConsumer_NoticesThatItsNameWasRemoved removes the name of one that lives.
func TestConsumer_NoticesThatItsNameWasRemoved(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
		causes := make(chan error, 1)
		got := make(chan *workqueue.Delivery, 2)
		c := q.newConsumer(workqueue.ConsumerOptions{})
		c.Handle("greeting", func(ctx context.Context, d *workqueue.Delivery) error {
			got <- d
			if d.Reclaimed {
				return nil
			}
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return ctx.Err()
		})
		q.run(c)
		testenv.Next(t, got)
		q.do("XGROUP", "DELCONSUMER", q.stream(), "consumers", c.Name())
		if cause := testenv.Next(t, causes); !errors.Is(cause, workqueue.ErrLeaseLost) {
			t.Errorf("cancelled because of %v", cause)
		}
		testenv.Next(t, got)
		testenv.Eventually(t, "it is done", q.empty)
	})
}

// TestConsumer_XDelRemovesAnEventForGood removes what a dead consumer had.
func TestConsumer_XDelRemovesAnEventForGood(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "removed"})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "kept"})
		q.do("XDEL", q.stream(), q.die(2)[0])
		handled := make(chan string, 2)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			handled <- d.ID
			return nil
		})
		if id := testenv.Next(t, handled); id != "kept" {
			t.Errorf("handled %s", id)
		}
		testenv.Eventually(t, "nothing is left", q.empty)
	})
}

// TestConsumer_LooksForOrphansPageByPage has a great many of them.
func TestConsumer_LooksForOrphansPageByPage(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const n, page = 250, 100
		p := q.publisher(workqueue.PublisherOptions{})
		for range n {
			q.publish(p, workqueue.Event{Type: "greeting"})
		}
		q.die(n)
		q.do("XGROUP", "DELCONSUMER", q.stream(), "consumers", "dead")
		c := q.newConsumer(workqueue.ConsumerOptions{})
		c.Handle("greeting", func(context.Context, *workqueue.Delivery) error { return nil })
		steps := c.Steps(t.Context())
		for i, want := range []int64{page, page, n - 2*page, 0} {
			found, more, err := steps.FindOrphans(t.Context(), 0)
			if err != nil || found != want || more != (i < 2) {
				t.Errorf("page %d: %d orphans, more %v (%v); want %d", i, found, more, err, want)
			}
		}
		pending, err := q.rdb.XPendingExt(t.Context(), &redis.XPendingExtArgs{Stream: q.stream(), Group: "consumers", Start: "-", End: "+", Count: n + 1, Consumer: "nobody"}).Result()
		if err != nil || len(pending) != n {
			t.Errorf("%d are pending with nobody (%v)", len(pending), err)
		}
		if err := q.rdb.XGroupDestroy(t.Context(), q.stream(), "consumers").Err(); err != nil {
			t.Fatal(err)
		}
		if found, more, err := steps.FindOrphans(t.Context(), 0); err != nil || found != 0 || more {
			t.Errorf("without a group: %d, %v, %v", found, more, err)
		}
	})
}
