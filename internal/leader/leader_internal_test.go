package leader

import (
	"context"
	"errors"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// testLease returns the lease of a deployment.
func testLease(rdb redis.UniversalClient, app string, length time.Duration) *Lease {
	return NewLease(rdb, Options{Key: app + ":{bgtasks}:lease", TokenKey: app + ":{bgtasks}:token", Instance: "bgtasks.1", Length: length})
}

// mustAcquire begins a term, once the lease is free.
func mustAcquire(t *testing.T, l *Lease) *Term {
	t.Helper()
	var got *Term
	testenv.Eventually(t, "the lease is free", func() bool {
		var err error
		if got, _, err = l.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		return got != nil
	})
	return got
}

func (t *Term) token(test testing.TB) int {
	text, _, _ := strings.Cut(t.held, " ")
	n, err := strconv.Atoi(text)
	if err != nil {
		test.Fatal(err)
	}
	return n
}

// TestLease_EndedWritesNothing pauses a leader between its check of the lease and its
// write. When it writes, another process leads.
func TestLease_EndedWritesNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t) // the embedded Redis lets nothing expire by itself
	rdb, app := redistest.Dial(t, server.URL()), redistest.App()
	l := testLease(rdb, app, 200*time.Millisecond)

	news := app + ":{bgtasks}:job:news"
	former := mustAcquire(t, l)
	if err := former.Write(t.Context(), news, "state", "one"); err != nil {
		t.Fatal(err)
	}
	if _, leader, err := l.Acquire(t.Context()); err != nil || leader != former.held {
		t.Errorf("%q leads (%v), want %q", leader, err, former.held)
	}
	present := mustAcquire(t, l) // it waits for the first lease to end
	if present.token(t) <= former.token(t) {
		t.Errorf("token %d after %d", present.token(t), former.token(t))
	}
	if err := present.Write(t.Context(), news, "state", "two"); err != nil {
		t.Fatal(err)
	}

	if err := former.Write(t.Context(), news, "state", "three"); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader writes: %v", err)
	}
	if err := former.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := former.Keep(t.Context()); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader extends the lease: %v", err)
	}
	if kept, err := rdb.HGet(t.Context(), news, "state").Result(); err != nil || kept != "two" {
		t.Errorf("kept %q (%v), want what the present leader wrote", kept, err)
	}

	// Nor does it write once the lease of its successor has ended, too.
	testenv.Eventually(t, "nobody leads", func() bool { return rdb.Exists(t.Context(), l.opts.Key).Val() == 0 })
	for _, over := range []*Term{former, present} {
		if err := over.Write(t.Context(), news, "state", "four"); !errors.Is(err, ErrNotLeader) {
			t.Errorf("written in a term that is over: %v", err)
		}
	}
}

// TestLease_AcquireAnswerLost repeats a call as the client does.
func TestLease_AcquireAnswerLost(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := testLease(rdb, app, 10*time.Second)
	var got []string
	for range 2 {
		held, err := acquireScript.Run(t.Context(), rdb, []string{l.opts.Key, l.opts.TokenKey}, "bgtasks.1 abc", 10_000).Text()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, held)
	}
	if got[0] != "1 bgtasks.1 abc" || got[1] != got[0] {
		t.Errorf("%q", got)
	}
}

// TestLease_StopsBeforeItEnds takes Redis away from a leader, silently.
func TestLease_StopsBeforeItEnds(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	l := testLease(redistest.Dial(t, server.URL()), redistest.App(), time.Second)
	kept := mustAcquire(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
	defer cancel()
	server.Suspend(t)
	err := kept.Keep(ctx)
	// Redis counts from when it was asked, or later.
	if took := time.Since(kept.asked); !errors.Is(err, ErrNotLeader) || took < l.stopAfter() {
		t.Errorf("gave up after %v: %v", took, err)
	}
	server.Resume(t)
}

func TestInstanceOf(t *testing.T) {
	t.Parallel()
	for held, want := range map[string]string{"2 bgtasks.1 abc": "bgtasks.1", "2 a process abc": "a process", "2 abc": "", "": ""} {
		if got := InstanceOf(held); got != want {
			t.Errorf("%q: %q, want %q", held, got, want)
		}
	}
}

// TestTerm_Advance raises numbers, in terms that last and in one that has ended.
func TestTerm_Advance(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t) // the embedded Redis lets nothing expire by itself
	rdb, app := redistest.Dial(t, server.URL()), redistest.App()
	l := testLease(rdb, app, 200*time.Millisecond)
	key := app + ":{bgtasks}:cursors"
	former := mustAcquire(t, l)
	for _, to := range []map[string]int64{nil, {"a": 7, "b": 9}, {"a": 10, "b": 8}, {"b": 9, "c": 1 << 52}, {"c": 1<<52 - 1}} {
		if err := former.Advance(t.Context(), key, to); err != nil {
			t.Fatal(err)
		}
	}
	present := mustAcquire(t, l) // it waits for the first lease to end
	if err := former.Advance(t.Context(), key, map[string]int64{"a": 100}); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader advances: %v", err)
	}
	if err := present.Advance(t.Context(), key, map[string]int64{"b": 11}); err != nil {
		t.Error(err)
	}
	want := map[string]string{"a": "10", "b": "11", "c": "4503599627370496"}
	if got := rdb.HGetAll(t.Context(), key).Val(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
