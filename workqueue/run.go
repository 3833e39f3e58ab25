package workqueue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Run receives events and handles them until ctx ends. Then it stops: it handles the
// events of the read that is under way, for up to a second, and lets the running
// handlers finish. It cancels those that take longer than StopTimeout, and requeues
// their events, so that another consumer gets them at once. It may be called again
// after that.
func (c *Consumer) Run(ctx context.Context) error {
	if c.err != nil {
		return c.err
	}
	if len(c.types) == 0 {
		return errors.New("a consumer needs at least one handler")
	}
	r := &run{consumer: c}
	// Handlers outlive ctx, but not Run.
	var cancel, stopLeasing func()
	r.handling, cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	// Leases outlive handlers, which end with handling or before.
	r.leasing, stopLeasing = context.WithCancel(context.WithoutCancel(ctx))
	defer stopLeasing()

	r.open(ctx, c.declared())
	r.taking.Go(func() { r.grow(ctx) })
	<-ctx.Done()
	readers := r.opened()
	err := r.stop(cancel)
	cancel() // idle goroutines of workers end
	if err == nil {
		for _, reader := range readers {
			reader.workers.goroutines.Wait()
		}
	}
	stopLeasing()
	r.leases.Wait()
	c.retire(ctx, readers)
	return err
}

// run is the state of a Run.
type run struct {
	consumer                   *Consumer
	handling, leasing          context.Context // of the handlers, and of the goroutine that extends their leases
	taking, unfinished, leases sync.WaitGroup

	mu      sync.Mutex
	readers []*shardReader
}

// open begins to receive the events of shards, unless ctx has ended.
func (r *run) open(ctx context.Context, readers []*shardReader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	r.readers = append(r.readers, readers...)
	for _, reader := range readers {
		r.leases.Go(func() { reader.workers.leases.run(r.leasing) })
		r.taking.Go(func() { reader.workers.promoter.run(ctx) })
	}
	for _, f := range r.consumer.fetchers(readers) {
		r.taking.Go(func() { f.run(ctx, r.handling, &r.unfinished) })
	}
}

// opened returns the readers that were opened. After ctx has ended they are all.
func (r *run) opened() []*shardReader {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.readers)
}

// grow opens readers of the shards that are not configured, once a lease, until ctx
// ends.
func (r *run) grow(ctx context.Context) {
	c := r.consumer
	reporter := c.reporter(c.opts.Log, "the queue's shards cannot be counted")
	look := func() {
		try, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		readers, err := c.undeclared(try, r.opened())
		r.open(ctx, readers)
		switch {
		case err == nil:
			reporter.recovered()
		case ctx.Err() == nil:
			reporter.failing(ctx, err)
		}
	}
	look()
	everyTick(ctx, c.opts.Lease, look)
}

// declared creates readers for the configured shards.
func (c *Consumer) declared() []*shardReader {
	var readers []*shardReader
	for _, t := range c.types {
		for number := range c.opts.Shards {
			readers = append(readers, newShardReader(c, t, number))
		}
	}
	return readers
}

// undeclared creates readers for shards that exist in Redis but are neither configured
// nor open. With an error come the readers of the shards that it found all the same:
// when a master of a Redis Cluster is away, the shards of the others do not wait.
func (c *Consumer) undeclared(ctx context.Context, open []*shardReader) ([]*shardReader, error) {
	known := map[string]int{}
	for _, r := range open {
		known[r.eventType]++
	}
	counts, err := shardsInUse(ctx, c.rdb, c.opts.App, slices.Collect(maps.Keys(known)))
	var readers []*shardReader
	for _, t := range c.types {
		for number := known[t.eventType]; number < counts[t.eventType]; number++ {
			readers = append(readers, newShardReader(c, t, number))
		}
	}
	return readers, err
}

// fetchers returns the fetchers for readers: one for all of them, or one for each on a
// Redis Cluster, where one read cannot reach streams of several slots, and hardly two
// shards share one.
func (c *Consumer) fetchers(readers []*shardReader) []*fetcher {
	if _, cluster := c.rdb.(*redis.ClusterClient); !cluster && len(readers) > 0 {
		return []*fetcher{newFetcher(c, c.opts.Log, readers...)}
	}
	var list []*fetcher
	for _, r := range readers {
		list = append(list, newFetcher(c, r.log, r))
	}
	return list
}

// grace is how long cancelled handlers get to notice it.
const grace = 2 * time.Second

// stop waits for the fetchers and the handlers to end. It cancels the handlers when that
// takes longer than StopTimeout, and returns an error when some do not return even
// then.
func (r *run) stop(cancel func()) error {
	done := make(chan struct{})
	go func() {
		r.taking.Wait() // it starts handlers
		r.unfinished.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(r.consumer.opts.StopTimeout):
	}
	cancel()
	select {
	case <-done:
		return nil
	case <-time.After(grace):
		return fmt.Errorf("handlers, or a read of Redis, have not ended %v after they were cancelled", grace)
	}
}

// retire removes this consumer's name from the groups in which nothing is
// pending under it, so that names do not pile up with every deploy. A node of a
// Redis Cluster that does not answer keeps it from none of the others.
func (c *Consumer) retire(ctx context.Context, readers []*shardReader) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	var retiring sync.WaitGroup
	errs := make([]error, len(readers))
	for i, r := range readers {
		retiring.Go(func() { errs[i] = r.scripts.retire(ctx, c.name) })
	}
	retiring.Wait()
	for i, err := range errs {
		if err == nil {
			continue
		}
		c.opts.Log.Warn().Err(err).Str("stream", readers[i].stream).Str("consumer", c.name).
			Msg("could not remove this consumer's name; another consumer will")
		return // of the others the same can be said
	}
}
