package presence_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
)

// TestMember_ReadsEarlierReleases has a process start beside one of another release, as it
// does during a deploy.
func TestMember_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	const forEver = 50 * 365 * 24 * time.Hour // a sample is read years later
	member := func(rdb redis.UniversalClient, app, environment string, ttl time.Duration) *presence.Member {
		m := presence.NewMember(rdb, presence.Options{App: app, TTL: ttl, Log: zerolog.Nop(), Instance: presence.Instance{
			Role: "consumer", Name: "worker.1", Environment: environment, Team: "T1", Commit: "abc", Started: time.Now(),
		}})
		m.Count(func() map[string]int64 { return map[string]int64{"acked": 7} })
		return m
	}
	redistest.Released(t, redistest.Stored{
		Name: "instances",
		About: map[string]string{
			":instances": "the processes: when the registration expires, when it began, team, environment and a description",
			":clock":     "the latest heartbeat of any process, and the time at which one found that Redis had gone back to an earlier state",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			if err := member(rdb, app, "production", forEver).Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			s, err := presence.Read(t.Context(), rdb, app)
			if err != nil || len(s.Instances) != 1 || !s.Rewound.IsZero() {
				t.Fatalf("%+v (%v)", s, err)
			}
			if i := s.Instances[0]; i.Role != "consumer" || i.Name != "worker.1" || i.Environment != "production" || i.Team != "T1" || i.Commit != "abc" ||
				i.Started.IsZero() || i.ID == "" || i.Counts["acked"] != 7 {
				t.Errorf("%+v", i)
			}
			err = member(rdb, app, "staging", time.Minute).Beat(t.Context())
			if conflict, ok := errors.AsType[*presence.ConflictError](err); !ok || conflict.Other.Environment != "production" {
				t.Errorf("another environment beside it: %v", err)
			}
			if err := member(rdb, app, "production", time.Minute).Beat(t.Context()); err != nil {
				t.Errorf("the same environment beside it: %v", err)
			}
		},
	})
}
