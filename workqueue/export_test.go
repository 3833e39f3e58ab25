package workqueue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Encode returns an event as it is on its stream.
func Encode(e Event) []byte { return entry{Event: e}.encode() }

// DecodeID returns the id of the event of an encoded entry.
func DecodeID(encoded string) string {
	e, err := decode("", encoded)
	if err != nil {
		panic(err)
	}
	return e.ID
}

// EntryTime returns when an entry was queued.
func EntryTime(id string) time.Time { return entryTime(id) }

// Skew makes the clock that the consumer reads differ from this machine's.
func (c *Consumer) Skew(by time.Duration) {
	c.now = func() time.Time { return time.Now().Add(by) }
}

// Origin returns the id of the first entry of the event of a delivery. Each retry is
// another entry.
func Origin(d *Delivery) string { return d.steps.origin }

// Clock makes the consumer read this clock.
func (c *Consumer) Clock(now func() time.Time) { c.now = now }

// Hash returns that by which Redis knows the script of a name.
func Hash(name string) string { return script(name).Hash() }

// Promote moves up to n events of a shard that are due, and returns the
// milliseconds until the next is, as the script does.
func Promote(ctx context.Context, rdb redis.UniversalClient, app, eventType string, n int) (int64, error) {
	return scripts{rdb, shardOf(app, eventType, 0)}.promote(ctx, n)
}

// PublishBatch publishes events in one round trip. Those that found the stream
// full have the Result 0.
func (p *Publisher) PublishBatch(ctx context.Context, events ...Event) ([]Result, error) {
	var batch []*publishing
	for _, e := range events {
		batch = append(batch, p.publishing(e))
	}
	p.send(ctx, batch)
	var results []Result
	var errs []error
	for _, call := range batch {
		results = append(results, call.result)
		errs = append(errs, call.err)
	}
	return results, errors.Join(errs...)
}
