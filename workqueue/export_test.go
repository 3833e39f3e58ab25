package workqueue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Sweep lets tests choose how long nothing must have been heard of a consumer.
func Sweep(ctx context.Context, rdb redis.UniversalClient, stream string, idle time.Duration) ([]string, error) {
	return sweepScript.Run(ctx, rdb, []string{stream}, group, idle.Milliseconds()).StringSlice()
}

// Encode returns an event as it is on its stream.
func Encode(e Event) []byte { return entry{Event: e}.encode() }
