package workqueue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/workqueue/batch"
)

// PublisherOptions configures a Publisher.
type PublisherOptions struct {
	// App is the deployment's name, with which every key begins. Required.
	App string
	// DedupWindow is how long a key is remembered, at least a millisecond. Defaults to
	// 2 hours: Slack retries no event later than that, unless the app has Delayed
	// Events enabled, which need 26.
	DedupWindow time.Duration
	// MaxBacklog is how many events the stream of a shard may hold, waiting and being
	// handled together, before Publish returns ErrFull. The default, 0, is BacklogFor
	// of Redis's memory, which is read once from Redis; it is 2,500 until that succeeds.
	MaxBacklog int
	// Shards is over how many streams the events of each type are spread, 1 to
	// MaxShards. Defaults to 1. More shards let a Redis Cluster share the work.
	//
	// The number may be raised at a restart: consumers read all shards that exist, and
	// a publisher looks for a key in the shards that the key could have been in. Only
	// an event that an old and a new publisher receive while both run may be queued
	// twice. The number may also be lowered: the keys of the removed shards are then
	// forgotten.
	Shards int
	// Log receives warnings and the backlog's bound. The zero value is silent.
	Log zerolog.Logger
}

// Publisher puts events on their streams. It is safe for concurrent use.
type Publisher struct {
	rdb     redis.UniversalClient
	opts    PublisherOptions
	started time.Time
	backlog backlog
	batch   *batch.Batcher[*publishing]

	counters publishCounters
}

// publishing is a call of Publish.
type publishing struct {
	shard shard
	// former are the shards that may know the key from when there were fewer.
	former  []shard
	key     string
	encoded []byte
	also    Companion // or nil
	// The outcome. A call whose context ended before must not read it.
	result Result // 0: the stream is full
	err    error
}

// NewPublisher returns a Publisher on rdb, which the caller closes.
func NewPublisher(rdb redis.UniversalClient, opts PublisherOptions) (*Publisher, error) {
	if opts.DedupWindow == 0 {
		opts.DedupWindow = 2 * time.Hour
	}
	if opts.Shards == 0 {
		opts.Shards = 1
	}
	if err := errors.Join(checkQueue(rdb, opts.App), opts.validate()); err != nil {
		return nil, fmt.Errorf("publisher options: %w", err)
	}
	p := &Publisher{
		rdb: rdb, opts: opts, started: time.Now(), counters: publishCounters{byType: map[string]*PublishCounts{}},
		backlog: backlog{rdb: rdb, shards: opts.Shards, log: opts.Log},
	}
	p.backlog.known.Store(int64(opts.MaxBacklog))
	p.batch = batch.New(2, p.send)
	return p, nil
}

func (o PublisherOptions) validate() error {
	errs := []error{checkShards(o.Shards)}
	if o.DedupWindow < time.Millisecond {
		errs = append(errs, fmt.Errorf("window %v: want at least 1ms", o.DedupWindow))
	}
	if o.MaxBacklog < 0 {
		errs = append(errs, fmt.Errorf("max backlog %d: want 0 or more", o.MaxBacklog))
	}
	return errors.Join(errs...)
}

// MaxBacklog returns how many events the stream of a shard may hold. It may read
// Redis's memory, until that has succeeded once.
func (p *Publisher) MaxBacklog(ctx context.Context) int { return p.backlog.bound(ctx) }

// Publish queues e, unless an event of its type and key was queued within the
// window. When it returns without an error, this call or an earlier one has queued e.
// It returns ErrFull when the stream is at its bound, or Redis is out of memory. After
// any other error e may or may not be queued; publishing it again is safe if it has a
// key. It returns at the deadline of ctx, and after 5 seconds at most.
func (p *Publisher) Publish(ctx context.Context, e Event) (Result, error) {
	return p.PublishWith(ctx, e, nil)
}

// Companion adds commands to a pipeline that takes an event along.
type Companion func(redis.Pipeliner)

