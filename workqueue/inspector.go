package workqueue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// Inspector shows operators the state of the queue, and lets them replay or drop dead
// letters. It covers all shards that exist in Redis. It is safe for concurrent use.
type Inspector struct {
	rdb redis.UniversalClient
	app string
}

// NewInspector returns an Inspector of a deployment's queue on rdb, which the caller
// closes.
func NewInspector(rdb redis.UniversalClient, app string) (*Inspector, error) {
	if err := checkQueue(rdb, app); err != nil {
		return nil, err
	}
	return &Inspector{rdb, app}, nil
}

// shards returns the shards of a type.
func (i *Inspector) shards(ctx context.Context, eventType string) ([]shard, error) {
	if err := checkType(eventType); err != nil {
		return nil, err
	}
	counts, err := shardsInUse(ctx, i.rdb, i.app, []string{eventType})
	if err != nil {
		return nil, err
	}
	list := make([]shard, counts[eventType])
	for n := range list {
		list[n] = shardOf(i.app, eventType, n)
	}
	return list, nil
}

// Exists reports whether any of the types has a stream, which it has once an event of it was
// queued or a consumer has looked for one.
func (i *Inspector) Exists(ctx context.Context, eventTypes ...string) (bool, error) {
	for _, eventType := range eventTypes {
		shards, err := i.shards(ctx, eventType)
		if err != nil {
			return false, err
		}
		for _, s := range shards {
			switch n, err := i.rdb.Exists(ctx, s.stream()).Result(); {
			case err != nil:
				return false, fmt.Errorf("look for the stream of %s: %w", eventType, err)
			case n > 0:
				return true, nil
			}
		}
	}
	return false, nil
}

// scripts returns the scripts of a shard.
func (i *Inspector) scripts(s shard) scripts { return scripts{i.rdb, s} }

// checkCount returns an error if n is not positive.
func checkCount(n int) error {
	if n < 1 {
		return fmt.Errorf("%d to be listed: want at least one", n)
	}
	return nil
}

// PendingEvent is an event that a consumer received and has not released.
type PendingEvent struct {
	// EntryID is the id of the event's entry in its stream.
	EntryID string
	Shard   int
	// Consumer is the name of the consumer that has it.
	Consumer string
	// Idle is how long ago it was received or its lease was extended.
	Idle time.Duration
	// Deliveries is how often it was delivered without an outcome, including this
	// delivery.
	Deliveries int64
}

// Pending returns up to n pending events of a type, in descending order of Idle. n is at
// least 1.
func (i *Inspector) Pending(ctx context.Context, eventType string, n int) ([]PendingEvent, error) {
	if err := checkCount(n); err != nil {
		return nil, fmt.Errorf("list pending events of %s: %w", eventType, err)
	}
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return nil, fmt.Errorf("list pending events of %s: %w", eventType, err)
	}
	var list []PendingEvent
	for number, s := range shards {
		entries, err := i.pending(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("list pending events of %s: %w", eventType, err)
		}
		for _, e := range entries {
			list = append(list, PendingEvent{e.ID, number, e.Consumer, e.Idle, e.RetryCount})
		}
	}
	slices.SortStableFunc(list, func(a, b PendingEvent) int { return int(b.Idle - a.Idle) })
	return list[:min(n, len(list))], nil
}

// pending returns all pending events of a shard. Redis lists them by id, not by idle time.
func (i *Inspector) pending(ctx context.Context, s shard) ([]redis.XPendingExt, error) {
	const page = 1000
	var list []redis.XPendingExt
	for from := "-"; ; {
		entries, err := i.rdb.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: s.stream(), Group: group, Start: from, End: "+", Count: page}).Result()
		if isNoGroup(err) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if len(list) > 0 { // this page begins with the last of the one before, unless that is no longer pending
			entries = slices.DeleteFunc(entries, func(e redis.XPendingExt) bool { return e.ID == from })
		}
		list = append(list, entries...)
		if len(entries) < page-1 {
			return list, nil
		}
		from = entries[len(entries)-1].ID
	}
}
