// Package vitals is how operators know what consumers do: each consumer writes
// what it counted to Redis every few seconds, under its name, and what it failed
// with lately to a list that all share. What is written is bounded, and is gone
// soon after the consumer is.
//
// It knows the queue's counters, and not who looks at them.
package vitals

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// every is how often a consumer writes, expiry how long that is kept: one
	// that misses a few times is taken for dead.
	every  = 2 * time.Second
	expiry = 15 * time.Second
	// maxConsumers is how many consumers are read.
	maxConsumers = 100
	// maxFailures is how many failures are kept, of all consumers, and
	// failuresKept for how long after the last of them.
	maxFailures  = 100
	failuresKept = 7 * 24 * time.Hour
)

// Vitals is what a consumer tells of itself.
type Vitals struct {
	Name    string    `json:"name"`
	Started time.Time `json:"started"`
	// At is when it was told, by the consumer's clock.
	At     time.Time                `json:"at"`
	Counts []workqueue.HandleCounts `json:"counts"`
}

// Failure is an attempt to handle an event that failed.
type Failure struct {
	At        time.Time `json:"at"`
	Consumer  string    `json:"consumer"`
	Type      string    `json:"type"`
	EventID   string    `json:"event_id"`
	RequestID string    `json:"request_id"`
	Attempt   int       `json:"attempt"`
	Error     string    `json:"error"`
}

// keys names the Redis keys of one deployment. The part in braces is Redis
// Cluster's hash tag: they all live in one slot, so that one command reads them.
type keys struct{ app string }

// names is a sorted set of consumers, by when they last wrote.
func (k keys) names() string { return k.app + ":{vitals}:names" }

func (k keys) of(name string) string { return k.app + ":{vitals}:of:" + name }

// failures is a list, the latest first.
func (k keys) failures() string { return k.app + ":{vitals}:failures" }

// Reader reads what the consumers of a deployment tell. It is safe for
// concurrent use.
type Reader struct {
	rdb  redis.UniversalClient
	keys keys
}

// NewReader returns a Reader on rdb, which stays the caller's to close.
func NewReader(rdb redis.UniversalClient, app string) *Reader { return &Reader{rdb, keys{app}} }

// Consumers returns what the consumers that are alive tell, ordered by name, of
// at most a hundred.
func (r *Reader) Consumers(ctx context.Context) ([]Vitals, error) {
	// Those that wrote last; which of them are alive their keys tell.
	names, err := r.rdb.ZRangeArgs(ctx, redis.ZRangeArgs{Key: r.keys.names(), Start: 0, Stop: maxConsumers - 1, Rev: true}).Result()
	if err != nil {
		return nil, fmt.Errorf("list the consumers: %w", err)
	}
	if len(names) == 0 {
		return nil, nil
	}
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = r.keys.of(name)
	}
	values, err := r.rdb.MGet(ctx, list...).Result()
	if err != nil {
		return nil, fmt.Errorf("read what consumers tell: %w", err)
	}
	return decode(values, func(a, b Vitals) int { return strings.Compare(a.Name, b.Name) }), nil
}

// Failures returns up to n of the latest failures, the latest first.
func (r *Reader) Failures(ctx context.Context, n int) ([]Failure, error) {
	texts, err := r.rdb.LRange(ctx, r.keys.failures(), 0, int64(n)-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read the latest failures: %w", err)
	}
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	return decode(values, func(a, b Failure) int { return b.At.Compare(a.At) }), nil
}

// decode returns the values that can be read, in order. What expired is nil, and
// another release may write otherwise.
func decode[T any](values []any, order func(a, b T) int) []T {
	var list []T
	for _, value := range values {
		text, _ := value.(string)
		var v T
		if json.Unmarshal([]byte(text), &v) == nil {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, order)
	return list
}
