package workqueue

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Steps does what Run does, one step at a time and when a test says so.
type Steps struct {
	consumer *Consumer
	readers  []*shardReader
	fetchers []*fetcher

	handling   context.Context
	cancel     context.CancelFunc
	unfinished sync.WaitGroup
}

// OpenShard is a shard of a type that a consumer has open.
type OpenShard struct {
	Type            string
	Number, Workers int
	Fetcher         int // the index of the fetcher that reads it
}

// Due says what the maintenance of a shard has to do. The removal of the names of idle
// consumers is due when it is in production.
type Due struct{ Claim, Orphans bool }

// StartedFunc is called with each delivery whose handler is started. finished is
// closed when the delivery is released.
type StartedFunc func(shard int, d *Delivery, finished <-chan struct{})

// Steps opens the shards of a consumer, as Run does. A read waits for a millisecond,
// and up to a tenth of a second until Redis notices that it is over.
func (c *Consumer) Steps(ctx context.Context) *Steps {
	declared := c.declared()
	others, err := c.undeclared(ctx, declared)
	for err != nil && ctx.Err() == nil {
		pause(ctx, 0)
		others, err = c.undeclared(ctx, declared)
	}
	s := &Steps{consumer: c, readers: slices.Concat(declared, others), fetchers: slices.Concat(c.fetchers(declared), c.fetchers(others))}
	for _, f := range s.fetchers {
		f.block = time.Millisecond
	}
	s.handling, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

// Name returns the consumer's name in Redis.
func (s *Steps) Name() string { return s.consumer.name }

// Shards returns the consumer's shards. The steps below name them by their index.
func (s *Steps) Shards() []OpenShard {
	numbers := map[string]int{}
	list := make([]OpenShard, len(s.readers))
	for i, r := range s.readers {
		fetcher := slices.IndexFunc(s.fetchers, func(f *fetcher) bool { return slices.Contains(f.readers, r) })
		list[i] = OpenShard{r.eventType, numbers[r.eventType], cap(r.workers.sem), fetcher}
		numbers[r.eventType]++
	}
	return list
}

// Round does one round of the loop of a fetcher, in which due says what is due of each
// shard, and more that the round before left entries. It sets due and more to what
// they are after the round.
func (s *Steps) Round(ctx context.Context, fetcher int, due []Due, more *bool, started StartedFunc) error {
	f, now := s.fetchers[fetcher], s.consumer.now()
	f.more = *more
	for i, r := range s.readers {
		if slices.Contains(f.readers, r) {
			r.claimDue, r.orphansDue, r.orphansFrom = dueAt(now, due[i].Claim), dueAt(now, due[i].Orphans), ""
		}
	}
	err := f.round(ctx, func(r *shardReader, list []*delivery) {
		for _, d := range list {
			finished := make(chan struct{})
			r.workers.start(s.handling, &s.unfinished, []*delivery{d}, func() { close(finished) })
			started(slices.Index(s.readers, r), &d.Delivery, finished)
		}
	})
	now = s.consumer.now()
	for i, r := range s.readers {
		if slices.Contains(f.readers, r) {
			due[i] = Due{Claim: now.After(r.claimDue), Orphans: now.After(r.orphansDue)}
		}
	}
	*more = f.more
	return err
}

// dueAt returns a time that has come, or one that is far away.
func dueAt(now time.Time, due bool) time.Time {
	if due {
		return time.Time{}
	}
	return now.Add(time.Hour)
}

// FindOrphans looks for orphans in a page of the delivered entries. It returns how many
// it found, and whether there are more pages.
func (s *Steps) FindOrphans(ctx context.Context, shard int) (found int64, more bool, err error) {
	found, err = s.readers[shard].findOrphans(ctx)
	return found, s.readers[shard].orphansFrom != "", err
}

// Promote moves the delayed entries that are due to the stream.
func (s *Steps) Promote(ctx context.Context, shard int) error {
	_, err := s.readers[shard].workers.promoter.promote(ctx)
	return err
}

// Extend extends the leases of all deliveries.
func (s *Steps) Extend(ctx context.Context) {
	for _, r := range s.readers {
		r.workers.leases.extend(ctx)
	}
}

// Cancel cancels the handlers, as at the end of StopTimeout.
func (s *Steps) Cancel() { s.cancel() }

// Retire waits for the handlers and removes the consumer's name, as Run does last.
func (s *Steps) Retire(ctx context.Context) {
	s.unfinished.Wait()
	s.consumer.retire(ctx, s.readers)
}

// Spread returns the shard of a partition, of n, and the shards that it was in while
// there were fewer.
func Spread(partition string, n int) (number int, former []int) { return spread(partition, n) }

// Earlier compares the ids of two entries, as cmp.Compare does.
func Earlier(a, b string) int { return compareEntryIDs(a, b) }

// Decoded returns the event of an encoded entry, the id of the event's first entry, ""
// in that itself, and how many attempts have failed.
func Decoded(encoded string) (e Event, origin string, attempts int, err error) {
	decoded, err := decode("", encoded)
	return decoded.Event, decoded.origin, decoded.attempts, err
}
