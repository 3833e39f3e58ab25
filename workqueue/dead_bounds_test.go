package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func (q queue) deadKey() string { return q.app + ":{greeting.0}:dead" }

// deadBytes returns how many bytes of dead letters there are, and how many of
// them Redis has counted.
func (q queue) deadBytes() (are, counted int64) {
	q.Helper()
	letters, err := q.rdb.Do(q.Context(), "XRANGE", q.deadKey(), "-", "+").Slice()
	if err != nil {
		q.Fatal(err)
	}
	for _, letter := range letters {
		for _, text := range letter.([]any)[1].([]any) {
			are += int64(len(text.(string)))
		}
	}
	return are, q.stats().DeadBytes
}

// reject has n events with a payload of so many bytes become dead letters, and
// returns what was logged and counted meanwhile.
func (q queue) reject(n, size int, opts workqueue.ConsumerOptions) (log string, counts workqueue.HandleCounts) {
	q.Helper()
	p := q.publisher(workqueue.PublisherOptions{MaxBacklog: max(n, 1)})
	for i := range n {
		q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i), Payload: []byte(strings.Repeat("x", size))})
	}
	lines := &testenv.Log{}
	opts.Log = zerolog.New(lines)
	c := q.newConsumer(opts)
	c.Handle("greeting", func(context.Context, *workqueue.Delivery) error { return workqueue.Reject(errors.New("never")) })
	stop := q.run(c)
	testenv.Eventually(q, "all are dead letters", func() bool { return c.Counts()[0].Dead == int64(n) })
	if err := stop(); err != nil {
		q.Fatal(err)
	}
	return lines.String(), c.Counts()[0]
}

func TestDeadLetters_AreBoundedByBytes(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		const n, bound = 200, 64 << 10
		log, counts := q.reject(n, 1024, workqueue.ConsumerOptions{DeadLetterMaxBytes: bound})
		are, counted := q.deadBytes()
		stats := q.stats()
		letters, err := q.inspector().ListDeadLetters(t.Context(), "greeting", "", n)
		if err != nil {
			t.Fatal(err)
		}
		one := are / stats.Dead
		if are != counted || are > bound || are < bound-2*one {
			t.Errorf("%d dead letters have %d bytes, counted %d; want up to %d", stats.Dead, are, counted, bound)
		}
		if dropped := int64(n) - stats.Dead; dropped != stats.DeadDropped || dropped != counts.DeadDropped || dropped < n/2 {
			t.Errorf("dropped %d, counted %d and %d", dropped, stats.DeadDropped, counts.DeadDropped)
		}
		if stats.DeadTotal != n {
			t.Errorf("%d events became dead letters, counted %d", n, stats.DeadTotal)
		}
		if !strings.Contains(log, `"level":"warn"`) || !strings.Contains(log, "dropped the oldest dead letters") || strings.Contains(log, "xxx") {
			t.Errorf("logged\n%.2000s", log)
		}
		if newest := letters[len(letters)-1].DeadAt; len(letters) != int(stats.Dead) || letters[0].DeadAt.After(newest) {
			t.Errorf("%d are listed, from %v to %v", len(letters), letters[0].DeadAt, newest)
		}
	})
}

// TestDeadLetters_TheLastIsKept though it is over the bound by itself.
func TestDeadLetters_TheLastIsKept(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.reject(3, 100<<10, workqueue.ConsumerOptions{DeadLetterMaxBytes: 64 << 10})
		if s := q.stats(); s.Dead != 1 || s.DeadDropped != 2 {
			t.Errorf("%d are kept and %d dropped", s.Dead, s.DeadDropped)
		}
	})
}

