package workqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Full returns an error that is ErrFull if Publish would return it now: a stream of one of the
// types takes no more events, or Redis is out of memory. Any other error is that of Redis.
// A Redis that evicts keys, or whose memory this user may not see, counts as not out of memory.
func (p *Publisher) Full(ctx context.Context, eventTypes ...string) error {
	limit := int64(p.MaxBacklog(ctx))
	waiting := map[shard][2]*redis.IntCmd{}
	err := pipelined(ctx, p.rdb, func(pipe redis.Pipeliner) {
		for _, eventType := range eventTypes {
			for n := range p.opts.Shards {
				s := shardOf(p.opts.App, eventType, n)
				waiting[s] = [2]*redis.IntCmd{pipe.XLen(ctx, s.stream()), pipe.ZCard(ctx, s.delayed())}
			}
		}
	})
	if err != nil {
		return fmt.Errorf("read the length of the queue: %w", err)
	}
	for s, n := range waiting {
		if events := n[0].Val() + n[1].Val(); events >= limit {
			return fmt.Errorf("%s has %d events, and takes %d: %w", s.stream(), events, limit, ErrFull)
		}
	}
	return outOfMemory(ctx, p.rdb)
}

// outOfMemory returns an error that is ErrFull if Redis, or a master of a Redis Cluster, takes no
// writes that need memory.
func outOfMemory(ctx context.Context, rdb redis.UniversalClient) error {
	var mu sync.Mutex
	full := false
	ask := func(ctx context.Context, node redis.Cmdable) error {
		info, err := node.Info(ctx, "memory").Result()
		if _, refused := errors.AsType[redis.Error](err); refused { // this user may not, or the command is disabled
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		full = full || memoryFull(info)
		return err
	}
	var err error
	if cluster, ok := rdb.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return ask(ctx, node) })
	} else {
		err = ask(ctx, rdb)
	}
	switch {
	case err != nil:
		return fmt.Errorf("read Redis's memory: %w", err)
	case full:
		return fmt.Errorf("redis is out of memory: %w", ErrFull)
	default:
		return nil
	}
}

// memoryFull reports whether a Redis is out of memory, by its INFO memory. It counts as Redis
// does: without the buffers of replicas and of the append-only file.
// Source: getMaxmemoryState in evict.c of Redis 6.2 to 8
func memoryFull(info string) bool {
	var used, uncounted, limit int64
	policy := ""
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, _ := strconv.ParseInt(value, 10, 64) // many values are texts
		switch name {
		case "used_memory":
			used = n
		case "mem_not_counted_for_evict":
			uncounted = n
		case "maxmemory":
			limit = n
		case "maxmemory_policy":
			policy = value
		}
	}
	return limit > 0 && policy == "noeviction" && used-uncounted > limit
}
