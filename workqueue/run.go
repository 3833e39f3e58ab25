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

// Run takes events and handles them until ctx ends. Then it takes no more than
// the read brings that is under way, for up to a second, lets the running handlers finish, cancels those that take longer than
// StopTimeout, hands back what those left undone, so that another consumer has
// it at once, and returns. It may be called again after that.
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
	lanes := r.opened()
	err := r.stop(cancel)
	stopLeasing()
	r.leases.Wait()
	c.retire(ctx, lanes)
	return err
}

// run is what a Run has under way.
type run struct {
	consumer                   *Consumer
	handling, leasing          context.Context // of the handlers, and of what extends their leases
	taking, unfinished, leases sync.WaitGroup

	mu    sync.Mutex
	lanes []*lane
}

// open begins to take from lanes, unless ctx has ended.
func (r *run) open(ctx context.Context, lanes []*lane) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	r.lanes = append(r.lanes, lanes...)
	for _, l := range lanes {
		r.leases.Go(func() { l.leases.run(r.leasing) })
		r.taking.Go(func() { l.delayed.run(ctx) })
	}
	for _, s := range r.consumer.fetchers(lanes) {
		r.taking.Go(func() { s.run(ctx, r.handling, &r.unfinished) })
	}
}

// opened returns the lanes that were opened. After ctx has ended they are all.
func (r *run) opened() []*lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lanes)
}

// grow opens lanes for shards of which the consumer was not told, once a lease,
// until ctx ends.
func (r *run) grow(ctx context.Context) {
	c := r.consumer
	trouble := c.outage(c.opts.Log, "the queue's shards cannot be counted")
	look := func() {
		try, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		lanes, err := c.undeclared(try, r.opened())
		r.open(ctx, lanes)
		switch {
		case err == nil:
			trouble.recovered()
		case ctx.Err() == nil:
			trouble.failing(ctx, err)
		}
	}
	look()
	everyTick(ctx, c.opts.Lease, look)
}

// declared makes the lanes of the shards of which the consumer was told.
func (c *Consumer) declared() []*lane {
	var lanes []*lane
	for _, t := range c.types {
		for number := range c.opts.Shards {
			lanes = append(lanes, newLane(c, t, number))
		}
	}
	return lanes
}

// undeclared makes the lanes of the others, which their streams in Redis tell, but
// for those that are open. With an error come those that it learned of all the
// same: on a Redis Cluster a master may be away, for which the shards of the other
// masters do not wait.
func (c *Consumer) undeclared(ctx context.Context, open []*lane) ([]*lane, error) {
	known := map[string]int{}
	for _, l := range open {
		known[l.eventType]++
	}
	counts, err := shardsInUse(ctx, c.rdb, c.opts.App, slices.Collect(maps.Keys(known)))
	var lanes []*lane
	for _, t := range c.types {
		for number := known[t.eventType]; number < counts[t.eventType]; number++ {
			lanes = append(lanes, newLane(c, t, number))
		}
	}
	return lanes, err
}

// fetchers returns what takes the events of lanes: one fetcher for all of them, or
// one for each on a Redis Cluster, where one read cannot reach streams of several
// slots, and hardly two shards share one.
func (c *Consumer) fetchers(lanes []*lane) []*fetcher {
	if _, cluster := c.rdb.(*redis.ClusterClient); !cluster && len(lanes) > 0 {
		return []*fetcher{newFetcher(c, c.opts.Log, lanes...)}
	}
	var list []*fetcher
	for _, l := range lanes {
		list = append(list, newFetcher(c, l.log, l))
	}
	return list
}

// grace is how long cancelled handlers get to notice it.
const grace = 2 * time.Second

// stop waits for the taking and the handlers to end, cancels the handlers when that
// takes longer than StopTimeout, and gives up on those that do not return even
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
func (c *Consumer) retire(ctx context.Context, lanes []*lane) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	var retiring sync.WaitGroup
	errs := make([]error, len(lanes))
	for i, l := range lanes {
		retiring.Go(func() {
			errs[i] = retireScript.Run(ctx, c.rdb, []string{l.stream}, group, c.name).Err()
		})
	}
	retiring.Wait()
	for i, err := range errs {
		if err == nil {
			continue
		}
		c.opts.Log.Warn().Err(err).Str("stream", lanes[i].stream).Str("consumer", c.name).
			Msg("could not remove this consumer's name; another consumer will")
		return // of the others the same can be said
	}
}
