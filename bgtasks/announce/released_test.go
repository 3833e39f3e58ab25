package announce_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/bgtasks/announce"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestJob_ReadsEarlierReleases has a leader of another release begin where one that
// died had stopped: "number 3" was found, and is not on the queue.
func TestJob_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":job:":  "what is kept of a job: its times, its counts, and in its state how far its source was read and what is to be announced",
			":jobs":  "which jobs the leader has",
			":lease": "who leads: the token of the term, the process, and its candidacy",
			":token": "the number of terms so far",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any {
			source := &numbers{n: 2}
			stop := lead(t, rdb, app, source, refuses{})
			ran(t, rdb, app, 1)
			stop()
			source.n = 3
			lead(t, rdb, app, source, refuses{}) // until the sample is written
			ran(t, rdb, app, 2)
			return nil
		},
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			before, err := bgtasks.ReadStatus(t.Context(), rdb, app)
			if err != nil || before.Leader != "a process" || len(before.Jobs) != 1 {
				t.Fatalf("%+v (%v)", before, err)
			}
			if j := before.Jobs[0]; j.Name != "numbers in general" || j.Runs < 2 || j.Failures == 0 || j.Failing == 0 || j.Result != "publish: the queue is away" ||
				j.Last.IsZero() || !j.Next.After(j.Last) {
				t.Errorf("%+v", j)
			}
			token := app + ":{bgtasks}:token"
			third := "send"
			if kept := rdb.HGet(t.Context(), app+":{bgtasks}:job:numbers in general", "state").Val(); strings.Contains(kept, `"notification"`) {
				third = "notification"
			}
			terms := rdb.Get(t.Context(), token).Val()
			if err := rdb.Del(t.Context(), app+":{bgtasks}:lease").Err(); err != nil { // it has ended
				t.Fatal(err)
			}
			queued := make(chan workqueue.Event, 10)
			lead(t, rdb, app, &numbers{n: 4}, publisher(func(e workqueue.Event) { queued <- e }))
			// A leader of release 1.0 may have queued number 3 before it died, so it is
			// queued on the stream on which its key is known.
			e := testenv.Next(t, queued)
			if e.Key != "general/numbers/3" || e.ID != e.Key || e.Partition != "general" || e.Type != third {
				t.Errorf("announced %+v, want number 3 as %s", e, third)
			}
			switch m, err := event.DecodeMessage(e.Payload); {
			case third == "send" && (err != nil || m.Text != "number 3"):
				t.Errorf("number 3 is %s (%v)", e.Payload, err)
			case third == "notification" && string(e.Payload) != `{"channel":"general","text":"number 3"}`:
				t.Errorf("number 3 is %s", e.Payload)
			}
			if e := testenv.Next(t, queued); e.Key != "general/numbers/4" || e.Type != "send" || e.Partition != "general" {
				t.Errorf("announced %+v, want number 4", e)
			}
			if now := rdb.Get(t.Context(), token).Val(); terms != "2" || now != "3" {
				t.Errorf("term %s after term %s", now, terms)
			}
			ran(t, rdb, app, before.Jobs[0].Runs+1)
		},
	})
}

// lead leads with the job of a source until stop is called.
func lead(t *testing.T, rdb redis.UniversalClient, app string, source announce.Source, to announce.Publisher) (stop func()) {
	t.Helper()
	job := announce.Job(announce.Options{Source: source, Target: event.Target{Source: event.Slack, Channel: "general"}, Every: 100 * time.Millisecond, Limit: 10, Publisher: to})
	runner, err := bgtasks.New(rdb, bgtasks.Options{App: app, Instance: "a process"}, job)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// ran waits until the job has run so often.
func ran(t *testing.T, rdb redis.UniversalClient, app string, times int64) {
	t.Helper()
	testenv.Eventually(t, "the job has run", func() bool {
		s, err := bgtasks.ReadStatus(t.Context(), rdb, app)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(s.Jobs, func(j bgtasks.JobStatus) bool { return j.Runs >= times })
	})
}

// refuses is a queue that is away.
type refuses struct{}

func (refuses) Publish(context.Context, workqueue.Event) (workqueue.Result, error) {
	return 0, errors.New("publish: the queue is away")
}
