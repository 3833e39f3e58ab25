package presence_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// tally runs a Tally until stop is called.
func tally(t *testing.T, rdb redis.UniversalClient, app string, counts func() []presence.Unanswered) (stop func()) {
	t.Helper()
	return runs(t, presence.NewTally(rdb, app, counts, zerolog.Nop()).Run)
}

// runs runs something until stop is called, or the test ends, and waits for its end.
func runs(t *testing.T, run func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	stop = func() { cancel(); testenv.Next(t, done) }
	t.Cleanup(stop)
	return stop
}

// TestTally_AddsUpProcesses has a gateway and two consumers count, one after the other
// as the old and the new process of a deploy.
func TestTally_AddsUpProcesses(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			reader := presence.NewReader(rdb, app)
			shows := func(want ...presence.Unanswered) {
				t.Helper()
				var list []presence.Unanswered
				testenv.Eventually(t, fmt.Sprint("operators see ", want), func() bool {
					var err error
					if list, err = reader.Unanswered(t.Context()); err != nil {
						t.Fatal(err)
					}
					return slices.Equal(list, want)
				})
			}
			shows()
			var old atomic.Int64
			count := func() []presence.Unanswered { return []presence.Unanswered{{Type: "message", TooOld: old.Load()}} }
			stop := tally(t, rdb, app, count)
			old.Store(5)
			stop() // writes the rest
			shows(presence.Unanswered{Type: "message", TooOld: 5})
			old.Store(2)
			tally(t, rdb, app, count)
			stopGateway := tally(t, rdb, app, func() []presence.Unanswered {
				return []presence.Unanswered{{Type: "join"}, {Type: "message", Refused: 3}}
			})
			shows(presence.Unanswered{Type: "message", TooOld: 7, Refused: 3})
			old.Store(4)
			shows(presence.Unanswered{Type: "message", TooOld: 9, Refused: 3})
			stopGateway() // has nothing new
			shows(presence.Unanswered{Type: "message", TooOld: 9, Refused: 3})
		})
	}
}

// TestTally_KeepsADay has counts of other hours in Redis.
func TestTally_KeepsADay(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	this := time.Now().Unix() / 3600
	key := func(hour int64) string { return fmt.Sprintf("%s:{vitals}:unanswered:%d", app, hour) }
	for ago, n := range map[int64]int{1: 10, 22: 100, 25: 1000} {
		if err := rdb.HSet(t.Context(), key(this-ago), "message/too_old", n, "of another release", "?").Err(); err != nil {
			t.Fatal(err)
		}
	}
	tally(t, rdb, app, func() []presence.Unanswered { return []presence.Unanswered{{Type: "message", TooOld: 1}} })()
	list, err := presence.NewReader(rdb, app).Unanswered(t.Context())
	if want := []presence.Unanswered{{Type: "message", TooOld: 111}}; err != nil || !slices.Equal(list, want) {
		t.Errorf("%+v (%v), want %+v", list, err, want)
	}
	for _, hour := range []int64{this, this + 1} { // one may have ended meanwhile
		if ttl := rdb.TTL(t.Context(), key(hour)).Val(); ttl > 25*time.Hour || ttl == -1 {
			t.Errorf("an hour's counts are kept for %v", ttl)
		}
	}
}

// TestTally_WaitsForRedis counts while Redis is full, and writes the counts once it is not.
func TestTally_WaitsForRedis(t *testing.T) {
	t.Parallel()
	rdb := redistest.Dial(t, redistest.Start(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL())
	var asked atomic.Int64
	tally(t, rdb, "a", func() []presence.Unanswered {
		asked.Add(1)
		return []presence.Unanswered{{Type: "message", Refused: 3}}
	})
	testenv.Eventually(t, "it tried", func() bool { return asked.Load() > 1 })
	reader := presence.NewReader(rdb, "a")
	if list, err := reader.Unanswered(t.Context()); err != nil || len(list) > 0 {
		t.Fatalf("%+v (%v)", list, err)
	}
	if err := rdb.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "it is written", func() bool {
		list, err := reader.Unanswered(t.Context())
		return err == nil && slices.Equal(list, []presence.Unanswered{{Type: "message", Refused: 3}})
	})
}
