package workqueue_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestInspector_TrimDead(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publishTo(2, 0, 10) // so that there are two shards
		for _, shard := range []string{"greeting.0", "greeting.1"} {
			for _, age := range []time.Duration{48 * time.Hour, 25 * time.Hour, 23 * time.Hour} {
				id := fmt.Sprintf("%d-0", time.Now().Add(-age).UnixMilli())
				dead := q.app + ":{" + shard + "}:dead"
				if err := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: dead, ID: id, Values: []any{"e", ""}}).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		n, err := q.inspector().TrimDead(t.Context(), "greeting", 24*time.Hour)
		if left := q.stats().Dead; err != nil || n != 4 || left != 2 {
			t.Errorf("%d trimmed, %d left (%v), want 4 and 2", n, left, err)
		}
		if n, err := q.inspector().TrimDead(t.Context(), "greeting", math.MaxInt64); err != nil || n != 0 {
			t.Errorf("of centuries: %d (%v)", n, err)
		}
		if n, err := q.inspector().TrimDead(t.Context(), "never_seen", time.Hour); err != nil || n != 0 {
			t.Errorf("a type without dead letters: %d (%v)", n, err)
		}
	})
}

func TestInspector_RemoveIdleConsumers(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		q.die(1) // and holds an entry
		if err := q.rdb.XGroupCreateConsumer(t.Context(), q.stream(), "consumers", "holds nothing").Err(); err != nil {
			t.Fatal(err)
		}
		i := q.inspector()
		if names, err := i.RemoveIdleConsumers(t.Context(), "greeting", time.Hour); err != nil || len(names) > 0 {
			t.Errorf("removed %q (%v), which were heard of within the hour", names, err)
		}
		testenv.Eventually(t, "the one that holds nothing is removed", func() bool {
			names, err := i.RemoveIdleConsumers(t.Context(), "greeting", time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			return slices.Equal(names, []string{"holds nothing"})
		})
		if s := q.stats(); s.Consumers != 1 || s.Pending != 1 {
			t.Errorf("%+v, want the one that holds an entry", s)
		}
		if names, err := i.RemoveIdleConsumers(t.Context(), "never_seen", time.Hour); err != nil || len(names) > 0 {
			t.Errorf("a type without a stream: %q (%v)", names, err)
		}
	}, exception{redistest.Embedded, "it does not tell since when a consumer is idle"})
}
