package workqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Stats is the state of the events of one type at one moment.
type Stats struct {
	Type string
	// Shards is over how many streams they are spread.
	Shards int
	// Depth is how many events are on the streams, waiting and being handled.
	Depth int64
	// Pending is how many of those a consumer has received and not acknowledged.
	Pending int64
	// OldestAge is how long the oldest event on a stream has been there.
	OldestAge time.Duration
	// Delayed is how many wait for their next attempt.
	Delayed int64
	// Fullest is how many events the fullest shard has, delayed ones included: a shard takes no
	// more at its publisher's MaxBacklog.
	Fullest int64
	// Dead is how many dead letters there are, and DeadBytes how many bytes they
	// have, as counted when the last came or went. DeadDropped is how many were
	// removed so far because there were too many bytes of them.
	Dead, DeadBytes, DeadDropped int64
	// DeadTotal is how many events have become dead letters so far, whatever became of
	// those. Consumers of earlier releases do not count theirs.
	DeadTotal int64
	// Consumers is how many consumers have received events of the type, alive or
	// not: a name is removed when its consumer stops, or has not read for ten
	// minutes. Orphans, and the events of a group that was lost, are pending with
	// "nobody", which counts as one meanwhile.
	Consumers int
}

// Stats returns the state of the events of each of the types.
func (i *Inspector) Stats(ctx context.Context, eventTypes ...string) ([]Stats, error) {
	list := make([]Stats, len(eventTypes))
	for j, eventType := range eventTypes {
		var err error
		if list[j], err = i.stats(ctx, eventType); err != nil {
			return nil, fmt.Errorf("stats of %s: %w", eventType, err)
		}
	}
	return list, nil
}

func (i *Inspector) stats(ctx context.Context, eventType string) (Stats, error) {
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return Stats{}, err
	}
	sum := Stats{Type: eventType, Shards: len(shards)}
	names := map[string]bool{}
	for _, s := range shards {
		if err := i.addShard(ctx, s, &sum, names); err != nil {
			return Stats{}, err
		}
	}
	sum.Consumers = len(names)
	return sum, nil
}

// addShard adds the state of a shard to sum, and its consumers to names.
func (i *Inspector) addShard(ctx context.Context, s shard, sum *Stats, names map[string]bool) error {
	var depth, delayed, dead *redis.IntCmd
	var oldest *redis.XMessageSliceCmd
	var pending *redis.XPendingCmd
	var consumers *redis.XInfoConsumersCmd
	var now *redis.TimeCmd
	var size *redis.SliceCmd
	_ = pipelined(ctx, i.rdb, func(p redis.Pipeliner) { // each reply has its own error
		depth, delayed, dead = p.XLen(ctx, s.stream()), p.ZCard(ctx, s.delayed()), p.XLen(ctx, s.dead())
		oldest = p.XRangeN(ctx, s.stream(), "-", "+", 1)
		pending = p.XPending(ctx, s.stream(), group)
		consumers = p.XInfoConsumers(ctx, s.stream(), group)
		now = p.Time(ctx)
		size = p.HMGet(ctx, s.deadSize(), "bytes", "dropped", "added")
	})
	for _, reply := range []redis.Cmder{depth, delayed, dead, oldest, pending, consumers, now, size} {
		if err := reply.Err(); err != nil && !isNoGroup(err) && !isNoKey(err) {
			return err
		}
	}
	sum.Depth += depth.Val()
	sum.Delayed += delayed.Val()
	sum.Fullest = max(sum.Fullest, depth.Val()+delayed.Val())
	sum.Dead += dead.Val()
	var counted struct {
		Bytes   int64 `redis:"bytes"`
		Dropped int64 `redis:"dropped"`
		Added   int64 `redis:"added"`
	}
	if err := size.Scan(&counted); err != nil {
		return fmt.Errorf("read the count of dead letters: %w", err)
	}
	sum.DeadBytes += counted.Bytes
	sum.DeadDropped += counted.Dropped
	sum.DeadTotal += counted.Added
	if pending.Err() == nil {
		sum.Pending += pending.Val().Count
	}
	if first := oldest.Val(); len(first) > 0 {
		sum.OldestAge = max(sum.OldestAge, now.Val().Sub(entryTime(first[0].ID)))
	}
	for _, c := range consumers.Val() {
		names[c.Name] = true
	}
	return nil
}
