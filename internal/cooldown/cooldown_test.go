package cooldown_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// onBoth runs a test on the tests' Redis and on the embedded one.
func onBoth(t *testing.T, test func(t *testing.T, rdb redis.UniversalClient, app string)) {
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		rdb, app := redistest.New(t)
		test(t, rdb, app)
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, redistest.Dial(t, "redis://"+miniredis.RunT(t).Addr()), redistest.App())
	})
}

func begin(t *testing.T, m *cooldown.Store, owner, wantHolder string, wantDone bool, wantNote string) {
	t.Helper()
	holder, done, note, err := m.Reserve(t.Context(), "key", owner)
	if err != nil || holder != wantHolder || done != wantDone || note != wantNote {
		t.Errorf("%s begins: held by %q, done %v, note %q (%v); want %q, %v, %q", owner, holder, done, note, err, wantHolder, wantDone, wantNote)
	}
}

func TestStore_ReserveAndRelease(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb redis.UniversalClient, app string) {
		m := cooldown.New(rdb, app)
		begin(t, m, "a", "a", false, "")
		begin(t, m, "b", "a", false, "")
		begin(t, m, "a", "a", false, "") // handled again
		for _, owner := range []string{"b", "a"} {
			if err := m.Release(t.Context(), "key", owner); err != nil {
				t.Fatal(err)
			}
		}
		begin(t, m, "b", "b", false, "")
	})
}

func TestStore_Commit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb redis.UniversalClient, app string) {
		m := cooldown.New(rdb, app)
		begin(t, m, "a", "a", false, "")
		if err := m.Commit(t.Context(), "key", "a", "here", time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := m.Release(t.Context(), "key", "a"); err != nil {
			t.Fatal(err)
		}
		begin(t, m, "b", "a", true, "here")
		begin(t, m, "a", "a", true, "here")
		other := cooldown.New(rdb, app+"-other")
		begin(t, other, "b", "b", false, "")
	})
}

func TestStore_Expires(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb redis.UniversalClient, app string) {
		m := cooldown.New(rdb, app)
		left := func() time.Duration { return rdb.PTTL(t.Context(), app+":memory:key").Val() }
		begin(t, m, "a", "a", false, "")
		if d := left(); d <= 0 || d > cooldown.ReservationTTL {
			t.Errorf("begun: forgotten in %v", d)
		}
		if err := m.Commit(t.Context(), "key", "a", "", time.Hour); err != nil {
			t.Fatal(err)
		}
		if d := left(); d <= cooldown.ReservationTTL || d > time.Hour {
			t.Errorf("done: forgotten in %v", d)
		}
	})
}

func TestStore_OneOfManyReserves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, rdb redis.UniversalClient, app string) {
		m := cooldown.New(rdb, app)
		var may atomic.Int32
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				owner := string(rune('a' + i))
				holder, _, _, err := m.Reserve(t.Context(), "key", owner)
				if err != nil {
					t.Error(err)
				}
				if holder == owner {
					may.Add(1)
				}
			})
		}
		testenv.Wait(t, &wg)
		if n := may.Load(); n != 1 {
			t.Errorf("%d may", n)
		}
	})
}

func TestStore_Errors(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	m := cooldown.New(rdb, app)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, _, begin := m.Reserve(ctx, "key", "a")
	for what, err := range map[string]error{
		"reserve a cooldown": begin,
		"commit a cooldown":  m.Commit(ctx, "key", "a", "", time.Second),
		"release a cooldown": m.Release(ctx, "key", "a"),
	} {
		if err == nil || err.Error()[:len(what)] != what {
			t.Errorf("%v, want %s: …", err, what)
		}
	}
}
