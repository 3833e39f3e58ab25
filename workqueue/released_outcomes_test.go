package workqueue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestOutcomes_ReadsEarlierReleases reads the outcomes that consumers of another release have
// recorded: both run during a deploy.
func TestOutcomes_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		Name:  "outcomes",
		About: map[string]string{":outcomes": "how deliveries ended, with the handlers that ran"},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			q := queue{t, rdb, app}
			says := map[string]error{
				"handled": nil, "discarded": workqueue.Discard("not for us"), "postponed": workqueue.Postpone(time.Hour, errors.New("later")),
				"retried": workqueue.RetryAfter(time.Hour, errors.New("away")), "dead": workqueue.Reject(errors.New("wrong")),
			}
			stop := q.consumer(workqueue.ConsumerOptions{Outcomes: 1000, Name: "worker"}, func(_ context.Context, d *workqueue.Delivery) error {
				d.Note("command flip")
				return says[d.ID]
			})
			p, r := q.publisher(workqueue.PublisherOptions{}), q.inspector().Outcomes(false, "greeting")
			for id := range says {
				q.publish(p, named("greeting", id))
			}
			var list []workqueue.OutcomeRecord
			testenv.Eventually(t, "all are recorded", func() bool {
				more, err := r.Next(t.Context())
				q.must(err)
				list = append(list, more...)
				return len(list) == len(says)
			})
			q.must(stop())
			for _, key := range q.keys("*") {
				if key != q.app+":{greeting.0}:outcomes" {
					q.must(rdb.Del(t.Context(), key).Err())
				}
			}
			return stored(list)
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, want func(any)) {
			q := queue{t, rdb, app}
			list, err := q.inspector().Outcomes(false, "greeting").Next(t.Context())
			q.must(err)
			var expected []storedOutcome
			want(&expected)
			if got := stored(list); len(got) < 5 || !slices.Equal(got, expected) {
				t.Errorf("read %+v, want %+v", got, expected)
			}
		},
	})
}

// storedOutcome is an outcome with the fields that its JSON leaves to its key and its id.
type storedOutcome struct {
	AtMS int64
	Of   string
	workqueue.OutcomeRecord
}

func stored(list []workqueue.OutcomeRecord) (all []storedOutcome) {
	for _, o := range list {
		s := storedOutcome{o.At.UnixMilli(), o.Type, o}
		s.At, s.Type = time.Time{}, ""
		all = append(all, s)
	}
	return all
}
