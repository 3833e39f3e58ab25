package workqueue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// PublisherOptions configures a Publisher.
type PublisherOptions struct {
	// App is the deployment's name, with which every key begins. Required.
	App string
	// Window is how long a key is remembered, at least a millisecond. The
	// default is 2 hours: Slack repeats nothing later than that, unless the
	// app has Delayed Events on, which wants 26.
	Window time.Duration
	// MaxBacklog is how many events the stream of a shard may hold, waiting and being
	// handled together, before Publish returns ErrFull. The default is 2,500:
	// with entries of about 2 kB, four full streams fit into the 25 MB of the
	// smallest Heroku plan.
	MaxBacklog int
	// Shards is over how many streams the events of each type are spread, 1 to
	// MaxShards; the default is 1. More let a Redis Cluster share the work.
	//
	// The number may be raised with the next start: consumers take events from
	// all shards that there are, and a key is known in the shard that it was
	// in. Only an event that an old publisher and a new one are given at once,
	// while both run, may be queued twice. It may be lowered, too; a key is
	// then forgotten when its shard is gone.
	Shards int
}

// Publisher puts events on their streams. It is safe for concurrent use.
type Publisher struct {
	rdb     redis.UniversalClient
	opts    PublisherOptions
	started time.Time
	batch   batcher[*publishing]

	counters publishCounters
}

// publishing is a call of Publish.
type publishing struct {
	shard shard
	// former are the shards that may know the key from when there were fewer.
	former  []shard
	key     string
	encoded []byte
	result  Result // 0: the stream is full
}

// NewPublisher returns a Publisher on rdb, which stays the caller's to close.
func NewPublisher(rdb redis.UniversalClient, opts PublisherOptions) (*Publisher, error) {
	if opts.Window == 0 {
		opts.Window = 2 * time.Hour
	}
	if opts.MaxBacklog == 0 {
		opts.MaxBacklog = 2500
	}
	if opts.Shards == 0 {
		opts.Shards = 1
	}
	if err := errors.Join(checkApp(opts.App), opts.validate()); err != nil {
		return nil, fmt.Errorf("publisher options: %w", err)
	}
	p := &Publisher{rdb: rdb, opts: opts, started: time.Now(), counters: publishCounters{byType: map[string]*PublishCounts{}}}
	p.batch.call = p.send
	return p, nil
}

func (o PublisherOptions) validate() error {
	errs := []error{checkShards(o.Shards)}
	if o.Window < time.Millisecond {
		errs = append(errs, fmt.Errorf("window %v: want at least 1ms", o.Window))
	}
	if o.MaxBacklog < 1 {
		errs = append(errs, fmt.Errorf("max backlog %d: want at least 1", o.MaxBacklog))
	}
	return errors.Join(errs...)
}

// Publish queues e, unless an event of its type and key was queued within the
// window. When it returns without an error, e is in Redis, by this call or by
// an earlier one. It returns ErrFull when the stream is at its bound; after
// any other error e may or may not be queued, and publishing it again is safe
// when it has a key.
func (p *Publisher) Publish(ctx context.Context, e Event) (Result, error) {
	if err := checkType(e.Type); err != nil {
		return 0, err
	}
	call := p.publishing(e)
	err := p.batch.do(ctx, call)
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
	partition := e.Partition
	if partition == "" {
		partition = e.Key
	}
	if partition == "" {
		partition = rand.Text()
	}
	number, former := spread(partition, p.opts.Shards)
	call.shard = shardOf(p.opts.App, e.Type, number)
	// The number of shards does not change while a publisher lives, and what an
	// earlier one remembers is forgotten after a window.
	if e.Key != "" && time.Since(p.started) < p.opts.Window {
		for _, n := range former {
			call.former = append(call.former, shardOf(p.opts.App, e.Type, n))
		}
	}
	return call
}

// publishPatience bounds one round trip. A call of Publish may end before, with
// its context.
const publishPatience = 5 * time.Second

// send makes one round trip of what several calls want to publish, or two while
// some of it may be known to a former shard.
func (p *Publisher) send(ctx context.Context, batch []*publishing) []error {
	ctx, cancel := context.WithTimeout(ctx, publishPatience)
	defer cancel()
	errs := make([]error, len(batch))
	if err := p.lookBack(ctx, batch); err != nil {
		rediscover(ctx, p.rdb)
		return slices.Repeat([]error{err}, len(batch))
	}
	byShard := map[shard][]int{} // indices of batch
	for i, call := range batch {
		if call.result != Duplicate {
			byShard[call.shard] = append(byShard[call.shard], i)
		}
	}
	replies := make(map[shard]*redis.Cmd, len(byShard))
	scripts := make(map[shard]scriptCall, len(byShard))
	_, _ = p.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error { // each reply has its own error
		for s, indices := range byShard {
			scripts[s] = p.script(s, batch, indices)
			replies[s] = publishScript.EvalSha(ctx, pipe, scripts[s].keys, scripts[s].args...)
		}
		return nil
	})
	for s, indices := range byShard {
		reply := replies[s]
		if redis.HasErrorPrefix(reply.Err(), "NOSCRIPT") { // Redis is new, or was restarted
			reply = publishScript.Eval(ctx, p.rdb, scripts[s].keys, scripts[s].args...)
		}
		results, err := reply.Int64Slice()
		if err != nil {
			rediscover(ctx, p.rdb)
		}
		for j, i := range indices {
			if errs[i] = err; err == nil {
				batch[i].result = Result(results[j])
			}
		}
	}
	return errs
}

type scriptCall struct {
	keys []string
	args []any
}

// script returns the keys and arguments of the publish script.
func (p *Publisher) script(s shard, batch []*publishing, indices []int) scriptCall {
	call := scriptCall{
		keys: append(make([]string, 0, 2+len(indices)), s.stream(), s.delayed()),
		args: append(make([]any, 0, 2+len(indices)), p.opts.Window.Milliseconds(), p.opts.MaxBacklog),
	}
	for _, i := range indices {
		seen := s.delayed() // there is no key
		if batch[i].key != "" {
			seen = s.seen(batch[i].key)
		}
		call.keys = append(call.keys, seen)
		call.args = append(call.args, batch[i].encoded)
	}
	return call
}

// lookBack finds out which events were queued when there were fewer shards.
func (p *Publisher) lookBack(ctx context.Context, batch []*publishing) error {
	known := map[*publishing][]*redis.IntCmd{}
	pipe := p.rdb.Pipeline()
	for _, call := range batch {
		for _, s := range call.former {
			known[call] = append(known[call], pipe.Exists(ctx, s.seen(call.key)))
		}
	}
	if len(known) == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("look for duplicates: %w", err)
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