// TestDeadLetters_AreCountedWhoeverChangesThem: an operator, housekeeping, an
// earlier release, which does not count, and a person. The next counts them anew
// if need be.
func TestDeadLetters_AreCountedWhoeverChangesThem(t *testing.T) {
	at := func(q queue, i int) string { return q.dead(5)[i].ID }
	old := func(q queue) {
		q.do("XADD", q.deadKey(), "MAXLEN", 5, "*", "e", string(workqueue.Encode(workqueue.Event{ID: "old"})), "reason", "rejected")
	}
	for _, test := range []struct {
		name   string
		change func(q queue)
		// counts is set when the change itself is counted.
		counts bool
		left   int64
	}{
		{"dropped by an operator", func(q queue) { q.must(q.inspector().Drop(q.Context(), "greeting", at(q, 1))) }, true, 4},
		{"the last is dropped by an operator", func(q queue) { q.must(q.inspector().Drop(q.Context(), "greeting", at(q, 4))) }, true, 4},
		{"replayed by an operator", func(q queue) {
			q.must(q.inspector().Replay(q.Context(), "greeting", at(q, 2)))
			q.do("DEL", q.stream())
		}, true, 4},
		{"trimmed by housekeeping", func(q queue) {
			n, err := q.inspector().TrimDead(q.Context(), "greeting", -time.Hour)
			if err != nil || n != 5 {
				q.Errorf("trimmed %d: %v", n, err)
			}
		}, true, 0},
		{"added and trimmed by an earlier release", old, false, 5},
		{"trimmed by a person", func(q queue) { q.do("XTRIM", q.deadKey(), "MAXLEN", 2) }, false, 2},
		{"removed by a person, and one more by an earlier release", func(q queue) {
			q.do("XDEL", q.deadKey(), at(q, 1))
			old(q)
		}, false, 5},
		{"all removed by a person", func(q queue) { q.do("DEL", q.deadKey()) }, false, 0},
		{"the count is lost", func(q queue) { q.do("DEL", q.app+":{greeting.0}:dead-size") }, false, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				q.reject(5, 1000, workqueue.ConsumerOptions{})
				test.change(q)
				if are, counted := q.deadBytes(); test.counts && are != counted || q.stats().Dead != test.left {
					t.Errorf("%d dead letters of %d bytes, counted %d; want %d", q.stats().Dead, are, counted, test.left)
				}
				q.reject(1, 500, workqueue.ConsumerOptions{})
				if are, counted := q.deadBytes(); are != counted || q.stats().Dead != test.left+1 {
					t.Errorf("after one more: %d dead letters of %d bytes, counted %d; want %d", q.stats().Dead, are, counted, test.left+1)
				}
			})
		})
	}
}

func (q queue) must(err error) {
	q.Helper()
	if err != nil {
		q.Fatal(err)
	}
}

// TestDeadLetters_LeaveRoomInASmallRedis: those of a type have a sixteenth of
// maxmemory at most.
func TestDeadLetters_LeaveRoomInASmallRedis(t *testing.T) {
	t.Parallel()
	const memory = 32 << 20
	q, _ := startQueue(t, "--maxmemory", strconv.Itoa(memory))
	q.reject(500, 8<<10, workqueue.ConsumerOptions{})
	if are, counted := q.deadBytes(); are != counted || are > memory/16 || are < memory/16-2*(9<<10) {
		t.Errorf("%d bytes are kept, counted %d; want up to %d", are, counted, memory/16)
	}
}

// TestDeadLetters_TenThousandAreKept and listed page by page.
func TestDeadLetters_TenThousandAreKept(t *testing.T) {
	t.Parallel()
	const n, page = 10_000, 100
	q := queue{t, redistest.Open(t, redistest.Single), redistest.App()}
	q.reject(n, 1000, workqueue.ConsumerOptions{})
	seen := map[string]bool{}
	for after := ""; ; {
		list, err := q.inspector().ListDeadLetters(t.Context(), "greeting", after, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			seen[d.Event.ID] = true
		}
		if len(list) < page {
			break
		}
		after = list[page-1].ID
	}
	if s := q.stats(); len(seen) != n || s.Dead != n || s.DeadDropped != 0 {
		t.Errorf("%d were listed of %d, dropped %d; want %d", len(seen), s.Dead, s.DeadDropped, n)
	}
	are, counted := q.deadBytes()
	t.Logf("%d bytes, %d for each", are, are/n)
	if are != counted {
		t.Errorf("%d bytes, counted %d", are, counted)
	}
	if err := q.rdb.(*redis.Client).Del(t.Context(), q.deadKey()).Err(); err != nil {
		t.Error(err)
	}
}
