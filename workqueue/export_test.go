package workqueue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Sweep lets tests choose how long nothing must have been heard of a consumer.
func Sweep(ctx context.Context, rdb redis.UniversalClient, stream string, idle time.Duration) ([]string, error) {
	return sweepScript.Run(ctx, rdb, []string{stream}, group, idle.Milliseconds()).StringSlice()
}

// Hash returns that by which Redis knows the script of a name.
func Hash(name string) string { return script(name).Hash() }

// Promote moves up to n events of a shard that are due, and returns the
// milliseconds until the next is, as the script does.
func Promote(ctx context.Context, rdb redis.UniversalClient, app, eventType string, n int) (int64, error) {
	s := shardOf(app, eventType, 0)
	return promoteScript.Run(ctx, rdb, []string{s.stream(), s.delayed()}, n).Int64()
}

// PublishBatch publishes events in one round trip. Those that found the stream
// full have the Result 0.
func (p *Publisher) PublishBatch(ctx context.Context, events ...Event) ([]Result, error) {
	var batch []*publishing
	for _, e := range events {
		batch = append(batch, p.publishing(e))
	}
	errs := p.send(ctx, batch)
	var results []Result
	for _, call := range batch {
		results = append(results, call.result)
	}
	return results, errors.Join(errs...)
}
