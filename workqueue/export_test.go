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

// Hash returns that by which Redis knows the script of a name.
func Hash(name string) string { return script(name).Hash() }
