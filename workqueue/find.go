package workqueue

import (
	"context"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"
)

// Place is where an event is on the queue.
type Place string

// The places.
const (
	PlaceWaiting Place = "waiting" // on its stream, and no consumer has it
	PlacePending Place = "pending" // a consumer has it
	PlaceDelayed Place = "delayed" // it waits for its next attempt
	PlaceDead    Place = "dead"    // it is a dead letter
)

// FoundEvent is an event on the queue, and where.
type FoundEvent struct {
	QueuedEvent
	Place Place
	// Consumer is the name of the consumer that has a pending event.
	Consumer string
	// DeadLetter is set for one.
	DeadLetter *DeadLetter
	// Completed are the names of its completed steps, in alphabetical order.
	Completed []string
}

// findPage is how many entries Find reads at once.
const findPage = 500

// Find returns the events of the types on the queue that match. It reads all of them, so it
// takes long if there are many.
func (i *Inspector) Find(ctx context.Context, match func(Event) bool, eventTypes ...string) ([]FoundEvent, error) {
	var found []FoundEvent
	for _, eventType := range eventTypes {
		shards, err := i.shards(ctx, eventType)
		if err != nil {
			return nil, fmt.Errorf("look for an event of %s: %w", eventType, err)
		}
		for number, s := range shards {
			f := finder{i, eventType, number, s, match, nil}
			for _, look := range []func(context.Context) error{f.onStream, f.amongDelayed, f.amongDead} {
				if err := look(ctx); err != nil {
					return nil, fmt.Errorf("look for an event of %s: %w", eventType, err)
				}
			}
			found = append(found, f.found...)
		}
	}
	for n := range found {
		steps, err := i.rdb.SMembers(ctx, found[n].shard.done(found[n].origin)).Result()
		if err != nil {
			return nil, fmt.Errorf("read the completed steps of an event: %w", err)
		}
		slices.Sort(steps)
		found[n].Completed = steps
	}
	return found, nil
}

// finder looks for events in a shard.
type finder struct {
	*Inspector
	eventType string
	number    int
	shard     shard
	match     func(Event) bool
	found     []FoundEvent
}

func (f *finder) add(q QueuedEvent, place Place) *FoundEvent {
	f.found = append(f.found, FoundEvent{QueuedEvent: q, Place: place})
	return &f.found[len(f.found)-1]
}

// entries calls each with the entries of a stream.
func (f *finder) entries(ctx context.Context, stream string, each func(redis.XMessage) error) error {
	for from := "-"; ; {
		messages, err := f.rdb.XRangeN(ctx, stream, from, "+", findPage).Result()
		if err != nil {
			return err
		}
		for _, m := range messages {
			if err := each(m); err != nil {
				return err
			}
		}
		if len(messages) < findPage {
			return nil
		}
		from = "(" + messages[len(messages)-1].ID
	}
}

func (f *finder) onStream(ctx context.Context) error {
	return f.entries(ctx, f.shard.stream(), func(m redis.XMessage) error {
		encoded, _ := m.Values[fieldEntry].(string)
		q := queuedEvent(f.eventType, f.number, f.shard, m.ID, encoded)
		if !f.match(q.Event) {
			return nil
		}
		pending, err := f.rdb.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: f.shard.stream(), Group: group, Start: m.ID, End: m.ID, Count: 1}).Result()
		if err != nil && !isNoGroup(err) {
			return err
		}
		if len(pending) == 0 {
			f.add(q, PlaceWaiting)
			return nil
		}
		f.add(q, PlacePending).Consumer = pending[0].Consumer
		return nil
	})
}

func (f *finder) amongDelayed(ctx context.Context) error {
	for from := int64(0); ; from += findPage {
		members, err := f.rdb.ZRangeWithScores(ctx, f.shard.delayed(), from, from+findPage-1).Result()
		if err != nil {
			return err
		}
		for _, m := range members {
			encoded, _ := m.Member.(string)
			if q := delayedEvent(f.eventType, f.number, f.shard, encoded, m.Score); f.match(q.Event) {
				f.add(q, PlaceDelayed)
			}
		}
		if len(members) < findPage {
			return nil
		}
	}
}

func (f *finder) amongDead(ctx context.Context) error {
	return f.entries(ctx, f.shard.dead(), func(m redis.XMessage) error {
		d := deadLetter(f.app, f.eventType, f.number, m)
		if !f.match(d.Event) {
			return nil
		}
		q := QueuedEvent{
			Event: d.Event, ID: d.ID, Attempts: d.Attempts, QueuedAt: d.QueuedAt, shard: f.shard, origin: d.entry.origin,
		}
		f.add(q, PlaceDead).DeadLetter = &d
		return nil
	})
}
