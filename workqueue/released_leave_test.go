package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// leaver uses the queue in all its ways, and stops in the middle. What becomes
// of an event its id says.
type leaver struct {
	queue
	released
	publisher *workqueue.Publisher
	last      string // the id of the last entry
}

// leave leaves on a queue what a release may.
func leave(q queue) released {
	q.Helper()
	l := &leaver{queue: q, publisher: q.publisher(workqueue.PublisherOptions{})}
	l.aConsumerIsGone()
	l.aConsumerStops()
	l.withoutConsumers()
	list, err := q.inspector().ListDeadLetters(q.Context(), "farewell", "", 100)
	if err != nil {
		q.Fatal(err)
	}
	for _, d := range list {
		l.Dead = append(l.Dead, releasedDeadLetter{
			Event: d.Event, DeadID: d.ID, Reason: d.Reason, Error: d.Error, Attempts: d.Attempts, QueuedAt: d.QueuedAt, DeadAt: d.DeadAt,
		})
	}
	return l.released
}

// happened is when all events happened.
var happened = time.UnixMilli(1763660000123)

// named returns an event that is all about its id.
func named(eventType, id string) workqueue.Event {
	e := workqueue.Event{
		Type: eventType, Key: "key of " + id, Source: "slack", ID: id, RequestID: "request of " + id, Time: happened,
		Payload: []byte(`{"type":"message","text":"` + id + `"}`),
	}
	if strings.Contains(id, "traced") {
		e.Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	}
	return e
}

func (l *leaver) publish(e workqueue.Event) releasedEvent {
	l.Helper()
	l.queue.publish(l.publisher, e)
	last, err := l.rdb.XRevRangeN(l.Context(), l.app+":{"+e.Type+".0}:stream", "+", "-", 1).Result()
	if err != nil {
		l.Fatal(err)
	}
	l.last = last[0].ID
	return releasedEvent{Event: e, Queued: workqueue.EntryTime(l.last), Attempt: 1}
}

// toBeHandled notes that an event is to be handled, and what its delivery must say.
func (l *leaver) toBeHandled(e releasedEvent, change func(*releasedEvent)) {
	change(&e)
	l.Events = append(l.Events, e)
}

// aConsumerIsGone has one lose its connection in the middle of an event, and
// not be heard of again.
func (l *leaver) aConsumerIsGone() {
	l.Helper()
	l.toBeHandled(l.publish(named("greeting", "in hand")), func(e *releasedEvent) { e.TakenOver, e.Greeted = true, true })
	rdb, wire := l.wired()
	gone, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: l.app, Name: "gone", Lease: time.Hour, StopTimeout: time.Millisecond})
	if err != nil {
		l.Fatal(err)
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
	stop := l.run(gone)
	testenv.Next(l, greeted)
	wire.cut.Store(true)
	if err := stop(); err != nil {
		l.Fatal(err)
	}
}

