package workqueue_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// released describes what a release left on the queue, and a later one has to find.
type released struct {
	// Events are to be handled, Dead are dead letters.
	Events []releasedEvent
	Dead   []releasedDeadLetter
	// Sharded are the keys of the events of a type with several shards, which are
	// to be handled, too.
	Sharded []string
}

// releasedDeadLetter is a dead letter, as samples have it: the first release called
// its times First and Last.
type releasedDeadLetter struct {
	workqueue.Event
	DeadID           string
	Reason           workqueue.DeadReason
	Error            string
	Attempts         int
	QueuedAt, DeadAt time.Time
	First, Last      time.Time
}

func (d releasedDeadLetter) letter() workqueue.DeadLetter {
	if !d.First.IsZero() {
		d.QueuedAt, d.DeadAt = d.First, d.Last
	}
	return workqueue.DeadLetter{
		Event: d.Event, ID: d.DeadID, Reason: d.Reason, Error: d.Error, Attempts: d.Attempts, QueuedAt: d.QueuedAt, DeadAt: d.DeadAt,
	}
}

// releasedEvent is an event that is to be handled, with what its delivery must say.
type releasedEvent struct {
	workqueue.Event
	Queued, Replayed time.Time
	Attempt          int
	TakenOver        bool
	Greeted          bool // the step "greet" is completed
}

// shardsThen is over how many shards a release spread the type "sharded".
const shardsThen = 3

// TestQueue_ReadsEarlierReleases is why an entry begins with a version: during a deploy,
// and after it, releases read what others wrote.
func TestQueue_ReadsEarlierReleases(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":stream":  "events that wait for their handlers, and those of them that a consumer was handling when it died",
			":grouped": "the mark that the stream has had a consumer group",
			":delayed": "events that wait for their next attempt, by when it is due",
			":dead":    "dead letters, and how many bytes they have",
			":done:":   "the actions of an event that are done, by the id of its first entry",
			":seen:":   "an event with this key was queued",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any { return leave(queue{t, rdb, app}) },
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, want func(any)) {
			var r released
			want(&r)
			q := queue{t, rdb, app}
			q.knows(r)
			q.inspects(r.Dead)
			if s, err := q.inspector().Stats(t.Context(), "farewell"); err != nil || s[0].Dead != 0 || s[0].DeadBytes != 0 {
				t.Errorf("after all dead letters: %+v (%v)", s, err)
			}
			q.dueNow()
			q.handles(r)
			if left := slices.Concat(q.keys("done:*"), q.keys("delayed")); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		},
	})
}

// TestReleased_LostGroup has Redis lose the group of a stream
// that an old release wrote. What was on it may be half done.
func TestReleased_LostGroup(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, _ func(any)) {
			q := queue{t, rdb, app}
			if err := rdb.XGroupDestroy(t.Context(), q.stream(), "consumers").Err(); err != nil {
				t.Fatal(err)
			}
			onStream, err := rdb.XRange(t.Context(), q.stream(), "-", "+").Result()
			if err != nil {
				t.Fatal(err)
			}
			left := map[string]bool{} // by entry id
			for _, m := range onStream {
				left[m.ID] = true
			}
			got := make(chan *workqueue.Delivery, 100)
			q.consume(func(_ context.Context, d *workqueue.Delivery) error {
				got <- d
				return nil
			})
			for len(left) > 0 {
				d := testenv.Next(t, got)
				if left[d.EntryID] && !d.Reclaimed {
					t.Errorf("%s is handled as if it were new", d.ID)
				}
				delete(left, d.EntryID) // what was delayed then is due by now, and an entry of its own
			}
		},
	})
}

// knows says that what was queued is not queued again.
func (q queue) knows(r released) {
	q.Helper()
	p, spread := q.publisher(workqueue.PublisherOptions{}), q.publisher(workqueue.PublisherOptions{Shards: shardsThen})
	again := func(p *workqueue.Publisher, eventType, key string) {
		q.Helper()
		if key != "" && q.publish(p, workqueue.Event{Type: eventType, Key: key}) != workqueue.Duplicate {
			q.Errorf("the key %q is new", key)
		}
	}
	for _, e := range r.Events {
		again(p, e.Type, e.Key)
	}
	for _, d := range r.Dead {
		again(p, d.Type, d.Key)
	}
	for _, key := range r.Sharded {
		again(spread, "sharded", key)
	}
}

