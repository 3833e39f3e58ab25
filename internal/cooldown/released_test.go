package cooldown_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// TestStore_ReadsEarlierReleases reads the committed cooldowns of another release, and
// commits its reservations.
func TestStore_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":memory:begun": "an answer that was begun: which event has it, for half a minute",
			":memory:done":  "one that was given, and what is known about it, for a while",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			m := cooldown.New(rdb, app)
			for _, key := range []string{"begun", "done"} {
				if _, _, _, err := m.Reserve(t.Context(), key, "Ev1"); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Commit(t.Context(), "done", "Ev1", "https://a.link", 24*time.Hour); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			m := cooldown.New(rdb, app)
			is := func(key, owner string, wantDone bool, wantNote string) {
				t.Helper()
				holder, done, note, err := m.Reserve(t.Context(), key, owner)
				if err != nil || holder != "Ev1" || done != wantDone || note != wantNote {
					t.Errorf("%s is held by %q, done %v, note %q (%v)", key, holder, done, note, err)
				}
			}
			is("done", "Ev2", true, "https://a.link")
			is("begun", "Ev2", false, "")
			is("begun", "Ev1", false, "")
			if err := m.Release(t.Context(), "begun", "Ev1"); err != nil {
				t.Error(err)
			}
			if n := rdb.Exists(t.Context(), app+":memory:begun").Val(); n != 0 {
				t.Error("what was undone is still there")
			}
		},
	})
}
