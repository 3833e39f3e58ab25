package workqueue

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// shardReader receives the entries of one shard: those that nobody received before,
// which a fetcher reads, and those that it claims from dead consumers. It also
// maintains the shard. Only the goroutine of its fetcher calls its methods.
type shardReader struct {
	consumer  *Consumer
	eventType string
	scripts   scripts
	stream    string
	log       zerolog.Logger
	workers   *shardWorkers
	// When to claim next, to remove the names of idle consumers, and to look for
	// orphans.
	claimDue, sweepDue, orphansDue time.Time
	// orphansFrom is the entry at which the look for orphans continues, "" when
	// none is under way.
	orphansFrom string
}

// newShardReader returns the reader of a shard, with its workers.
func newShardReader(c *Consumer, t handled, number int) *shardReader {
	s := scripts{c.rdb, shardOf(c.opts.App, t.eventType, number)}
	log := c.opts.Log.With().Str("type", t.eventType).Logger()
	if c.opts.Shards > 1 || number > 0 {
		log = log.With().Int("shard", number).Logger()
	}
	return &shardReader{
		consumer: c, eventType: t.eventType, scripts: s, stream: s.shard.stream(), log: log,
		workers: newShardWorkers(c, t, s, workersOf(c.opts.Shards, t.opts.concurrency, number), log),
	}
}

// workersOf returns how many of a type's workers a shard has. The configured shards
// divide them, and each has at least one. A shard beyond those has one: it may never
// have another event.
func workersOf(shards, concurrency, number int) int {
	n := concurrency / shards
	if number < concurrency%shards {
		n++
	}
	if number >= shards {
		n = 1
	}
	return max(1, n)
}

// deliveries decodes entries that were requested at a given time and read from the
// stream.
func (r *shardReader) deliveries(ctx context.Context, messages []redis.XMessage, requested time.Time) []*delivery {
	list := make([]*delivery, 0, len(messages))
	for _, m := range messages {
		encoded, _ := m.Values[fieldEntry].(string)
		if held, _ := r.workers.leases.has(m.ID); held {
			continue // Redis lost the group, and delivers an entry again that is being handled here
		}
		if d := r.delivery(ctx, m.ID, encoded, requested); d != nil {
			list = append(list, d)
		}
	}
	return list
}

// delivery decodes an entry that was requested at a given time. It returns nil for
// an entry that it cannot read. One that is damaged becomes a dead letter, so that a
// person learns of it; one that another release wrote stays pending, for a consumer
// of that release.
func (r *shardReader) delivery(ctx context.Context, id, encoded string, requested time.Time) *delivery {
	e, err := decode(r.eventType, encoded)
	d := &delivery{
		Delivery: Delivery{
			Event: e.Event, EntryID: id, Attempt: e.attempts + 1, QueuedAt: entryTime(id), ReceivedAt: r.consumer.now(), ReplayedAt: e.replayed,
		},
		requested: requested, encoded: encoded, origin: e.origin, failed: e.attempts,
	}
	switch {
	case errors.Is(err, errVersion):
		r.log.Warn().Err(err).Str("entry", id).Msg("left an entry of another release to a consumer that can read it")
		return nil
	case err != nil:
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout) // also when it came with the last read
		defer cancel()
		d.record = r.workers.outcome(d, disposition{kind: dead}, err)
		if err := r.workers.deadLetter(try, d, Malformed, err); err != nil {
			r.log.Error().Err(err).Str("entry", id).Msg("could not make a dead letter of an entry that cannot be read; it stays pending")
		}
		return nil
	case e.origin == "":
		d.origin = id
	default:
		d.QueuedAt = entryTime(e.origin)
	}
	d.completed = steps{rdb: r.consumer.rdb, scripts: r.scripts, origin: d.origin}
	d.steps = &d.completed
	return d
}