// inspects lists, shows, replays and drops the dead letters. The one that was
// rejected is replayed.
func (q queue) inspects(stored []releasedDeadLetter) {
	q.Helper()
	want := make([]workqueue.DeadLetter, len(stored))
	for i, d := range stored {
		want[i] = d.letter()
	}
	inspector := q.inspector()
	list, err := inspector.ListDeadLetters(q.Context(), "farewell", "", 100)
	if err != nil || len(list) != len(want) {
		q.Fatalf("%d dead letters (%v), want %d", len(list), err, len(want))
	}
	reasons := map[workqueue.DeadReason]bool{}
	for i, d := range list {
		reasons[d.Reason] = true
		shown, err := inspector.DeadLetter(q.Context(), "farewell", want[i].ID)
		if err != nil || asJSON(d) != asJSON(want[i]) || asJSON(shown) != asJSON(d) {
			q.Errorf("listed %s\nshown  %s (%v)\nwant   %s", asJSON(d), asJSON(shown), err, asJSON(want[i]))
		}
		decide := inspector.Drop
		if d.Reason == workqueue.Rejected {
			decide = inspector.Replay
		}
		if err := decide(q.Context(), "farewell", d.ID); err != nil {
			q.Error(err)
		}
	}
	if len(reasons) < 5 {
		q.Errorf("only the reasons %v", reasons)
	}
}

// dueNow lets the time pass that delayed events wait.
func (q queue) dueNow() {
	q.Helper()
	key := q.app + ":{greeting.0}:delayed"
	delayed, err := q.rdb.ZRange(q.Context(), key, 0, -1).Result()
	if err != nil || len(delayed) == 0 {
		q.Fatalf("%d delayed (%v)", len(delayed), err)
	}
	for _, entry := range delayed {
		if err := q.rdb.ZAddXX(q.Context(), key, redis.Z{Score: 1, Member: entry}).Err(); err != nil {
			q.Fatal(err)
		}
	}
}

// handles has a consumer take everything that is on the streams, and says what
// is not as it was.
func (q queue) handles(r released) {
	q.Helper()
	got := make(chan releasedEvent, 100)
	c := q.newConsumer(workqueue.ConsumerOptions{})
	for _, eventType := range []string{"greeting", "farewell", "sharded"} {
		c.Handle(eventType, func(_ context.Context, d *workqueue.Delivery) error {
			got <- releasedEvent{
				Event: d.Event, Queued: d.QueuedAt, Replayed: d.ReplayedAt, Attempt: d.Attempt, TakenOver: d.Reclaimed, Greeted: d.Completed("greet"),
			}
			return nil
		})
	}
	stop := q.run(c)
	var greetings []releasedEvent
	sharded := map[string]bool{}
	for range len(r.Events) + len(r.Sharded) + 1 {
		switch e := testenv.Next(q, got); e.Type {
		case "greeting":
			greetings = append(greetings, e)
		case "sharded":
			sharded[e.Key] = true
		case "farewell": // the dead letter that was replayed
			if !e.Greeted || e.Attempt != 1 || e.Replayed.IsZero() || e.ID != "rejected, greeted" {
				q.Errorf("replayed: %s", asJSON(e))
			}
		}
	}
	if err := stop(); err != nil {
		q.Error(err)
	}
	byID := func(a, b releasedEvent) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(greetings, byID)
	slices.SortFunc(r.Events, byID)
	for i, want := range r.Events {
		if i >= len(greetings) {
			q.Fatalf("%d events of %d were handled", len(greetings), len(r.Events))
		}
		// When it was replayed only the queue knows to the millisecond.
		if e := greetings[i]; e.Replayed.Sub(want.Replayed).Abs() < time.Minute {
			want.Replayed = e.Replayed
		}
		if asJSON(greetings[i]) != asJSON(want) {
			q.Errorf("handled %s\nwant    %s", asJSON(greetings[i]), asJSON(want))
		}
	}
	for _, key := range r.Sharded {
		if !sharded[key] {
			q.Errorf("%q was not handled", key)
		}
	}
}

// asJSON writes what is compared, with times in UTC.
func asJSON(v any) string {
	switch e := v.(type) {
	case releasedEvent:
		e.Time, e.Queued, e.Replayed = e.Time.UTC(), e.Queued.UTC(), e.Replayed.UTC()
		v = e
	case workqueue.DeadLetter:
		e.Event.Time, e.QueuedAt, e.DeadAt = e.Event.Time.UTC(), e.QueuedAt.UTC(), e.DeadAt.UTC()
		v = e
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
