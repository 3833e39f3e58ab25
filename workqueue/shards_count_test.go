package workqueue_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/workqueue"
)

// commandCounter counts the commands that a client sends, by name.
type commandCounter struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *commandCounter) count(cmds ...redis.Cmder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cmd := range cmds {
		c.counts[cmd.Name()]++
	}
}

// DialHook implements redis.Hook.
func (c *commandCounter) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook implements redis.Hook.
func (c *commandCounter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.count(cmd)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (c *commandCounter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.count(cmds...)
		return next(ctx, cmds)
	}
}

// TestInspector_AsksForExistingShards: on a single Redis one command finds a type's
// shards, and the others are about those alone.
func TestInspector_AsksForExistingShards(t *testing.T) {
	t.Parallel()
	for _, shards := range []int{1, 3, workqueue.MaxShards} {
		t.Run(fmt.Sprint(shards), func(t *testing.T) {
			t.Parallel()
			q := queue{t, redistest.Open(t, redistest.Single), redistest.App()}
			// Only the last one has a stream, as when no event came for the others.
			stream := fmt.Sprintf("%s:{greeting.%d}:stream", q.app, shards-1)
			if err := q.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: []string{"e", "x"}}).Err(); err != nil {
				t.Fatal(err)
			}
			if s := q.stats(); s.Shards != shards || s.Depth != 1 { // Redis knows the script from here on
				t.Fatalf("%+v, want %d shards and one event", s, shards)
			}
			rdb, _ := q.wired()
			counter := &commandCounter{counts: map[string]int{}}
			rdb.(*redis.Client).AddHook(counter)
			if s := (queue{t, rdb, q.app}).stats(); s.Shards != shards || s.Depth != 1 {
				t.Errorf("%+v, want %d shards and one event", s, shards)
			}
			if c := counter.counts; c["evalsha"] != 1 || c["exists"] != 0 || c["xpending"] != shards {
				t.Errorf("asked %v of %d shards", c, shards)
			}
		})
	}
}
