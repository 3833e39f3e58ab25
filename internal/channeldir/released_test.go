package channeldir_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// TestDirectory_ReadsEarlierReleases reads, changes and fills the directory of another
// release.
func TestDirectory_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	created := time.UnixMilli(1763660000123)
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":ids":      "the ids of the public channels, by name",
			":names":    "their names, by id",
			":revision": "how often the directory changed",
			":fresh":    "the directory was filled in the last twenty minutes",
			":changed":  "when a channel last did, in milliseconds since 1970, for an hour",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
			if err := d.Fill(t.Context(), all(channeldir.Channel{ID: "C1", Name: "general"}, channeldir.Channel{ID: "C2", Name: "日本語"})); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Apply(t.Context(), channeldir.Change{ID: "C3", Name: "new"}, created); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			d := channeldir.NewDirectory(rdb, app, event.Workspace{Source: event.Slack})
			is := func(name, want string) {
				t.Helper()
				if id, err := d.ID(t.Context(), name); err != nil || id != want {
					t.Errorf("#%s is %q (%v), want %q", name, id, err, want)
				}
			}
			is("general", "C1")
			is("日本語", "C2")
			is("new", "C3")
			for _, change := range []struct {
				name  string
				after time.Duration
				want  bool
			}{{"late", -time.Second, false}, {"newer", time.Second, true}} {
				applied, err := d.Apply(t.Context(), channeldir.Change{ID: "C3", Name: change.name}, created.Add(change.after))
				if err != nil || applied != change.want {
					t.Errorf("#%s was applied: %v (%v)", change.name, applied, err)
				}
			}
			is("newer", "C3")
			if err := d.Fill(t.Context(), all(channeldir.Channel{ID: "C1", Name: "general"})); err != nil {
				t.Error(err)
			}
			is("newer", "")
			is("general", "C1")
		},
	})
}
