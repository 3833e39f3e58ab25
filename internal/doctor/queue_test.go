package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestQueue_Judge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	before := func(ago time.Duration) time.Time { return now.Add(-ago) }
	dead := func(ago time.Duration) workqueue.DeadLetter {
		return workqueue.DeadLetter{ID: "1-0", Attempts: 10, Reason: workqueue.Exhausted, Error: "channel\nis gone", DeadAt: before(ago)}
	}
	failures := []presence.Failure{
		{Type: "message_public", At: before(time.Second), Attempt: 1, Error: "another type's"},
		{Type: "team_join", At: before(3 * time.Second), Attempt: 4, Error: strings.Repeat("ä", 200)},
		{Type: "team_join", At: before(time.Minute), Attempt: 3, Error: "an older one"},
		{Type: "channel_join", At: before(time.Hour), Attempt: 3, Error: "of an hour ago"},
	}
	for _, test := range []struct {
		name  string
		queue QueueType
		check string
		want  Status
		says  string
	}{
		{"at work", QueueType{Stats: workqueue.Stats{Type: "x", Depth: 70, Fullest: 70, Pending: 64, Delayed: 0, OldestAge: 20 * time.Second}, Max: 100}, "queue", OK, "70 events wait"},
		{"filling", QueueType{Stats: workqueue.Stats{Type: "x", Depth: 75, Fullest: 75}, Max: 100}, "queue full", Warning, "x: 75 events of at most 100"},
		{"full", QueueType{Stats: workqueue.Stats{Type: "x", Depth: 100, Fullest: 100}, Max: 100}, "queue full", Failure, "x: 100 events of at most 100: further ones are refused"},
		{"one of two shards is full", QueueType{Stats: workqueue.Stats{Type: "x", Shards: 2, Depth: 100, Fullest: 100}, Max: 100}, "queue full", Failure, "refused"},
		{"both shards are half full", QueueType{Stats: workqueue.Stats{Type: "x", Shards: 2, Depth: 100, Fullest: 50}, Max: 100}, "queue", OK, "100 events"},
		{"an event waits", QueueType{Stats: workqueue.Stats{Type: "x", Depth: 3, OldestAge: time.Minute}, Max: 100}, "queue oldest", Warning, "x: the oldest of 3 events has been there for 1m0s; 0 are being handled"},
		{"an event waits long", QueueType{Stats: workqueue.Stats{Type: "x", Depth: 3, Pending: 1, OldestAge: 5 * time.Minute}, Max: 100}, "queue oldest", Failure, "1 are being handled"},
		{"a paused type", QueueType{Stats: workqueue.Stats{Type: "x", Depth: 3, OldestAge: time.Hour}, Max: 100, Paused: true}, "queue oldest", Warning, "x: the oldest of 3 events has been there for 1h0m0s"},
		{"retries of a paused type", QueueType{Stats: workqueue.Stats{Type: "x", Delayed: 30}, Max: 100, Paused: true}, "queue retries", Warning, "x: 30 events wait for a retry"},
		{"failures of a paused type", QueueType{Stats: workqueue.Stats{Type: "team_join", Delayed: 30}, Max: 100, Paused: true}, "queue retries", Failure, "the last failure was 3s ago"},
		{"a few retries", QueueType{Stats: workqueue.Stats{Type: "x", Delayed: 9}, Max: 100}, "queue retries", Warning, "x: 9 events wait for a retry"},
		{"many retries", QueueType{Stats: workqueue.Stats{Type: "team_join", Delayed: 30}, Max: 100}, "queue retries", Failure, "team_join: 30 events wait for a retry; the last failure was 3s ago, attempt 4: ää"},
		{"an old failure", QueueType{Stats: workqueue.Stats{Type: "channel_join", Delayed: 1}, Max: 100}, "queue retries", Warning, "channel_join: 1 events wait for a retry"},
		{"new dead letters", QueueType{Stats: workqueue.Stats{Type: "x", Dead: 200}, LastDead: dead(2 * time.Minute), Max: 100}, "dead letters", Failure,
			"x: 200; the newest was given up 2m0s ago, after 10 failed attempts (" + string(workqueue.Exhausted) + "): channel is gone"},
		{"old dead letters", QueueType{Stats: workqueue.Stats{Type: "x", Dead: 1}, LastDead: dead(25 * time.Hour), Max: 100}, "dead letters", Warning, "x: 1; the newest was given up 25h0m0s ago"},
		{"dead letters that were dropped meanwhile", QueueType{Stats: workqueue.Stats{Type: "x", Dead: 1}, Max: 100}, "dead letters", Warning, "x: 1"},
	} {
		list := Queue{Types: []QueueType{{Stats: workqueue.Stats{Type: "quiet"}, Max: 100}, test.queue}, Failures: failures}.Judge(now)
		if len(list) != 1 || list[0].Check != test.check {
			t.Errorf("%s: %+v", test.name, list)
			continue
		}
		check(t, test.name, list[0], test.want, test.says)
		if list[0].State != (test.want != OK) || len(list[0].Message) > 500 || strings.Contains(list[0].Message, "of an hour ago") {
			t.Errorf("%s: %+v", test.name, list[0])
		}
	}
}
