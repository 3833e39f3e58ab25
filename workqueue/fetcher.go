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

// fetcher takes events off the streams of its lanes and starts them there. One
// goroutine does all the taking, on one connection.
type fetcher struct {
	consumer *Consumer
	lanes    []*lane
	log      zerolog.Logger
	block    time.Duration // how long a read waits for events
	// freed has a value when a worker has become free since the last look.
	freed chan struct{}
	// more is set when the last read left something on a stream, as far as one
	// can know, or a look for dead consumers' entries some of those.
	more bool
}

const (
	// longestBlock bounds how long a read waits for events, since ctx does not
	// interrupt it.
	longestBlock = time.Second
	// idlePoll is the time between two looks at the other streams while the
	// workers of some are all busy. A read that waits would miss their return.
	idlePoll = 5 * time.Millisecond
	// readTimeout is how much longer than it may wait a read may take. A read
	// whose answer is lost has taken entries that nobody knows of; they are
	// taken over like those of a dead consumer.
	readTimeout = 2 * time.Second
)

func newFetcher(c *Consumer, log zerolog.Logger, lanes ...*lane) *fetcher {
	return &fetcher{
		consumer: c, lanes: lanes, log: log, block: min(longestBlock, c.claimEvery()), freed: make(chan struct{}, 1),
	}
}

// run takes events until ctx ends. It gives handlers the context handling and
// adds the deliveries to unfinished.
func (s *fetcher) run(ctx, handling context.Context, unfinished *sync.WaitGroup) {
	trouble := s.consumer.outage(s.log, "the queue cannot be read")
	start := func(l *lane, list []*Delivery) { l.start(handling, unfinished, list, s.workerFreed) }
	for tries := 0; ctx.Err() == nil; {
		if err := errors.Join(s.maintain(ctx, start), s.fetch(ctx, start)); err != nil {
			trouble.wait(ctx, err, tries)
			tries++
			continue
		}
		trouble.recovered()
		tries = 0
	}
}

// workerFreed notes that a worker is free.
func (s *fetcher) workerFreed() {
	select {
	case s.freed <- struct{}{}:
	default: // it is noted
	}
}

// open returns the lanes with free workers.
func (s *fetcher) open() []*lane {
	var list []*lane
	for _, l := range s.lanes {
		if l.free() > 0 {
			list = append(list, l)
		}
	}
	return list
}

// maintain does on each lane what has to be done now and then.
func (s *fetcher) maintain(ctx context.Context, start func(*lane, []*Delivery)) error {
	var errs []error
	for _, l := range s.open() {
		taken, err := l.maintain(ctx)
		start(l, taken)
		s.more = s.more || s.consumer.now().After(l.claimDue) || l.orphansFrom != "" // then no read is to wait
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// fetch starts what is on the streams. While all lanes have free workers and the
// streams are empty it waits for an event on all of them. While some have none,
// or there is more, it looks at each of the others in turn.
func (s *fetcher) fetch(ctx context.Context, start func(*lane, []*Delivery)) error {
	open := s.open()
	if len(open) == len(s.lanes) && !s.more {
		return s.wait(ctx, open, start)
	}
	found, err := s.poll(ctx, open, start)
	if err != nil {
		return err
	}
	s.more = found
	if !found && len(open) < len(s.lanes) {
		timer := time.NewTimer(idlePoll)
		defer timer.Stop()
		select {
		case <-s.freed:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// wait waits for events on all streams in one read.
func (s *fetcher) wait(ctx context.Context, open []*lane, start func(*lane, []*Delivery)) error {
	count := open[0].free()
	byStream := make(map[string]*lane, len(open))
	streams := make([]string, 0, 2*len(open))
	for _, l := range open {
		count = min(count, l.free())
		byStream[l.stream] = l
		streams = append(streams, l.stream)
	}
	for range open {
		streams = append(streams, ">")
	}
	asked := s.consumer.now()
	read, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.block+readTimeout)
	defer cancel()
	reply, err := s.consumer.rdb.XReadGroup(read, &redis.XReadGroupArgs{
		Group: group, Consumer: s.consumer.name, Streams: streams, Count: int64(count), Block: s.block,
	}).Result()
	if isNoGroup(err) {
		return s.createGroups(ctx, open)
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("wait for events: %w", err)
	}
	for _, stream := range reply {
		l := byStream[stream.Stream]
		s.more = s.more || len(stream.Messages) == count
		start(l, l.deliveries(ctx, stream.Messages, asked))
	}
	return nil
}

// poll takes from each stream as much as there are free workers for, without
// waiting, all in one round trip. It reports whether it found as much on any.
func (s *fetcher) poll(ctx context.Context, open []*lane, start func(*lane, []*Delivery)) (found bool, err error) {
	if len(open) == 0 {
		return false, nil
	}
	asked := s.consumer.now()
	read, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	replies := make([]*redis.XStreamSliceCmd, len(open))
	counts := make([]int, len(open))
	_ = pipelined(read, s.consumer.rdb, func(p redis.Pipeliner) { // each reply has its own error
		for i, l := range open {
			counts[i] = l.free()
			replies[i] = p.XReadGroup(read, &redis.XReadGroupArgs{
				Group: group, Consumer: s.consumer.name, Streams: []string{l.stream, ">"}, Count: int64(counts[i]), Block: -1,
			})
		}
	})
	for i, l := range open {
		reply, readErr := replies[i].Result()
		switch {
		case errors.Is(readErr, redis.Nil):
		case isNoGroup(readErr):
			err = errors.Join(err, l.createGroup(ctx))
		case readErr != nil:
			err = errors.Join(err, fmt.Errorf("read %s: %w", l.stream, readErr))
		default:
			for _, stream := range reply { // that one, if anything was on it
				found = found || len(stream.Messages) == counts[i]
				start(l, l.deliveries(ctx, stream.Messages, asked))
			}
		}
	}
	return found, err
}

func (s *fetcher) createGroups(ctx context.Context, lanes []*lane) error {
	for _, l := range lanes {
		if err := l.createGroup(ctx); err != nil {
			return err
		}
	}
	return nil
}
