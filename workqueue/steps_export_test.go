package workqueue

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Steps does, one at a time and when a test says so, what Run does in its own
// time.
type Steps struct {
	consumer *Consumer
	readers  []*shardReader
	fetchers []*fetcher

	handling   context.Context
	cancel     context.CancelFunc
	unfinished sync.WaitGroup
	mu         sync.Mutex // taken is called by one at a time
}

// Lane is one shard of a type, with the workers that a consumer has for it.
type Lane struct {
	Type            string
	Number, Workers int
}

// TakenFunc is told of each delivery whose handler is started. finished is closed
// when its outcome is recorded, or given up.
type TakenFunc func(d *Delivery, finished <-chan struct{})

// Steps opens the lanes of a consumer, as Run does.
func (c *Consumer) Steps(ctx context.Context) *Steps {
	declared := c.declared()
	others, err := c.undeclared(ctx, declared)
	for err != nil && ctx.Err() == nil {
		pause(ctx, 0)
		others, err = c.undeclared(ctx, declared)
	}
	s := &Steps{consumer: c, readers: slices.Concat(declared, others), fetchers: slices.Concat(c.fetchers(declared), c.fetchers(others))}
	s.handling, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// Name returns the consumer's name in Redis.
func (s *Steps) Name() string { return s.consumer.name }

// Lanes returns the consumer's lanes. The steps below call them by their index.
func (s *Steps) Lanes() []Lane {
	numbers := map[string]int{}
	list := make([]Lane, len(s.readers))
	for i, l := range s.readers {
		list[i] = Lane{l.eventType, numbers[l.eventType], cap(l.workers.sem)}
		numbers[l.eventType]++
	}
	return list
}

func (s *Steps) start(taken TakenFunc) startFunc {
	return func(r *shardReader, list []*delivery) {
		for _, d := range list {
			finished := make(chan struct{})
			r.workers.start(s.handling, &s.unfinished, []*delivery{d}, func() { close(finished) })
			s.mu.Lock()
			taken(&d.Delivery, finished)
			s.mu.Unlock()
		}
	}
}

// Look takes what is on the streams for which there are free workers.
func (s *Steps) Look(ctx context.Context, taken TakenFunc) error {
	var errs []error
	for _, src := range s.fetchers {
		_, err := src.poll(ctx, src.open(), s.start(taken))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Wait takes what is on the streams as a consumer does that has free workers for
// all of them, but for no longer than Redis needs to notice a timeout, which is up
// to a tenth of a second.
func (s *Steps) Wait(ctx context.Context, taken TakenFunc) error {
	errs := make([]error, len(s.fetchers))
	var sources sync.WaitGroup
	for i, src := range s.fetchers {
		src.block = time.Millisecond
		sources.Go(func() { errs[i] = src.wait(ctx, src.open(), s.start(taken)) })
	}
	sources.Wait()
	return errors.Join(errs...)
}

// Claim takes over what others have not extended.
func (s *Steps) Claim(ctx context.Context, lane int, taken TakenFunc) error {
	l := s.readers[lane]
	list, err := l.claim(ctx, l.workers.free())
	s.start(taken)(l, list)
	return err
}

// FindOrphans looks at a page of what was delivered for entries that no consumer
// has, and returns how many there were, and whether there are more pages.
func (s *Steps) FindOrphans(ctx context.Context, lane int) (found int64, more bool, err error) {
	found, err = s.readers[lane].findOrphans(ctx)
	return found, s.readers[lane].orphansFrom != "", err
}

// Promote moves what is due to the stream.
func (s *Steps) Promote(ctx context.Context, lane int) error {
	_, err := s.readers[lane].workers.promoter.promote(ctx)
	return err
}

// Extend extends the leases of what is being handled.
func (s *Steps) Extend(ctx context.Context) {
	for _, l := range s.readers {
		l.workers.leases.extend(ctx)
	}
}

// Cancel cancels the handlers, as at the end of StopTimeout.
func (s *Steps) Cancel() { s.cancel() }

// Retire waits for the handlers and removes the consumer's name, as Run does last.
func (s *Steps) Retire(ctx context.Context) {
	s.unfinished.Wait()
	s.consumer.retire(ctx, s.readers)
}

// Spread returns the shard, of n, of a partition, and those that it was in.
func Spread(partition string, n int) (number int, former []int) { return spread(partition, n) }

// Earlier compares the ids of two entries, as cmp.Compare does.
func Earlier(a, b string) int { return compareEntryIDs(a, b) }

// Decoded returns the event of an encoded entry, the entry that the event had
// first, which is "" in that itself, and how many attempts have failed.
func Decoded(encoded string) (e Event, origin string, attempts int, err error) {
	decoded, err := decode("", encoded)
	return decoded.Event, decoded.origin, decoded.attempts, err
}
