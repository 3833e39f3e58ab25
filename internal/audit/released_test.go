package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// TestLog_ReadsEarlierReleases reads the audit of another release.
func TestLog_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":entries": "who did what: an act that ended, a login that was refused, and an act that began",
			":refused": "the ids of the refused logins",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			l := audit.New(rdb, app)
			if err := l.Do(t.Context(), replay, func(context.Context) (int64, error) { return 3, nil }); err != nil {
				t.Fatal(err)
			}
			for _, e := range []audit.Entry{
				{Who: "-", From: "192.0.2.1", Via: audit.Page, Action: audit.LoginRefused, Outcome: "wrong token"},
				{Who: "bob", From: "192.0.2.2", Via: audit.Page, Action: audit.Drop, On: "send 1-1", Outcome: audit.Begun},
			} {
				if err := l.Record(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			l := audit.New(rdb, app)
			entries, err := l.List(t.Context(), "", 10)
			if err != nil || len(entries) != 3 {
				t.Fatalf("%+v (%v)", entries, err)
			}
			for i := range entries {
				if entries[i].At.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
					t.Errorf("the time of %+v", entries[i])
				}
				entries[i].ID, entries[i].At = "", time.Time{}
			}
			ended := replay
			ended.Count, ended.Outcome = 3, "done"
			for i, want := range []audit.Entry{
				{Who: "bob", From: "192.0.2.2", Via: "page", Action: "drop", On: "send 1-1", Outcome: "begun"},
				{Who: "-", From: "192.0.2.1", Via: "page", Action: "login refused", Outcome: "wrong token"},
				ended,
			} {
				if entries[i] != want {
					t.Errorf("%+v, want %+v", entries[i], want)
				}
			}
			if n := rdb.LLen(t.Context(), app+":{audit}:refused").Val(); n != 1 {
				t.Errorf("%d refused logins are counted", n)
			}
		},
	})
}
