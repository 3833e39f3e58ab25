package vitals_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/internal/vitals"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestReader_ReadsEarlierReleases has a gateway read what the consumers of another release
// tell, as it does during a deploy.
func TestReader_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":names":       "the consumers, by when they last wrote, in milliseconds since 1970",
			":of:":         "what a consumer tells of itself, for 15 seconds",
			":failures":    "what consumers failed with, the latest first",
			":unanswered:": "how many events of an hour, counted since 1970, were not answered, by type and reason; for 25 hours",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			counts := workqueue.HandleCounts{Type: "message_public", Received: 9, Reclaimed: 1, Acked: 7, Retried: 1, Dead: 1, LeaseLost: 2}
			counts.Wait.Counts[3], counts.Wait.Sum = 9, 72*time.Millisecond
			r := vitals.NewReporter(rdb, app, zerolog.Nop())
			d := &workqueue.Delivery{Event: workqueue.Event{Type: "message_public", ID: "Ev1", RequestID: "r1"}, Attempt: 2}
			r.Done(d, errors.New("näh"))
			tell(t, r, "consumer.1-abc", counts)
			tally(t, rdb, app, func() []vitals.Unanswered {
				return []vitals.Unanswered{{Type: "message_public", Refused: 3, TooOld: 2}}
			})()
			testenv.Eventually(t, "it was told", func() bool { return rdb.Exists(t.Context(), app+":{vitals}:of:consumer.1-abc").Val() == 1 })
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			r := vitals.NewReader(rdb, app)
			list, err := r.Consumers(t.Context())
			if err != nil || len(list) != 1 || list[0].Name != "consumer.1-abc" || list[0].At.IsZero() || list[0].Started.IsZero() || len(list[0].Counts) != 1 {
				t.Fatalf("%+v (%v)", list, err)
			}
			if c := list[0].Counts[0]; c.Type != "message_public" || c.Received != 9 || c.Reclaimed != 1 || c.Acked != 7 || c.Retried != 1 || c.Dead != 1 ||
				c.LeaseLost != 2 || c.Wait.Counts[3] != 9 || c.Wait.Sum != 72*time.Millisecond {
				t.Errorf("%+v", c)
			}
			failures, err := r.Failures(t.Context(), 10)
			if err != nil || len(failures) != 1 {
				t.Fatalf("%+v (%v)", failures, err)
			}
			if f := failures[0]; f.At.IsZero() || f.Consumer != "consumer.1-abc" || f.Type != "message_public" || f.EventID != "Ev1" || f.RequestID != "r1" ||
				f.Attempt != 2 || f.Error != "näh" {
				t.Errorf("%+v", f)
			}
		},
	})
}
