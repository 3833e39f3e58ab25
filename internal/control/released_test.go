package control_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// TestStore_ReadsEarlierReleases reads the controls that another release has set: they
// survive a deploy.
func TestStore_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	all := []control.Control{
		{Kind: control.Platform, Name: "mattermost", By: "ada"},
		{Kind: control.EventType, Name: "team_join", By: "ada", Why: "a flood of joins"},
		{Kind: control.Handler, Name: "define", By: "bob", Why: "wrong terms"},
		{Kind: control.Channel, Name: "C1", Label: "general", By: "bob"},
		{Kind: control.Person, Name: "U1", Label: "grace", By: "bob", Why: "spam"},
	}
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":set":     "the controls, each with its time in ms",
			":version": "their version, by which processes notice a change",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			for _, c := range all {
				set(t, control.New(rdb, app), c)
			}
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			s := control.New(rdb, app)
			list, err := s.List(t.Context())
			if err != nil || len(list) != len(all) {
				t.Fatalf("read %q (%v)", names(list), err)
			}
			for i, c := range list {
				want := all[i]
				want.At = c.At
				if c != want || c.At.Year() < 2026 {
					t.Errorf("read %+v, want %+v", c, want)
				}
			}
			if _, isNew := set(t, s, all[2]); isNew {
				t.Error("replaced one as new")
			}
			if _, err := s.Clear(t.Context(), control.Channel, "C1"); err != nil {
				t.Error(err)
			}
		},
	})
}
