package workqueue

import (
	"context"
	"fmt"
)

// purgePage is how many events one call of a script removes, so that it does not block
// Redis for long.
const purgePage = 200

// Dropped counts the events that DropWaiting removed.
type Dropped struct {
	// Stream counts those on the streams, waiting or being handled.
	Stream int64
	// Delayed counts those that waited for a retry.
	Delayed int64
}

// DropWaiting removes for good the events of a type that are on the queue at the time of
// the call: those that wait, those that a consumer is handling, and those that wait for
// a retry. It keeps dead letters and deduplication keys. It may miss an event that a
// running consumer retries at the same time, so stop the consumers first.
//
// It may be called again after an error. It then returns the counts of that call only.
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
