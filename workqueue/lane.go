package workqueue

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// lane is the way of the events of one shard of a type through a consumer: how
// they are taken, by whom they are worked on, and what is done with them after
// that. Its methods up to work are called by the one goroutine that takes
// events.
type lane struct {
	consumer  *Consumer
	eventType string
	shard     shard
	stream    string
	handle    HandlerFunc
	wrapped   HandlerFunc // attempt, and what the consumer's options have around it
	opts      handleOptions
	log       zerolog.Logger
	counters  *handleCounters
	leases    *leases
	acks      acker
	delayed   promoter
	// unsettled paces and reports what keeps outcomes from being recorded.
	unsettled errorReporter
	// pendingOutcomes is how many outcomes could not be recorded so far.
	pendingOutcomes atomic.Int32
	// sem holds a value for each worker that is busy.
	sem chan struct{}
	// When next to look for a dead consumer's entries, for names of consumers that
	// are gone, and for entries that no consumer has.
	claimDue, sweepDue, orphansDue time.Time
	// orphansFrom is where the look for those goes on, "" when none is under way.
	orphansFrom string
}

// newLane returns the lane of one of the shards of a type, which have the
// type's workers between them. A shard of which the consumer was not told gets
// one: it may never have another event.
func newLane(c *Consumer, t handled, number int) *lane {
	shards := c.opts.Shards
	workers := t.opts.concurrency / shards
	if number < t.opts.concurrency%shards {
		workers++
	}
	if number >= shards {
		workers = 1
	}
	s := shardOf(c.opts.App, t.eventType, number)
	log := c.opts.Log.With().Str("type", t.eventType).Logger()
	if shards > 1 || number > 0 {
		log = log.With().Int("shard", number).Logger()
	}
	l := &lane{
		consumer:  c,
		eventType: t.eventType,
		shard:     s,
		stream:    s.stream(),
		handle:    t.handle,
		opts:      t.opts,
		log:       log,
		counters:  t.counters,
		leases:    newLeases(c, s.stream(), log, func() { t.counters.leaseLost.Add(1) }),
		unsettled: c.outage(log, "the outcomes of events cannot be recorded"),
		sem:       make(chan struct{}, max(1, workers)),
	}
	l.wrapped = l.attempt
	if wrap := c.opts.Wrap; wrap != nil {
		l.wrapped = wrap(l.attempt)
	}
	l.acks = acker{lane: l, trouble: c.outage(log, "events cannot be acknowledged")}
	l.delayed = promoter{lane: l, delayed: make(chan struct{}, 1), trouble: c.outage(log, "delayed events cannot be put back")}
	return l
}

// free returns how many workers are free.
func (l *lane) free() int { return cap(l.sem) - len(l.sem) }

// start has deliveries worked on, for which there are free workers. It gives
// handlers the context handling and adds the deliveries to unfinished, and calls
// freed whenever a worker is free again.
func (l *lane) start(handling context.Context, unfinished *sync.WaitGroup, list []*Delivery, freed func()) {
	finished := func() {
		freed()
		unfinished.Done()
	}
	for _, d := range list {
		l.sem <- struct{}{}
		unfinished.Add(1)
		d.onRelease = finished
		go l.work(handling, d)
	}
	if len(list) > 0 {
		runtime.Gosched() // handlers begin before the next read does: a fifth off their wait
	}
}

// deliveries decodes what was read from the stream.
func (l *lane) deliveries(ctx context.Context, messages []redis.XMessage, asked time.Time) []*Delivery {
	list := make([]*Delivery, 0, len(messages))
	for _, m := range messages {
		encoded, _ := m.Values[fieldEntry].(string)
		if held, _ := l.leases.has(m.ID); held {
			continue // Redis lost the group and gives out what is being worked on here
		}
		if d := l.delivery(ctx, m.ID, encoded, asked); d != nil {
			list = append(list, d)
		}
	}
	return list
}

// delivery decodes an entry that was asked for at a given time. It returns nil
// for one that cannot be read, which becomes a dead letter: a person is to know
// of it. One that another release wrote is left to another consumer, which may
// be of that release.
func (l *lane) delivery(ctx context.Context, id, encoded string, asked time.Time) *Delivery {
	e, err := decode(l.eventType, encoded)
	d := &Delivery{
		Event: e.Event, EntryID: id, Attempt: e.attempts + 1, QueuedAt: entryTime(id), ReceivedAt: l.consumer.now(), ReplayedAt: e.replayed,
		asked: asked, entryID: id, encoded: encoded, origin: e.origin, attempts: e.attempts,
	}
	switch {
	case errors.Is(err, errVersion):
		l.log.Warn().Err(err).Str("entry", id).Msg("left an entry to a consumer that can read it")
		return nil
	case err != nil:
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout) // also when it came with the last read
		defer cancel()
		if err := l.bury(try, d, Malformed, err); err != nil {
			l.log.Error().Err(err).Str("entry", id).Msg("an entry that cannot be read stays pending")
		}
		return nil
	case e.origin == "":
		d.origin = id
	default:
		d.QueuedAt = entryTime(e.origin)
	}
	d.actions = actions{l.consumer.rdb, l.shard.done(d.origin)}
	return d
}
