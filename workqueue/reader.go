package workqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// reader takes the events of one type off their stream and has them worked on.
// One goroutine does the taking, so nothing else competes for the type's free
// workers.
type reader struct {
	consumer  *Consumer
	eventType string
	stream    string
	delayed   string
	handle    HandlerFunc
	opts      handleOptions
	leases    *leases
	// slots holds a value for each worker that is busy or spoken for.
	slots chan struct{}
	// When next to look for a dead consumer's entries, for delayed entries that
	// are due, and for names of consumers that are gone.
	claimDue, promoteDue, sweepDue time.Time
}

// The lease in parts. It is extended three times within it. A consumer that
// cannot extend it gives its deliveries up before another may take them over,
// and the look for those comes often enough that all of it together stays
// within the lease.
func (c *Consumer) extendEvery() time.Duration   { return c.opts.Lease / 3 }
func (c *Consumer) giveUpAfter() time.Duration   { return c.opts.Lease * 7 / 10 }
func (c *Consumer) claimableIdle() time.Duration { return c.opts.Lease * 8 / 10 }
func (c *Consumer) claimEvery() time.Duration    { return c.opts.Lease / 10 }

// Names of consumers that were not heard of for sweepAfter are removed; the
// look for them is every sweepEvery.
const (
	sweepEvery = time.Minute
	sweepAfter = 10 * time.Minute
)

// longestBlock bounds how long a read waits for events: ctx does not interrupt
// it, and entries that another consumer delayed may be due.
const longestBlock = time.Second

// run takes events until ctx ends. It gives handlers the context handling and
// adds them to handlers.
func (r *reader) run(ctx, handling context.Context, handlers *sync.WaitGroup) {
	trouble := outage{log: r.consumer.opts.Log.With().Str("type", r.eventType).Logger(), what: "the queue cannot be read"}
	for ctx.Err() == nil {
		free := r.reserve(ctx)
		if free == 0 {
			return
		}
		taken, err := r.take(ctx, free)
		r.release(free - len(taken))
		for _, d := range taken {
			handlers.Go(func() {
				defer r.release(1)
				r.work(handling, d)
			})
		}
		if err != nil {
			trouble.wait(ctx, err)
			continue
		}
		trouble.over()
	}
}

// reserve waits for a free worker and reserves it and all others that are free.
// It returns how many, 0 when ctx ended first.
func (r *reader) reserve(ctx context.Context) int {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case r.slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (r *reader) release(n int) {
	for range n {
		<-r.slots
	}
}

// take returns up to n deliveries: first what dead consumers left, then what is
// on the stream, where it first puts what was delayed until now.
func (r *reader) take(ctx context.Context, n int) ([]*Delivery, error) {
	now := time.Now()
	if now.After(r.claimDue) {
		taken, err := r.claim(ctx, n)
		if len(taken) > 0 || err != nil {
			return taken, err
		}
	}
	if now.After(r.sweepDue) {
		if err := r.sweep(ctx); err != nil {
			return nil, err
		}
	}
	if now.After(r.promoteDue) {
		if err := r.promote(ctx, n); err != nil {
			return nil, err
		}
	}
	return r.read(ctx, n)
}

// promote moves delayed entries that are due to the stream, as many as there
// are free workers, and notes when to look again.
func (r *reader) promote(ctx context.Context, n int) error {
	next, err := promoteScript.Run(ctx, r.consumer.rdb, []string{r.stream, r.delayed}, n).Int64()
	if err != nil {
		return fmt.Errorf("move what was delayed to %s: %w", r.stream, err)
	}
	wait := longestBlock
	if next >= 0 {
		wait = min(wait, time.Duration(next)*time.Millisecond)
	}
	r.promoteDue = time.Now().Add(wait)
	return nil
}

// read returns new entries, none when there were none for a while.
func (r *reader) read(ctx context.Context, n int) ([]*Delivery, error) {
	block := max(min(longestBlock, r.consumer.claimEvery(), time.Until(r.promoteDue)), time.Millisecond) // 0 is for ever
	asked := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), block+readPatience)
	defer cancel()
	streams, err := r.consumer.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group:    group,
		Consumer: r.consumer.name,
		Streams:  []string{r.stream, ">"},
		Count:    int64(n),
		Block:    block,
	}).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case isNoGroup(err):
		return nil, r.createGroup(ctx)
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", r.stream, err)
	}
	var list []*Delivery
	for _, m := range streams[0].Messages {
		encoded, _ := m.Values[fieldEntry].(string)
		if d := r.delivery(ctx, m.ID, encoded, asked); d != nil {
			list = append(list, d)
		}
	}
	return list, nil
}

// readPatience is how much longer than it may block a read may take. A read
// whose answer is lost has taken entries that nobody knows of; they are taken
// over like those of a dead consumer.
const readPatience = 2 * time.Second