// aConsumerStops has one delay events, give them up, and hand one back when it
// stops.
func (l *leaver) aConsumerStops() {
	l.Helper()
	begun := make(chan struct{})
	handle := func(ctx context.Context, d *workqueue.Delivery) error {
		if strings.Contains(d.ID, "greeted") {
			if err := d.Complete(ctx, "greet"); err != nil {
				return err
			}
		}
		switch what, _, _ := strings.Cut(d.ID, ","); what {
		case "delayed", "retried":
			return workqueue.RetryAfter(time.Hour, errors.New("not now"))
		case "handed back":
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		case "panics":
			panic("no")
		case "exhausts":
			return errors.New("näh \x00")
		default:
			return workqueue.Reject(errors.New("never"))
		}
	}
	c := l.newConsumer(workqueue.ConsumerOptions{Name: "stops", Lease: time.Hour, StopTimeout: time.Millisecond})
	c.Handle("greeting", handle)
	c.Handle("farewell", handle, workqueue.MaxAttempts(1))

	for _, id := range []string{"delayed", "delayed, greeted", "delayed, traced", "retried, greeted"} {
		l.toBeHandled(l.publish(named("greeting", id)), func(e *releasedEvent) { e.Attempt, e.Greeted = 2, strings.Contains(id, "greeted") })
	}
	l.toBeHandled(l.publish(named("greeting", "handed back, greeted")), func(e *releasedEvent) { e.Greeted = true })
	l.toBeHandled(l.publish(named("greeting", "replayed, greeted")), func(e *releasedEvent) { e.Greeted = true })
	for _, id := range []string{"rejected, greeted", "exhausts", "panics", "poison"} {
		l.publish(named("farewell", id))
	}
	stream := l.app + ":{farewell.0}:stream"
	for _, err := range []error{
		// Consumers have died of the last one five times.
		l.rdb.XGroupCreate(l.Context(), stream, "consumers", "0").Err(),
		l.rdb.Do(l.Context(), "XCLAIM", stream, "consumers", "died of it", 0, l.last,
			"IDLE", (2 * time.Hour).Milliseconds(), "RETRYCOUNT", 5, "FORCE").Err(),
		// And one is none.
		l.rdb.XAdd(l.Context(), &redis.XAddArgs{Stream: stream, Values: []string{"e", "2\xff"}}).Err(),
	} {
		if err != nil {
			l.Fatal(err)
		}
	}
	stop := l.run(c)
	testenv.Next(l, begun)
	testenv.Eventually(l, "all others are delayed or dead letters", func() bool {
		list, err := l.inspector().Stats(l.Context(), "greeting", "farewell")
		if err != nil {
			l.Fatal(err)
		}
		return list[0].Delayed == 4 && list[0].Dead == 1 && list[1].Dead == 5
	})
	if err := stop(); err != nil {
		l.Fatal(err)
	}
}

// withoutConsumers changes the queue while no consumer runs: a retry becomes due, an
// operator replays a dead letter, and events are published.
func (l *leaver) withoutConsumers() {
	l.Helper()
	key := l.app + ":{greeting.0}:delayed"
	delayed, err := l.rdb.ZRange(l.Context(), key, 0, -1).Result()
	if err != nil {
		l.Fatal(err)
	}
	retried := slices.IndexFunc(delayed, func(entry string) bool { return strings.Contains(entry, "retried") })
	if err := l.rdb.ZAddXX(l.Context(), key, redis.Z{Score: 1, Member: delayed[retried]}).Err(); err != nil {
		l.Fatal(err)
	}
	if _, err := workqueue.Promote(l.Context(), l.rdb, l.app, "greeting", 1); err != nil {
		l.Fatal(err)
	}
	if err := l.inspector().Replay(l.Context(), "greeting", l.dead(1)[0].ID); err != nil {
		l.Fatal(err)
	}
	replayed := slices.IndexFunc(l.Events, func(e releasedEvent) bool { return e.ID == "replayed, greeted" })
	l.Events[replayed].Replayed = time.Now()
	for _, e := range []workqueue.Event{
		named("greeting", "waiting"),
		named("greeting", "waiting, traced"),
		{Type: "greeting", Source: "slack", ID: "waiting, without a key", Time: happened, Payload: []byte{}},
		{
			Type: "greeting", Key: "kéy/世界 🦫\n", Source: "slack", ID: "waiting, 世界", RequestID: "réq", Time: happened.AddDate(-60, 0, 0),
			Payload: []byte("{\"text\":\"世界 🦫\"}\x00\xff\xfe"),
		},
	} {
		l.Events = append(l.Events, l.publish(e))
	}
	l.publisher = l.queue.publisher(workqueue.PublisherOptions{Shards: shardsThen})
	for i := range 8 {
		e := named("sharded", fmt.Sprint("sharded ", i))
		l.queue.publish(l.publisher, e)
		l.Sharded = append(l.Sharded, e.Key)
	}
}
