package workqueue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// Inspector shows operators what is on the queue, and lets them decide about
// dead letters. It finds out by itself how many shards there are. It is safe for
// concurrent use.
type Inspector struct {
	rdb redis.UniversalClient
	app string
}

// NewInspector returns an Inspector of a deployment's queue on rdb, which stays
// the caller's to close.
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

// scripts returns the scripts of a shard.
func (i *Inspector) scripts(s shard) scripts { return scripts{i.rdb, s} }

// checkCount returns an error for a number of things to show that cannot be.
func checkCount(n int) error {
	if n < 1 {
		return fmt.Errorf("%d to be listed: want at least one", n)
	}
	return nil
}

// PendingEvent is an event that a consumer has taken and not yet finished.
type PendingEvent struct {
	// EntryID is the id of the event's entry in its stream.
	EntryID string
	Shard   int
	// Consumer is the name of who has it.
	Consumer string
	// Idle is how long ago it was taken, or its lease extended.
	Idle time.Duration
	// Deliveries is how often it was taken without an outcome, this time
	// included.
	Deliveries int64
}

// Pending returns up to n events, at least one, of a type that consumers have
// taken and not finished, those that were taken or extended longest ago first.
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

// pending returns all that is pending in a shard: Redis lists it by its id, not by
// how long ago it was taken.
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
		if len(list) > 0 { // the last was where this page begins, unless it is pending no more
			entries = slices.DeleteFunc(entries, func(e redis.XPendingExt) bool { return e.ID == from })
		}
		list = append(list, entries...)
		if len(entries) < page-1 {
			return list, nil
		}
		from = entries[len(entries)-1].ID
	}
}
