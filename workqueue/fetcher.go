package workqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// fetcher receives the events of several shards and starts their handlers. One
// goroutine does it, on one connection.
type fetcher struct {
	consumer *Consumer
	readers  []*shardReader
	log      zerolog.Logger
	block    time.Duration // how long a read waits for events
	// released has a value when a worker has become free since the last poll.
	released chan struct{}
	// more reports that the last read or claim filled its count, so another may find
	// entries at once.
	more bool
}

const (
	// longestBlock bounds how long a read waits for events, since ctx does not
	// interrupt it.
	longestBlock = time.Second
	// idlePoll is the time between two polls of the other streams while the workers
	// of some are all busy. A read that waits would miss that they become free.
	idlePoll = 5 * time.Millisecond
	// pausedPoll is the time between two looks whether paused shards have been resumed,
	// while all are paused.
	pausedPoll = 200 * time.Millisecond
	// readTimeout is how much longer than its wait a read may take. The entries of a
	// read whose reply is lost are reclaimed like those of a dead consumer.
	readTimeout = 2 * time.Second
)

func newFetcher(c *Consumer, log zerolog.Logger, readers ...*shardReader) *fetcher {
	return &fetcher{
		consumer: c, readers: readers, log: log, block: min(longestBlock, c.claimEvery()), released: make(chan struct{}, 1),
	}
}

// startFunc starts the handlers of deliveries of a shard.
type startFunc func(*shardReader, []*delivery)

// run receives events until ctx ends. It gives handlers the context handling and
// adds the deliveries to unfinished.
func (f *fetcher) run(ctx, handling context.Context, unfinished *sync.WaitGroup) {
	reporter := f.consumer.reporter(f.log, "the queue cannot be read")
	start := func(r *shardReader, list []*delivery) { r.workers.start(handling, unfinished, list, f.workerReleased) }
	for tries := 0; ctx.Err() == nil; {
		if err := f.round(ctx, start); err != nil {
			reporter.wait(ctx, err, tries)
			tries++
			continue
		}
		reporter.recovered()
		tries = 0
	}
}

// round is one round of run: it maintains the shards as far as it is due, and reads
// new entries from the streams.
func (f *fetcher) round(ctx context.Context, start startFunc) error {
	return errors.Join(f.maintain(ctx, start), f.fetch(ctx, start))
}

// workerReleased notes that a worker is free.
func (f *fetcher) workerReleased() {
	select {
	case f.released <- struct{}{}:
	default: // it is noted
	}
}

// active returns the readers of the shards that are not paused.
func (f *fetcher) active() []*shardReader {
	paused := f.consumer.opts.Paused
	if paused == nil {
		return f.readers
	}
	list := make([]*shardReader, 0, len(f.readers))
	for _, r := range f.readers {
		if !paused(r.eventType) {
			list = append(list, r)
		}
	}
	return list
}

// open returns the readers of the shards that are not paused and have free workers.
func (f *fetcher) open() []*shardReader { return withFreeWorkers(f.active()) }

// withFreeWorkers returns those of the readers whose shards have free workers.
func withFreeWorkers(readers []*shardReader) []*shardReader {
	var list []*shardReader
	for _, r := range readers {
		if r.workers.free() > 0 {
			list = append(list, r)
		}
	}
	return list
}

// maintain maintains each shard that is not paused and has free workers.
func (f *fetcher) maintain(ctx context.Context, start startFunc) error {
	var errs []error
	for _, r := range f.open() {
		claimed, err := r.maintain(ctx)
		start(r, claimed)
		f.more = f.more || f.consumer.now().After(r.claimDue) || r.orphansFrom != "" // then no read is to wait
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// fetch starts the handlers of events on the streams that are not paused. While all their
// shards have free workers and the streams are empty, it waits for an event on any of them.
// Otherwise it polls the shards with free workers.
func (f *fetcher) fetch(ctx context.Context, start startFunc) error {
	active := f.active()
	open := withFreeWorkers(active)
	if len(active) > 0 && len(open) == len(active) && !f.more {
		return f.wait(ctx, open, start)
	}
	found, err := f.poll(ctx, open, start)
	if err != nil {
		return err
	}
	f.more = found
	if !found && (len(active) == 0 || len(open) < len(active)) {
		idle := idlePoll
		if len(active) == 0 {
			idle = pausedPoll
		}
		timer := time.NewTimer(idle)
		defer timer.Stop()
		select {
		case <-f.released:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// wait waits for events on all streams in one read.
func (f *fetcher) wait(ctx context.Context, open []*shardReader, start startFunc) error {
	count := open[0].workers.free()
	byStream := make(map[string]*shardReader, len(open))
	streams := make([]string, 0, 2*len(open))
	for _, r := range open {
		count = min(count, r.workers.free())
		byStream[r.stream] = r
		streams = append(streams, r.stream)
	}
	for range open {
		streams = append(streams, ">")
	}
	requested := f.consumer.now()
	read, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.block+readTimeout)
	defer cancel()
	reply, err := f.consumer.rdb.XReadGroup(read, &redis.XReadGroupArgs{
		Group: group, Consumer: f.consumer.name, Streams: streams, Count: int64(count), Block: f.block,
	}).Result()
	if isNoGroup(err) {
		return f.createGroups(ctx, open)
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("wait for events: %w", err)
	}
	for _, stream := range reply {
		r := byStream[stream.Stream]
		f.more = f.more || len(stream.Messages) == count
		start(r, r.deliveries(ctx, stream.Messages, requested))
	}
	return nil
}

// poll reads as many events from each stream as there are free workers, without
// waiting, all in one round trip. It reports whether it found so many on any.
func (f *fetcher) poll(ctx context.Context, open []*shardReader, start startFunc) (found bool, err error) {
	if len(open) == 0 {
		return false, nil
	}
	requested := f.consumer.now()
	read, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	replies := make([]*redis.XStreamSliceCmd, len(open))
	counts := make([]int, len(open))
	_ = pipelined(read, f.consumer.rdb, func(p redis.Pipeliner) { // each reply has its own error
		for i, r := range open {
			counts[i] = r.workers.free()
			replies[i] = p.XReadGroup(read, &redis.XReadGroupArgs{
				Group: group, Consumer: f.consumer.name, Streams: []string{r.stream, ">"}, Count: int64(counts[i]), Block: -1,
			})
		}
	})
	for i, r := range open {
		reply, readErr := replies[i].Result()
		switch {
		case errors.Is(readErr, redis.Nil):
		case isNoGroup(readErr):
			err = errors.Join(err, r.createGroup(ctx))
		case readErr != nil:
			err = errors.Join(err, fmt.Errorf("read %s: %w", r.stream, readErr))
		default:
			for _, stream := range reply { // that one, if anything was on it
				found = found || len(stream.Messages) == counts[i]
				start(r, r.deliveries(ctx, stream.Messages, requested))
			}
		}
	}
	return found, err
}

func (f *fetcher) createGroups(ctx context.Context, readers []*shardReader) error {
	for _, r := range readers {
		if err := r.createGroup(ctx); err != nil {
			return err
		}
	}
	return nil
}
