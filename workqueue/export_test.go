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

// Shard lets tests know in which of n shards the events of a partition are.
func Shard(partition string, n int) int {
	number, _ := spread(partition, n)
	return number
}

// Skew makes the clock that the consumer reads differ from this machine's.
func (c *Consumer) Skew(by time.Duration) {
	c.now = func() time.Time { return time.Now().Add(by) }
}
