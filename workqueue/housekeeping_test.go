package workqueue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/redistest"
	"github.com/gobridge/gopherbot/internal/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestOldDeadLettersAreTrimmed(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	inspector, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		t.Fatal(err)
	}
	dead := app + ":{note.0}:dead"
	for _, age := range []time.Duration{48 * time.Hour, 25 * time.Hour, 23 * time.Hour} {
		id := fmt.Sprintf("%d-0", time.Now().Add(-age).UnixMilli())
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: dead, ID: id, Values: []any{"e", ""}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	n, err := inspector.TrimDead(t.Context(), "note", 24*time.Hour)
	if left := rdb.XLen(t.Context(), dead).Val(); err != nil || n != 2 || left != 1 {
		t.Errorf("%d trimmed, %d left (%v), want 2 and 1", n, left, err)
	}
	if n, err := inspector.TrimDead(t.Context(), "never_seen", time.Hour); err != nil || n != 0 {
		t.Errorf("a type without dead letters: %d (%v)", n, err)
	}
}

func TestNamesOfConsumersThatAreGoneAreSwept(t *testing.T) {
	t.Parallel()
	// The embedded Redis does not tell how long a consumer was idle.
	rdb, app := redistest.Dial(t, redistest.Start(t).URL()), redistest.App()
	inspector, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		t.Fatal(err)
	}
	stream := app + ":{note.0}:stream"
	if err := rdb.XGroupCreateMkStream(t.Context(), stream, "consumers", "0").Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"idle", "busy"} {
		if err := rdb.XGroupCreateConsumer(t.Context(), stream, "consumers", name).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: []any{"e", ""}}).Err(); err != nil {
		t.Fatal(err)
	}
	if err := rdb.XReadGroup(t.Context(), &redis.XReadGroupArgs{Group: "consumers", Consumer: "busy", Streams: []string{stream, ">"}}).Err(); err != nil {
		t.Fatal(err)
	}
	if names, err := inspector.Sweep(t.Context(), "note", time.Hour); err != nil || len(names) > 0 {
		t.Errorf("swept %q (%v), though all were heard of within the hour", names, err)
	}
	var swept []string
	testenv.Eventually(t, "a name is swept", func() bool {
		names, err := inspector.Sweep(t.Context(), "note", time.Millisecond)
		swept = append(swept, names...)
		return err != nil || len(swept) > 0
	})
	if !slices.Equal(swept, []string{"idle"}) {
		t.Errorf("swept %q, want the idle one, and not the one with work pending", swept)
	}
	if names, err := inspector.Sweep(t.Context(), "never_seen", time.Hour); err != nil || len(names) > 0 {
		t.Errorf("a type without a stream: %q (%v)", names, err)
	}
}
