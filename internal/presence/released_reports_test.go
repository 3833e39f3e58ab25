package presence_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestReader_ReadsEarlierReleases has a gateway read the reports of another release's
// consumers, as it does during a deploy.
func TestReader_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		Name: "reports",
		About: map[string]string{
			":names":       "the consumers by the time of their last report, in ms since 1970",
			":of:":         "a consumer's report, for 15 seconds",
			":failures":    "the latest failures, the latest first",
			":unanswered:": "the unanswered events of an hour, numbered from 1970, by type and reason; for 25 hours",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			counts := workqueue.HandleCounts{Type: "message_public", Received: 9, Reclaimed: 1, Acked: 7, Retried: 1, Dead: 1, LeaseLost: 2}
			counts.Wait.Counts[3], counts.Wait.Sum = 9, 72*time.Millisecond
			r := presence.NewReporter(rdb, app, "consumer.1-abc", zerolog.Nop())
			d := &workqueue.Delivery{Event: workqueue.Event{Type: "message_public", ID: "Ev1", RequestID: "r1"}, Attempt: 2}
			r.OnFinish(d, errors.New("näh"))
			report(t, r, counts)
			tally(t, rdb, app, func() []presence.Unanswered {
				return []presence.Unanswered{{Type: "message_public", Refused: 3, TooOld: 2}}
			})()
			testenv.Eventually(t, "the report is in Redis", func() bool { return rdb.Exists(t.Context(), app+":{vitals}:of:consumer.1-abc").Val() == 1 })
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			r := presence.NewReader(rdb, app)
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
