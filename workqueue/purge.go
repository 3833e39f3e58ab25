package workqueue

import (
	"context"
	"fmt"
)

// purgePage is how many events one call of a script removes, so that Redis is not
// kept from its other work.
const purgePage = 200

// Dropped is how many events DropWaiting removed.
type Dropped struct {
	// Stream were on the streams: they waited or were being handled.
	Stream int64
	// Delayed waited for their next attempt.
	Delayed int64
}

// DropWaiting removes the events of a type that are on the queue at the time of
// the call, for good: those that wait, those that a consumer has taken, and those
// that wait for their next attempt. Dead letters are kept, and so are the keys by
// which a Publisher knows duplicates. An event that a running consumer retries
// meanwhile may escape, so consumers should be stopped.
//
// It may be called again after an error; what it returns then was removed by
// that call.
func (i *Inspector) DropWaiting(ctx context.Context, eventType string) (Dropped, error) {
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return Dropped{}, fmt.Errorf("drop events of %s: %w", eventType, err)
	}
	var sum Dropped
	for _, s := range shards {
		// First the delayed ones, which a promoter might move to the stream.
		err := i.dropDelayed(ctx, s, &sum.Delayed)
		if err == nil {
			err = i.dropStream(ctx, s, &sum.Stream)
		}
		if err != nil {
			return sum, fmt.Errorf("drop events of %s: %w", eventType, err)
		}
	}
	return sum, nil
}

func (i *Inspector) dropDelayed(ctx context.Context, s shard, dropped *int64) error {
	left, err := i.rdb.ZCard(ctx, s.delayed()).Result()
	for err == nil && left > 0 {
		var n int64
		n, err = i.rdb.ZRemRangeByRank(ctx, s.delayed(), 0, min(left, purgePage)-1).Result()
		*dropped += n
		if left -= n; n == 0 {
			break
		}
	}
	return err
}

func (i *Inspector) dropStream(ctx context.Context, s shard, dropped *int64) error {
	latest, err := i.rdb.XRevRangeN(ctx, s.stream(), "+", "-", 1).Result()
	if err != nil || len(latest) == 0 {
		return err
	}
	for {
		n, err := i.scripts(s).purge(ctx, latest[0].ID, purgePage)
		*dropped += n
		if err != nil || n < purgePage {
			return err
		}
	}
}
