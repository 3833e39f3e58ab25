package workqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// EventSize is the estimate of how much of Redis's memory an event takes, in bytes. A
// chat message takes about half of it: some 1.5 kB of payload, and its key.
const EventSize = 4 << 10

// The bounds of BacklogFor's result. The lower one fits four times into the 25
// MB of the smallest Heroku plan.
const (
	minBacklog = 2_500
	maxBacklog = 1_000_000
)

// BacklogFor returns how many events a stream may hold in a Redis with so many
// bytes of memory: as many as take a quarter of it, divided by the streams that a
// type has there, which is all its shards, or on a Redis Cluster a master's part of
// them. It is between 2,500 and 1,000,000.
func BacklogFor(memory int64, shards, masters int) int {
	streams := max((shards+masters-1)/max(masters, 1), 1)
	return int(min(max(memory/4/EventSize/int64(streams), minBacklog), maxBacklog))
}

// backlog knows how many events a stream may hold.
type backlog struct {
	rdb    redis.UniversalClient
	shards int
	log    zerolog.Logger

	known  atomic.Int64 // the bound, 0 until it is known
	asking sync.Mutex   // held by the goroutine that asks Redis
	due    time.Time    // when to ask again
	failed bool         // the failure was logged
}

const (
	// askMemoryTimeout bounds one attempt to read Redis's memory. It leaves the call of
	// Publish that makes it enough time to publish.
	askMemoryTimeout = time.Second
	// askMemoryEvery is the time between two attempts.
	askMemoryEvery = 2 * time.Second
)

// bound returns the bound. If it depends on Redis's memory, the first call reads that;
// the bound is minBacklog until that succeeds.
func (b *backlog) bound(ctx context.Context) int {
	if n := b.known.Load(); n > 0 {
		return int(n)
	}
	if !b.asking.TryLock() {
		return minBacklog
	}
	defer b.asking.Unlock()
	now := time.Now()
	if now.Before(b.due) {
		return minBacklog
	}
	b.due = now.Add(askMemoryEvery)
	ctx, cancel := context.WithTimeout(ctx, askMemoryTimeout)
	defer cancel()
	memory, masters, err := leastMemory(ctx, b.rdb)
	if err != nil {
		if !b.failed {
			b.failed = true
			b.log.Warn().Err(err).Int("max_backlog", minBacklog).
				Msg("Redis does not say how much memory it has; until it does, a stream holds few events, unless a maximum is configured")
		}
		return minBacklog
	}
	n := BacklogFor(memory, b.shards, masters)
	b.known.Store(int64(n))
	b.log.Info().Int("max_backlog", n).Int64("redis_memory", memory).Msg("a stream holds as many events as Redis has memory for")
	return n
}

// leastMemory returns the memory of Redis in bytes, or of the master of a Redis
// Cluster that has the least, and how many masters there are.
func leastMemory(ctx context.Context, rdb redis.UniversalClient) (least int64, masters int, err error) {
	var mu sync.Mutex
	ask := func(ctx context.Context, node redis.Cmdable) error {
		info, err := node.Info(ctx, "memory").Result()
		if err != nil {
			return err
		}
		memory, err := memoryOf(info)
		mu.Lock()
		defer mu.Unlock()
		if masters++; masters == 1 || memory < least {
			least = memory
		}
		return err
	}
	if cluster, ok := rdb.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return ask(ctx, node) })
	} else {
		err = ask(ctx, rdb)
	}
	if err != nil {
		err = fmt.Errorf("read Redis's memory: %w", err)
	}
	return least, masters, err
}

// memoryOf returns how many bytes a Redis may hold, from its INFO memory: maxmemory, or
// if that is not set the memory of its machine.
func memoryOf(info string) (int64, error) {
	var limit, machine int64
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, _ := strconv.ParseInt(value, 10, 64) // many values are texts
		switch name {
		case "maxmemory":
			limit = n
		case "total_system_memory":
			machine = n
		}
	}
	if n := cmp.Or(limit, machine); n > 0 {
		return n, nil
	}
	return 0, errors.New("INFO memory has neither maxmemory nor total_system_memory")
}
