package workqueue

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// shardsInUse returns how many shards each of the types has in Redis: one more than
// the highest whose stream exists, and at least one. Streams of earlier releases
// count. With an error come the shards that it found all the same.
//
// A single Redis is asked once for all types. On a Redis Cluster each shard is in a
// slot of its own, so that each stream is a command, in one pipeline for each node.
func shardsInUse(ctx context.Context, rdb redis.UniversalClient, app string, eventTypes []string) (map[string]int, error) {
	counts := map[string]int{}
	var streams []string // MaxShards of each type
	for _, eventType := range eventTypes {
		counts[eventType] = 1
		for n := range MaxShards {
			streams = append(streams, shardOf(app, eventType, n).stream())
		}
	}
	if len(streams) == 0 {
		return counts, nil
	}
	var err error
	if _, cluster := rdb.(*redis.ClusterClient); cluster {
		err = countOnCluster(ctx, rdb, eventTypes, streams, counts)
	} else {
		var list []int64
		list, err = countShards(ctx, rdb, streams)
		for i, n := range list {
			counts[eventTypes[i]] = int(n)
		}
	}
	if err != nil {
		err = fmt.Errorf("look for streams: %w", err)
	}
	return counts, err
}

// countOnCluster raises counts by the streams that exist.
func countOnCluster(ctx context.Context, rdb redis.Cmdable, eventTypes, streams []string, counts map[string]int) error {
	replies := make([]*redis.IntCmd, len(streams))
	err := pipelined(ctx, rdb, func(p redis.Pipeliner) {
		for i, stream := range streams {
			replies[i] = p.Exists(ctx, stream)
		}
	})
	for i, reply := range replies {
		if reply.Val() == 1 {
			eventType := eventTypes[i/MaxShards]
			counts[eventType] = max(counts[eventType], i%MaxShards+1)
		}
	}
	return err
}

var shardsScript = script("shards")

// countShards returns how many shards each type has, of which streams holds all
// possible ones in turn.
func countShards(ctx context.Context, rdb redis.Scripter, streams []string) ([]int64, error) {
	return shardsScript.Run(ctx, rdb, streams, MaxShards).Int64Slice()
}
