package workqueue_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/redistest"
	"github.com/gobridge/gopherbot/internal/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// released is what a later release has to find of what one left on the queue.
type released struct {
	// Events are to be handled, Dead were given up.
	Events []releasedEvent
	Dead   []workqueue.DeadLetter
	// Keys are those of events whose stream has several shards, all of them queued.
	Sharded []string
}

// releasedEvent is an event that is to be handled, and what its handler has to
// be told of it.
type releasedEvent struct {
	workqueue.Event
	Queued, Replayed time.Time
	Attempt          int
	TakenOver        bool
	Greeted          bool // the action "greet" is done
}

// shardsThen is over how many shards a release spread the type "sharded".
const shardsThen = 3

// TestWhatReleasesLeave is why an entry begins with a
// version: during a deploy, and after it, releases read what others wrote.
func TestWhatReleasesLeave(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		About: map[string]string{
			":stream":  "events that wait for their handlers, and which of them a consumer had in hand that is gone",
			":grouped": "the mark that the stream has had a consumer group",
			":delayed": "events that wait for their next attempt, by when it is due",
			":dead":    "dead letters",
			":done:":   "the actions of an event that are done, by the id of its first entry",
			":seen:":   "an event with this key was queued",
		},
		Leave: func(t *testing.T, rdb redis.UniversalClient, app string) any { return queue{t, rdb, app}.leave() },
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, want func(any)) {
			var r released
			want(&r)
			q := queue{t, rdb, app}
			q.knows(r)
			q.inspects(r.Dead)
			q.dueNow()
			q.handles(r)
			if left := slices.Concat(q.keys("done:*"), q.keys("delayed")); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
		},
	})
}

// TestAGroupThatAnOldReleaseMadeIsLost has Redis lose the group of a stream
// that an old release wrote. What was on it may be half done.
func TestAGroupThatAnOldReleaseMadeIsLost(t *testing.T) {
	t.Parallel()
	redistest.Released(t, redistest.Stored{
		Leave: nil, // the test above does
		Check: func(t *testing.T, rdb redis.UniversalClient, app string, want func(any)) {
			q := queue{t, rdb, app}
			if err := rdb.XGroupDestroy(t.Context(), q.stream(), "consumers").Err(); err != nil {
				t.Fatal(err)
			}
			n := rdb.XLen(t.Context(), q.stream()).Val()
			got := make(chan *workqueue.Delivery, n)
			q.consume(func(_ context.Context, d *workqueue.Delivery) error {
				got <- d
				return nil
			})
			for range n {
				if d := testenv.Next(t, got); !d.TakenOver {
					t.Errorf("%s is handled as if nobody had begun to", d.ID)
				}
			}
		},
	})
}

