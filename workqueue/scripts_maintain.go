package workqueue

import (
	"context"
	"time"
)

var (
	createScript  = script("create")
	orphansScript = script("orphans")
	sweepScript   = script("sweep")
	purgeScript   = script("purge")
)

// create creates the group, and the stream if need be. It returns how many entries
// it found on the stream of a group that was lost. The error is BUSYGROUP if the
// group exists.
func (s scripts) create(ctx context.Context) (found int, err error) {
	return createScript.Run(ctx, s.rdb, []string{s.shard.stream(), s.shard.groupCreated()}, group, orphanConsumer).Int()
}

// orphans makes entries pending with orphanConsumer that were delivered and are
// pending with no consumer. It looks at limit entries from the id from on, "-" for
// the first, and returns the id to continue at, "" at the end.
func (s scripts) orphans(ctx context.Context, from string, limit int) (next string, found int64, err error) {
	reply, err := orphansScript.Run(ctx, s.rdb, []string{s.shard.stream()}, group, orphanConsumer, from, limit).Slice()
	if err != nil {
		return "", 0, err
	}
	next, _ = reply[0].(string)
	found, _ = reply[1].(int64)
	return next, found, nil
}

// sweep removes the names of consumers that have nothing pending and have not read
// for longer than idle, and returns them.
func (s scripts) sweep(ctx context.Context, idle time.Duration) (names []string, err error) {
	return sweepScript.Run(ctx, s.rdb, []string{s.shard.stream()}, group, idle.Milliseconds()).StringSlice()
}

// purge removes up to limit entries from the beginning of the stream, none after
// the id last. It returns how many; fewer than limit when none is left.
func (s scripts) purge(ctx context.Context, last string, limit int) (removed int64, err error) {
	return purgeScript.Run(ctx, s.rdb, []string{s.shard.stream()}, group, last, limit).Int64()
}
