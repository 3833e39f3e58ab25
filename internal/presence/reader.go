package presence

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

// maxConsumers bounds the consumers that a Reader returns.
const maxConsumers = 100

// Consumer is the report of a consumer process.
type Consumer struct {
	Name    string    `json:"name"`
	Started time.Time `json:"started"`
	// At is the time of the report, by the consumer's clock.
	At time.Time `json:"at"`
	// Counts are the counts since Started of all queues of the process.
	Counts []workqueue.HandleCounts `json:"counts"`
}

// Failure is a failed attempt to handle an event.
type Failure struct {
	At        time.Time `json:"at"`
	Consumer  string    `json:"consumer"`
	Type      string    `json:"type"`
	EventID   string    `json:"event_id"`
	RequestID string    `json:"request_id"`
	Attempt   int       `json:"attempt"`
	Error     string    `json:"error"`
}

// Reader reads the reports of a deployment's processes. It is safe for concurrent
// use.
type Reader struct {
	rdb  redis.UniversalClient
	keys keys
}

// NewReader returns a Reader on rdb, which the caller closes.
func NewReader(rdb redis.UniversalClient, app string) *Reader { return &Reader{rdb, keys{app}} }

// Consumers returns the reports of the live consumers, ordered by name: at most 100,
// those that reported last.
func (r *Reader) Consumers(ctx context.Context) ([]Consumer, error) {
	// A consumer is live if its report has not expired.
	names, err := r.rdb.ZRangeArgs(ctx, redis.ZRangeArgs{Key: r.keys.reporters(), Start: 0, Stop: maxConsumers - 1, Rev: true}).Result()
	if err != nil {
		return nil, fmt.Errorf("list the consumers: %w", err)
	}
	if len(names) == 0 {
		return nil, nil
	}
	reports := make([]string, len(names))
	for i, name := range names {
		reports[i] = r.keys.report(name)
	}
	values, err := r.rdb.MGet(ctx, reports...).Result()
	if err != nil {
		return nil, fmt.Errorf("read the consumers' reports: %w", err)
	}
	return decode(values, func(a, b Consumer) int { return strings.Compare(a.Name, b.Name) }), nil
}

// Instances returns the live instances, ordered by role, name and start.
func (r *Reader) Instances(ctx context.Context) ([]Instance, error) {
	status, err := Read(ctx, r.rdb, r.keys.app)
	return status.Instances, err
}

// Failures returns up to n of the latest failures, the latest first. Redis has the
// last 100, until a week after the last of them.
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

// decode returns the values that it can decode, sorted. It skips expired ones, which
// are nil, and those of a release with another format.
func decode[T any](values []any, compare func(a, b T) int) []T {
	var list []T
	for _, value := range values {
		text, _ := value.(string)
		var v T
		if json.Unmarshal([]byte(text), &v) == nil {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, compare)
	return list
}
