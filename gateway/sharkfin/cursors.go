package sharkfin

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/leader"
)

const (
	// cursorPrefix begins the fields of channels in the hash of cursors: a channel may have
	// any name.
	cursorPrefix = "#"
	// markField is the high-water mark: a number as high as the ids of all messages that were
	// sent before the last listing of the channels began, as far as they were seen. A channel
	// that turns up later has its first message after it.
	markField = "mark"
)

// cursors are the ids up to which each channel was read and is on the queue. They are in
// Redis, and only the leader raises them. It is safe for concurrent use.
type cursors struct {
	term *leader.Term
	key  string

	mu     sync.Mutex
	at     map[string]int64
	mark   int64
	marked bool
}

// loadCursors reads the cursors in Redis.
func loadCursors(ctx context.Context, rdb redis.UniversalClient, key string, term *leader.Term) (*cursors, error) {
	stored, err := rdb.HGetAll(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	c := &cursors{term: term, key: key, at: map[string]int64{}}
	for field, text := range stored {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("field %q of %s is no number: remove it", field, key)
		}
		if channel, ok := strings.CutPrefix(field, cursorPrefix); ok {
			c.at[channel] = id
		} else if field == markField {
			c.mark, c.marked = id, true
		}
	}
	return c, nil
}

// highest returns the highest id of all.
func (c *cursors) highest() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	high := c.mark
	for _, id := range c.at {
		high = max(high, id)
	}
	return high
}

// of returns the cursor of a channel.
func (c *cursors) of(channel string) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.at[channel]
	return id, ok
}

// highWater returns the high-water mark.
func (c *cursors) highWater() (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mark, c.marked
}

// advance raises the cursors of channels.
func (c *cursors) advance(ctx context.Context, to map[string]int64) error {
	fields := make(map[string]int64, len(to))
	for channel, id := range to {
		fields[cursorPrefix+channel] = id
	}
	if err := c.term.Advance(ctx, c.key, fields); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for channel, id := range to {
		c.at[channel] = max(c.at[channel], id)
	}
	return nil
}

// advanceMark raises the high-water mark.
func (c *cursors) advanceMark(ctx context.Context, to int64) error {
	c.mu.Lock()
	same := c.marked && c.mark >= to
	c.mu.Unlock()
	if same {
		return nil
	}
	if err := c.term.Advance(ctx, c.key, map[string]int64{markField: to}); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mark, c.marked = max(c.mark, to), true
	return nil
}
