package receipt_test

import (
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestStore_First(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := receipt.New(redistest.Open(t, kind), redistest.App())
			is := func(says, id, want string, window time.Duration) {
				t.Helper()
				if got, err := s.First(t.Context(), says, id, window); err != nil || got != want {
					t.Errorf("first to say %q is %q, %v; want %q", says, got, err, want)
				}
			}
			is("disk", "r1", "r1", time.Minute)
			is("disk", "r2", "r1", time.Minute)
			is("memory", "r3", "r3", time.Minute)
			is("brief", "r4", "r4", 50*time.Millisecond)
			testenv.Eventually(t, "the window has ended", func() bool {
				first, err := s.First(t.Context(), "brief", "r5", time.Minute)
				return err == nil && first == "r5"
			})
		})
	}
}

func TestStore_Extend(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	s := receipt.New(rdb, app)
	if _, err := s.First(t.Context(), "disk", "r1", time.Second); err != nil {
		t.Fatal(err)
	}
	if err := s.Extend(t.Context(), "disk", time.Hour); err != nil {
		t.Fatal(err)
	}
	keys, err := rdb.Keys(t.Context(), app+":repeat:*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %q, %v", keys, err)
	}
	if ttl, err := rdb.TTL(t.Context(), keys[0]).Result(); err != nil || ttl < 59*time.Minute {
		t.Errorf("it is remembered for %v, %v", ttl, err)
	}
}