// leave uses the queue in all its ways and stops in the middle.
func (q queue) leave() (r released) {
	q.Helper()
	at := time.UnixMilli(1763660000123)
	event := func(eventType, id string) workqueue.Event {
		return workqueue.Event{
			Type: eventType, Key: "key of " + id, Source: "slack", ID: id, RequestID: "request of " + id, Time: at,
			Payload: []byte(`{"type":"message","text":"` + id + `"}`),
		}
	}
	p := q.publisher(workqueue.PublisherOptions{})
	var entryID string // of the last event
	publish := func(e workqueue.Event) releasedEvent {
		q.publish(p, e)
		last, err := q.rdb.XRevRangeN(q.Context(), q.app+":{"+e.Type+".0}:stream", "+", "-", 1).Result()
		if err != nil {
			q.Fatal(err)
		}
		entryID = last[0].ID
		return releasedEvent{Event: e, Queued: workqueue.EntryTime(entryID), Attempt: 1}
	}
	add := func(e releasedEvent, change func(*releasedEvent)) {
		change(&e)
		r.Events = append(r.Events, e)
	}

	// A consumer that loses its connection and is not heard of again.
	r.Events = append(r.Events, publish(event("greeting", "in hand")))
	r.Events[0].TakenOver, r.Events[0].Greeted = true, true
	rdb, wire := q.wired()
	gone, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: q.app, Name: "gone", Lease: time.Hour, StopTimeout: time.Millisecond})
	if err != nil {
		q.Fatal(err)
	}
	greeted := make(chan struct{})
	gone.Handle("greeting", func(ctx context.Context, d *workqueue.Delivery) error {
		if err := d.Complete(ctx, "greet"); err != nil {
			return err
		}
		close(greeted)
		<-ctx.Done()
		return ctx.Err()
	})
	stop := q.run(gone)
	testenv.Next(q, greeted)
	wire.cut.Store(true)
	if err := stop(); err != nil {
		q.Fatal(err)
	}

	// A consumer that delays, gives up, and hands back when it stops.
	opts := workqueue.ConsumerOptions{App: q.app, Name: "stops", Lease: time.Hour, StopTimeout: time.Millisecond}
	stops, err := workqueue.NewConsumer(q.rdb, opts)
	if err != nil {
		q.Fatal(err)
	}
	begun := make(chan struct{})
	handle := func(ctx context.Context, d *workqueue.Delivery) error {
		if strings.Contains(d.ID, "greeted") {
			if err := d.Complete(ctx, "greet"); err != nil {
				return err
			}
		}
		switch {
		case strings.HasPrefix(d.ID, "delayed"), strings.HasPrefix(d.ID, "retried"):
			return workqueue.RetryAfter(time.Hour, errors.New("not now"))
		case strings.HasPrefix(d.ID, "handed back"):
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		case strings.HasPrefix(d.ID, "panics"):
			panic("no")
		case strings.HasPrefix(d.ID, "exhausts"):
			return errors.New("näh \x00")
		default:
			return workqueue.Reject(errors.New("never"))
		}
	}
	stops.Handle("greeting", handle)
	stops.Handle("farewell", handle, workqueue.Attempts(1))
	second := func(e *releasedEvent) { e.Attempt, e.Greeted = 2, strings.Contains(e.ID, "greeted") }
	for _, id := range []string{"delayed", "delayed, greeted", "retried, greeted"} {
		add(publish(event("greeting", id)), second)
	}
	add(publish(event("greeting", "handed back, greeted")), func(e *releasedEvent) { e.Greeted = true })
	replayed := publish(event("greeting", "replayed, greeted"))
	for _, id := range []string{"rejected, greeted", "exhausts", "panics"} {
		publish(event("farewell", id))
	}
	farewells := q.app + ":{farewell.0}:stream"
	if err := q.rdb.XAdd(q.Context(), &redis.XAddArgs{Stream: farewells, Values: []string{"e", "2\xff"}}).Err(); err != nil {
		q.Fatal(err)
	}
	publish(event("farewell", "poison"))
	for _, err := range []error{
		q.rdb.XGroupCreate(q.Context(), farewells, "consumers", "0").Err(),
		q.rdb.Do(q.Context(), "XCLAIM", farewells, "consumers", "died of it", 0, entryID,
			"IDLE", (2 * time.Hour).Milliseconds(), "RETRYCOUNT", 5, "FORCE").Err(),
	} {
		if err != nil {
			q.Fatal(err)
		}
	}
	stop = q.run(stops)
	testenv.Next(q, begun)
	testenv.Eventually(q, "all others are delayed or given up", func() bool {
		list, err := q.inspector().Stats(q.Context(), "greeting", "farewell")
		if err != nil {
			q.Fatal(err)
		}
		return list[0].Delayed == 3 && list[0].Dead == 1 && list[1].Dead == 5
	})
	if err := stop(); err != nil {
		q.Fatal(err)
	}

	// What happens while no consumer runs: a retry falls due, an operator replays
	// a dead letter, and events come.
	due, err := q.rdb.ZRange(q.Context(), q.app+":{greeting.0}:delayed", 0, -1).Result()
	if err != nil {
		q.Fatal(err)
	}
	i := slices.IndexFunc(due, func(entry string) bool { return strings.Contains(entry, "retried") })
	q.rdb.ZAddXX(q.Context(), q.app+":{greeting.0}:delayed", redis.Z{Score: 1, Member: due[i]})
	if _, err := workqueue.Promote(q.Context(), q.rdb, q.app, "greeting", 1); err != nil {
		q.Fatal(err)
	}
	if err := q.inspector().Replay(q.Context(), "greeting", q.dead(1)[0].DeadID); err != nil {
		q.Fatal(err)
	}
	add(replayed, func(e *releasedEvent) { e.Replayed, e.Greeted = time.Now(), true })
	for _, e := range []workqueue.Event{
		event("greeting", "waiting"),
		{Type: "greeting", Source: "slack", ID: "waiting, without a key", Time: at, Payload: []byte{}},
		{Type: "greeting", Key: "k\u00e9y/\u4e16\u754c \U0001f9ab\n", Source: "slack", ID: "waiting, \u4e16\u754c", RequestID: "r\u00e9q", Time: at.Add(-50 * 365 * 24 * time.Hour),
			Payload: []byte("{\"text\":\"\u4e16\u754c \U0001f9ab\"}\x00\xff\xfe")},
	} {
		r.Events = append(r.Events, publish(e))
	}
	spread := q.publisher(workqueue.PublisherOptions{Shards: shardsThen})
	for i := range 8 {
		e := event("sharded", fmt.Sprint("sharded ", i))
		q.publish(spread, e)
		r.Sharded = append(r.Sharded, e.Key)
	}
	if r.Dead, err = q.inspector().Dead(q.Context(), "farewell", "", 100); err != nil {
		q.Fatal(err)
	}
	return r
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
func (q queue) inspects(want []workqueue.DeadLetter) {
	q.Helper()
	inspector := q.inspector()
	list, err := inspector.Dead(q.Context(), "farewell", "", 100)
	if err != nil || len(list) != len(want) {
		q.Fatalf("%d dead letters (%v), want %d", len(list), err, len(want))
	}
	reasons := map[workqueue.DeadReason]bool{}
	for i, d := range list {
		reasons[d.Reason] = true
		shown, err := inspector.DeadLetter(q.Context(), "farewell", want[i].DeadID)
		if err != nil || asJSON(d) != asJSON(want[i]) || asJSON(shown) != asJSON(d) {
			q.Errorf("listed %s\nshown  %s (%v)\nwant   %s", asJSON(d), asJSON(shown), err, asJSON(want[i]))
		}
		decide := inspector.Drop
		if d.Reason == workqueue.Rejected {
			decide = inspector.Replay
		}
		if err := decide(q.Context(), "farewell", d.DeadID); err != nil {
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
				Event: d.Event, Queued: d.Queued, Replayed: d.Replayed, Attempt: d.Attempt, TakenOver: d.TakenOver, Greeted: d.Completed("greet"),
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
		e.Time, e.First, e.Last = e.Time.UTC(), e.First.UTC(), e.Last.UTC()
		v = e
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
