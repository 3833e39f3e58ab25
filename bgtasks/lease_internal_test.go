package bgtasks

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// mustAcquire begins a term, once the lease is free.
func mustAcquire(t *testing.T, l *lease) *term {
	t.Helper()
	var got *term
	testenv.Eventually(t, "the lease is free", func() bool {
		var err error
		if got, _, err = l.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		return got != nil
	})
	return got
}

func (t *term) token(test testing.TB) int {
	text, _, _ := strings.Cut(t.held, " ")
	n, err := strconv.Atoi(text)
	if err != nil {
		test.Fatal(err)
	}
	return n
}

// TestLease_EndedWritesNothing is what a leader meets that was paused
// between its look at the lease and its write: by the time it writes, another
// leads.
func TestLease_EndedWritesNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t) // the embedded Redis lets nothing expire by itself
	rdb, app := redistest.Dial(t, server.URL()), redistest.App()
	l := &lease{rdb: rdb, keys: keys{app}, instance: "bgtasks.1", length: 200 * time.Millisecond}

	former := mustAcquire(t, l)
	if err := (state{former, "news"}).Save(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if _, leader, err := l.acquire(t.Context()); err != nil || leader != former.held {
		t.Errorf("%q leads (%v), want %q", leader, err, former.held)
	}
	present := mustAcquire(t, l) // it waits for the first lease to end
	if present.token(t) <= former.token(t) {
		t.Errorf("token %d after %d", present.token(t), former.token(t))
	}
	if err := (state{present, "news"}).Save(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}

	if err := (state{former, "news"}).Save(t.Context(), "three"); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader saves: %v", err)
	}
	if err := former.write(t.Context(), "news", record{result: "ok"}.fields()...); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader records a run: %v", err)
	}
	if err := former.release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := former.keep(t.Context()); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader extends the lease: %v", err)
	}
	var kept string
	if ok, err := (state{present, "news"}).Load(t.Context(), &kept); err != nil || !ok || kept != "two" {
		t.Errorf("kept %q (%v, %v), want what the present leader saved", kept, ok, err)
	}

	// Nor does it write once the lease of its successor has ended, too.
	testenv.Eventually(t, "nobody leads", func() bool { return rdb.Exists(t.Context(), l.keys.lease()).Val() == 0 })
	for _, over := range []*term{former, present} {
		if err := (state{over, "news"}).Save(t.Context(), "four"); !errors.Is(err, ErrNotLeader) {
			t.Errorf("saved in a term that is over: %v", err)
		}
	}
}

// TestLease_AcquireAnswerLost repeats a call as the client does.
func TestLease_AcquireAnswerLost(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	k := keys{app}
	var got []string
	for range 2 {
		held, err := acquireScript.Run(t.Context(), rdb, []string{k.lease(), k.token()}, "bgtasks.1 abc", 10_000).Text()
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
	l := &lease{rdb: redistest.Dial(t, server.URL()), keys: keys{redistest.App()}, instance: "bgtasks.1", length: time.Second}
	kept := mustAcquire(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	server.Suspend(t)
	err := kept.keep(ctx)
	// Redis counts from when it was asked, or later.
	if took := time.Since(kept.asked); !errors.Is(err, ErrNotLeader) || took < l.stopAfter() {
		t.Errorf("gave up after %v: %v", took, err)
	}
	server.Resume(t)
}

func TestState_SavesAndLoads(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	l := &lease{rdb: rdb, keys: keys{app}, instance: "bgtasks.1", length: time.Minute}
	s := state{mustAcquire(t, l), "news"}
	var got []string
	if ok, err := s.Load(t.Context(), &got); ok || err != nil {
		t.Errorf("before anything was saved: %v (%v)", ok, err)
	}
	if err := s.Save(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Load(t.Context(), &got); !ok || err != nil || len(got) != 2 {
		t.Errorf("%q %v (%v)", got, ok, err)
	}
	rdb.HSet(t.Context(), l.keys.job("news"), fieldState, "{")
	if _, err := s.Load(t.Context(), &got); err == nil || !strings.Contains(err.Error(), "HDEL "+l.keys.job("news")+" state") {
		t.Errorf("damaged: %v, want an error that says what to do", err)
	}
}