// poisonAfter is how often an entry is delivered without an outcome before it
// is held to be what its consumers die of.
const poisonAfter = 5

// claim takes over entries whose consumer did not extend their lease.
func (r *reader) claim(ctx context.Context, n int) ([]*Delivery, error) {
	asked := time.Now()
	reply, err := claimScript.Run(ctx, r.consumer.rdb, []string{r.stream},
		group, r.consumer.name, r.consumer.claimableIdle().Milliseconds(), n).Slice()
	switch {
	case isNoGroup(err):
		return nil, r.createGroup(ctx)
	case err != nil:
		return nil, fmt.Errorf("claim from %s: %w", r.stream, err)
	}
	if len(reply) < n {
		r.claimDue = time.Now().Add(r.consumer.claimEvery()) // else there may be more
	}
	var list []*Delivery
	for _, item := range reply {
		id, encoded, deliveries := claimed(item)
		if r.leases.has(id) {
			// It is ours: Redis was away for longer than the lease, and is back.
			// Who works on it here goes on.
			continue
		}
		d := r.delivery(ctx, id, encoded, asked)
		switch {
		case d == nil:
		case deliveries >= poisonAfter:
			if err := r.bury(ctx, d, Poison, fmt.Errorf("delivered %d times without an outcome", deliveries)); err != nil {
				return list, err
			}
		default:
			d.TakenOver = true
			list = append(list, d)
		}
	}
	return list, nil
}

// claimed takes an item of the claim script's reply apart.
func claimed(item any) (id, encoded string, deliveries int64) {
	parts, _ := item.([]any)
	if len(parts) != 3 {
		return "", "", 0
	}
	id, _ = parts[0].(string)
	deliveries, _ = parts[2].(int64)
	fields, _ := parts[1].([]any)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == fieldEntry {
			encoded, _ = fields[i+1].(string)
		}
	}
	return id, encoded, deliveries
}

// sweep removes the names of consumers that died.
func (r *reader) sweep(ctx context.Context) error {
	names, err := sweepScript.Run(ctx, r.consumer.rdb, []string{r.stream}, group, sweepAfter.Milliseconds()).StringSlice()
	if err != nil && !isNoGroup(err) && !isNoKey(err) {
		return fmt.Errorf("sweep the names of %s: %w", r.stream, err)
	}
	if len(names) > 0 {
		r.consumer.opts.Log.Info().Str("type", r.eventType).Strs("consumers", names).Msg("removed the names of consumers that are gone")
	}
	r.sweepDue = time.Now().Add(sweepEvery)
	return nil
}

// isNoGroup tells what Redis says of a group or stream that is not there, also
// when a script met it, which the embedded Redis wraps in its own words.
func isNoGroup(err error) bool { return err != nil && strings.Contains(err.Error(), "NOGROUP") }

// isNoKey tells what XINFO says of a stream that is not there.
func isNoKey(err error) bool { return err != nil && strings.Contains(err.Error(), "no such key") }

// createGroup makes the group, and the stream if need be. It is called when
// Redis says that there is none: at the first start and after Redis lost its
// data. The group begins at 0: what is on the stream is then delivered, maybe
// for the second time, but not forgotten.
func (r *reader) createGroup(ctx context.Context) error {
	err := r.consumer.rdb.XGroupCreateMkStream(ctx, r.stream, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return fmt.Errorf("create group of %s: %w", r.stream, err)
	}
	return nil
}

// delivery decodes an entry that was asked for at a given time. It returns nil
// for one that cannot be read, which becomes a dead letter: a person may know
// what to do with it. One that another release wrote is left to another
// consumer, which may be of that release.
func (r *reader) delivery(ctx context.Context, id, encoded string, asked time.Time) *Delivery {
	e, err := decode(r.eventType, encoded)
	d := &Delivery{
		Event: e.Event, EntryID: id, Attempt: e.attempts + 1, Queued: entryTime(id), Taken: time.Now(), asked: asked, entry: e,
	}
	log := r.consumer.opts.Log.With().Str("type", r.eventType).Str("entry", id).Logger()
	switch {
	case errors.Is(err, errVersion):
		log.Warn().Err(err).Msg("left an entry to a consumer that can read it")
		return nil
	case err != nil:
		if err := r.buryEncoded(ctx, d, encoded, Malformed, err); err != nil {
			log.Error().Err(err).Msg("an entry that cannot be read stays pending")
		}
		return nil
	case e.origin == "":
		d.entry.origin = id
	default:
		d.Queued = entryTime(e.origin)
	}
	d.actions = actions{r.consumer.rdb, r.consumer.keys.done(r.eventType, d.entry.origin)}
	return d
}

// entryTime reads the time from an entry's id, which Redis makes of its clock's
// milliseconds and a sequence number.
func entryTime(id string) time.Time {
	ms, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
