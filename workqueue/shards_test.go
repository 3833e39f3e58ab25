package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// publishTo publishes n events, each of a partition of its own, over so many
// shards. Their keys and ids are from+1, from+2 and so on.
func (q queue) publishTo(shards, from, n int) {
	q.Helper()
	p := q.publisher(workqueue.PublisherOptions{Shards: shards})
	for i := from + 1; i <= from+n; i++ {
		id := fmt.Sprint(i)
		q.publish(p, workqueue.Event{Type: "greeting", Key: id, ID: id, Partition: "channel " + id})
	}
}

// consumeFrom handles n events with a consumer of so many shards and returns
// their ids, sorted.
func (q queue) consumeFrom(shards, n int, h workqueue.HandlerFunc) []string {
	q.Helper()
	got := make(chan string, n)
	stop := q.consumer(workqueue.ConsumerOptions{Shards: shards}, func(ctx context.Context, d *workqueue.Delivery) error {
		got <- d.ID
		return h(ctx, d)
	}, workqueue.MaxAttempts(1))
	var ids []string
	for range n {
		ids = append(ids, testenv.Next(q, got))
	}
	if err := stop(); err != nil {
		q.Fatal(err)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func succeed(context.Context, *workqueue.Delivery) error { return nil }

func TestShards_SpreadEvents(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(4, 0, 40)
		if s := q.stats(); s.Shards != 4 || s.Depth != 40 {
			t.Fatalf("%+v, want 40 events in 4 shards", s)
		}
		for _, stream := range q.keys("stream") {
			if n := q.rdb.XLen(t.Context(), stream).Val(); n < 3 {
				t.Errorf("%s has %d of 40 events", stream, n)
			}
		}
		if ids := q.consumeFrom(4, 40, succeed); len(ids) != 40 || !q.empty() {
			t.Errorf("handled %q; %+v", ids, q.stats())
		}
	})
}

func TestShards_PartitionSharesAStream(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{Shards: 8})
		for i := range 20 {
			q.publish(p, workqueue.Event{Type: "greeting", Key: fmt.Sprint(i), Partition: "C1"})
		}
		if streams := q.keys("stream"); len(streams) != 1 {
			t.Errorf("they are in %q", streams)
		}
	})
}

func TestShards_Raised(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(1, 0, 20)
		q.publishTo(4, 0, 40) // the first 20 are known
		if s := q.stats(); s.Depth != 40 {
			t.Errorf("%+v, want each of the 40 events once", s)
		}
		if ids := q.consumeFrom(4, 40, succeed); len(ids) != 40 {
			t.Errorf("handled %d of 40: %q", len(ids), ids)
		}
	})
}

func TestShards_Lowered(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(4, 0, 20)
		q.publishTo(2, 20, 20)
		if ids := q.consumeFrom(2, 40, succeed); len(ids) != 40 {
			t.Errorf("handled %d of 40: %q", len(ids), ids)
		}
	})
}

// TestShards_NewOnesAreRead has the publishers restarted first.
func TestShards_NewOnesAreRead(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		got := make(chan string, 40)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			got <- d.ID
			return nil
		})
		q.publishTo(1, 0, 1)
		testenv.Next(t, got)
		q.publishTo(4, 1, 20)
		for range 20 {
			testenv.Next(t, got)
		}
	})
}

// TestShards_EmptiedOnesKeepNoWorkers lowers the number of shards: their
// streams stay, and get no more events.
func TestShards_EmptiedOnesKeepNoWorkers(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(8, 0, 8)
		q.consumeFrom(8, 8, succeed)
		var at crowd
		q.consume(func(context.Context, *workqueue.Delivery) error {
			defer at.enter()()
			<-time.After(100 * time.Millisecond)
			return nil
		}, workqueue.Concurrency(8))
		p := q.publisher(workqueue.PublisherOptions{})
		for i := range 32 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
		}
		testenv.Eventually(t, "all are handled", q.empty)
		if n := at.peak(); n != 8 {
			t.Errorf("%d were handled at once, want as many as there are workers; %+v", n, q.stats())
		}
	})
}

func TestShards_DeadLetters(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(4, 0, 20)
		q.consumeFrom(4, 20, func(context.Context, *workqueue.Delivery) error { return errors.New("no luck") })
		i := q.inspector()
		var pages []workqueue.DeadLetter
		for after := ""; ; {
			page, err := i.ListDeadLetters(t.Context(), "greeting", after, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			pages = append(pages, page...)
			after = page[len(page)-1].ID
		}
		ids := map[string]bool{}
		for j, d := range pages {
			ids[d.Event.ID] = true
			if j > 0 && d.DeadAt.Before(pages[j-1].DeadAt) {
				t.Errorf("%s comes after %s", d.ID, pages[j-1].ID)
			}
		}
		if len(pages) != 20 || len(ids) != 20 {
			t.Fatalf("listed %d dead letters of %d events, want 20 of 20", len(pages), len(ids))
		}
		for _, d := range pages[:10] {
			if err := i.Replay(t.Context(), "greeting", d.ID); err != nil {
				t.Error(err)
			}
		}
		for _, d := range pages[10:] {
			if err := i.Drop(t.Context(), "greeting", d.ID); err != nil {
				t.Error(err)
			}
		}
		q.consumeFrom(4, 10, succeed)
		if s := q.stats(); s.Dead != 0 || s.Depth != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestInspector_Pending(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(4, 0, 6)
		started, finish := make(chan struct{}, 6), make(chan struct{})
		stop := q.consumer(workqueue.ConsumerOptions{Shards: 4, Lease: time.Hour}, func(context.Context, *workqueue.Delivery) error {
			started <- struct{}{}
			testenv.Hold(q, finish)
			return nil
		})
		for range 6 {
			testenv.Next(t, started)
		}
		list, err := q.inspector().Pending(t.Context(), "greeting", 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 4 {
			t.Fatalf("%d are listed, want the 4 that were asked for", len(list))
		}
		for i, p := range list {
			if p.EntryID == "" || p.Consumer == "" || p.Deliveries != 1 || i > 0 && p.Idle > list[i-1].Idle {
				t.Errorf("%+v", list)
			}
		}
		close(finish)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if list, err := q.inspector().Pending(t.Context(), "greeting", 4); len(list) > 0 || err != nil {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestInspector_PendingOrder lists one of many entries, of which
// Redis would list another first.
func TestInspector_PendingOrder(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const many = 2500
		if _, err := q.rdb.Pipelined(t.Context(), func(p redis.Pipeliner) error {
			for range many {
				p.XAdd(t.Context(), &redis.XAddArgs{Stream: q.stream(), Values: []string{"e", "2"}})
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		ids := q.die(many)
		stuck := ids[len(ids)-1]
		if err := q.rdb.Do(t.Context(), "XCLAIM", q.stream(), "consumers", "dead", 0, stuck, "IDLE", 60_000).Err(); err != nil {
			t.Fatal(err)
		}
		list, err := q.inspector().Pending(t.Context(), "greeting", 1)
		if err != nil || len(list) != 1 || list[0].EntryID != stuck {
			t.Errorf("%+v (%v), want %s", list, err, stuck)
		}
		if list, err := q.inspector().Pending(t.Context(), "greeting", 2*many); err != nil || len(list) != many {
			t.Errorf("%d are listed (%v), want %d", len(list), err, many)
		}
	})
}