// PublishWith queues e as Publish does. The commands of also go out in the same round trip,
// whatever becomes of e: one Redis runs them before e can be delivered, a Redis Cluster
// perhaps after that. They may run twice if a connection is lost, and must not be read after
// an error.
func (p *Publisher) PublishWith(ctx context.Context, e Event, also Companion) (Result, error) {
	if err := checkType(e.Type); err != nil {
		return 0, err
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	call := p.publishing(e)
	call.also = also
	err := p.batch.Do(ctx, call)
	if err == nil {
		err = call.err
	}
	p.counters.add(e.Type, call, err)
	if err != nil {
		return 0, fmt.Errorf("publish %s event %s: %w", e.Type, e.ID, err)
	}
	if call.result == 0 {
		return 0, fmt.Errorf("publish %s event %s: %w", e.Type, e.ID, ErrFull)
	}
	return call.result, nil
}

func (p *Publisher) publishing(e Event) *publishing {
	call := &publishing{key: e.Key, encoded: entry{Event: e}.encode()}
	if p.opts.Shards == 1 {
		call.shard = shardOf(p.opts.App, e.Type, 0)
		return call
	}
	partition := e.Partition
	if partition == "" {
		partition = e.Key
	}
	if partition == "" {
		partition = rand.Text()
	}
	number, former := spread(partition, p.opts.Shards)
	call.shard = shardOf(p.opts.App, e.Type, number)
	// A publisher's number of shards does not change, and the keys of an earlier
	// publisher expire after a window. The second window is for one that still ran
	// while this one started.
	if e.Key != "" && time.Since(p.started) < 2*p.opts.DedupWindow {
		for _, n := range former {
			call.former = append(call.former, shardOf(p.opts.App, e.Type, n))
		}
	}
	return call
}

// publishTimeout bounds a call of Publish, and a round trip that several share.
const publishTimeout = 5 * time.Second

// bounded returns a context that ends after publishTimeout at most: ctx itself, if it
// ends before.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if at, ok := ctx.Deadline(); ok && time.Until(at) <= publishTimeout {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, publishTimeout)
}

// send publishes the events of several calls in one round trip, or two while a former
// shard may know some of their keys.
func (p *Publisher) send(ctx context.Context, batch []*publishing) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := p.lookBack(ctx, batch); err != nil {
		rediscover(ctx, p.rdb)
		for _, call := range batch {
			call.err = err
		}
		return
	}
	parts, bound := byShard(batch), p.backlog.bound(ctx)
	for _, part := range parts {
		part.args = scripts{p.rdb, part.shard}.publishArgs(p.opts.DedupWindow, bound, part.calls)
	}
	p.evaluate(ctx, batch, parts)
	for _, part := range parts {
		if redis.HasErrorPrefix(part.reply.Err(), "NOSCRIPT") { // Redis is new, or was restarted
			part.reply = scripts{p.rdb, part.shard}.publishText(ctx, part.args)
		}
		results, err := publishResults(part.reply)
		switch {
		case redis.HasErrorPrefix(err, "OOM"): // the script was not begun
			err = fmt.Errorf("%w: %w", ErrFull, err)
		case err != nil:
			rediscover(ctx, p.rdb)
		}
		for i, call := range part.calls {
			if call.err = err; err == nil {
				call.result = results[i]
			}
		}
	}
}

// part is the calls of a batch whose events go to one shard.
type part struct {
	shard shard
	calls []*publishing
	args  publishArgs
	reply *redis.Cmd
}

// byShard divides a batch by shard. Known duplicates are left out.
func byShard(batch []*publishing) []*part {
	var parts []*part
	for _, call := range batch {
		if call.result == Duplicate {
			continue
		}
		i := slices.IndexFunc(parts, func(p *part) bool { return p.shard == call.shard })
		if i < 0 {
			i = len(parts)
			parts = append(parts, &part{shard: call.shard, calls: make([]*publishing, 0, len(batch))})
		}
		parts[i].calls = append(parts[i].calls, call)
	}
	return parts
}

// evaluate runs the script on each part, after the callers' own commands.
func (p *Publisher) evaluate(ctx context.Context, batch []*publishing, parts []*part) {
	run := func(rdb redis.Scripter) {
		for _, part := range parts {
			part.reply = scripts{rdb, part.shard}.publish(ctx, part.args)
		}
	}
	alone := !slices.ContainsFunc(batch, func(call *publishing) bool { return call.also != nil })
	if alone && len(parts) == 1 {
		run(p.rdb) // a pipeline takes longer
		return
	}
	_ = pipelined(ctx, p.rdb, func(pipe redis.Pipeliner) { // each reply has its own error
		for _, call := range batch {
			if call.also != nil {
				call.also(pipe)
			}
		}
		run(pipe)
	})
}

// lookBack marks the duplicates of events that were queued in former shards.
func (p *Publisher) lookBack(ctx context.Context, batch []*publishing) error {
	if !slices.ContainsFunc(batch, func(call *publishing) bool { return len(call.former) > 0 }) {
		return nil
	}
	known := map[*publishing][]*redis.IntCmd{}
	err := pipelined(ctx, p.rdb, func(pipe redis.Pipeliner) {
		for _, call := range batch {
			for _, s := range call.former {
				known[call] = append(known[call], pipe.Exists(ctx, s.seen(call.key)))
			}
		}
	})
	if err != nil {
		return fmt.Errorf("look for duplicates in former shards: %w", err)
	}
	for call, replies := range known {
		for _, reply := range replies {
			if reply.Val() == 1 {
				call.result = Duplicate
			}
		}
	}
	return nil
}
