package bgtasks

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/leader"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

func TestState_SavesAndLoads(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	k := keys{app}
	lease := leader.NewLease(rdb, leader.Options{Key: k.lease(), TokenKey: k.token(), Instance: "bgtasks.1", Length: time.Minute})
	leads, _, err := lease.Acquire(t.Context())
	if err != nil || leads == nil {
		t.Fatalf("%v (%v)", leads, err)
	}
	s := state{&term{leads, rdb, k}, "news"}
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
	rdb.HSet(t.Context(), k.job("news"), fieldState, "{")
	if _, err := s.Load(t.Context(), &got); err == nil || !strings.Contains(err.Error(), "HDEL "+k.job("news")+" state") {
		t.Errorf("damaged: %v, want an error that says what to do", err)
	}
}

// TestState_TermOver saves nothing and records no run once the lease is another's.
func TestState_TermOver(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	k := keys{app}
	lease := leader.NewLease(rdb, leader.Options{Key: k.lease(), TokenKey: k.token(), Instance: "bgtasks.1", Length: time.Minute})
	former, _, err := lease.Acquire(t.Context())
	if err != nil || former == nil {
		t.Fatalf("%v (%v)", former, err)
	}
	if err := former.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	over := &term{former, rdb, k}
	if err := (state{over, "news"}).Save(t.Context(), "three"); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader saves: %v", err)
	}
	if err := over.write(t.Context(), "news", record{result: "ok"}.fields()...); !errors.Is(err, ErrNotLeader) {
		t.Errorf("the former leader records a run: %v", err)
	}
	if n, err := rdb.Exists(t.Context(), k.job("news")).Result(); err != nil || n != 0 {
		t.Errorf("%d records (%v)", n, err)
	}
}
