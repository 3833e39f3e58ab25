package workqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Inspector shows operators what is on the queue, and lets them decide about
// dead letters. It is safe for concurrent use.
type Inspector struct {
	rdb  redis.UniversalClient
	keys keys
}

// NewInspector returns an Inspector of a deployment's queue on rdb, which stays
// the caller's to close.
func NewInspector(rdb redis.UniversalClient, app string) (*Inspector, error) {
	if err := checkApp(app); err != nil {
		return nil, err
	}
	return &Inspector{rdb, keys{app}}, nil
}

// ErrNoDeadLetter is returned for a dead letter that is not there (any more).
var ErrNoDeadLetter = errors.New("no such dead letter")

// DeadLetter is an event that was given up.
type DeadLetter struct {
	Event
	// DeadID names the dead letter.
	DeadID string
	Reason DeadReason
	// Error is what the last attempt failed with, cut to about 1,000 bytes.
	Error string
	// Attempts is how many failed.
	Attempts int
	// First is when the event was queued, Last when it was given up.
	First, Last time.Time

	entry entry
	// broken is set when the entry cannot be decoded.
	broken error
}

// Dead returns up to n dead letters of a type, the oldest first, beginning
// after the one with the id after, or with the oldest when that is "".
func (i *Inspector) Dead(ctx context.Context, eventType, after string, n int) ([]DeadLetter, error) {
	start := "-"
	if after != "" {
		start = "(" + after
	}
	messages, err := i.rdb.XRangeN(ctx, i.keys.dead(eventType), start, "+", int64(n)).Result()
	if err != nil {
		return nil, fmt.Errorf("list dead letters of %s: %w", eventType, err)
	}
	list := make([]DeadLetter, len(messages))
	for j, m := range messages {
		list[j] = deadLetter(eventType, m)
	}
	return list, nil
}

func deadLetter(eventType string, m redis.XMessage) DeadLetter {
	text := func(field string) string {
		s, _ := m.Values[field].(string)
		return s
	}
	e, err := decode(eventType, text(fieldEntry))
	d := DeadLetter{
		Event: e.Event, DeadID: m.ID, Reason: DeadReason(text(fieldReason)), Error: text(fieldError),
		Attempts: e.attempts, Last: entryTime(m.ID), entry: e, broken: err,
	}
	d.Type = eventType
	if ms, err := strconv.ParseInt(text(fieldFirst), 10, 64); err == nil {
		d.First = time.UnixMilli(ms)
	}
	return d
}

// Replay puts a dead letter back on its stream, with all attempts before it.
// Actions that were completed are not done again, and its age is counted anew. It
// returns ErrNoDeadLetter
// when there is none of that id, and an error for one that cannot be read.
func (i *Inspector) Replay(ctx context.Context, eventType, id string) error {
	messages, err := i.rdb.XRange(ctx, i.keys.dead(eventType), id, id).Result()
	if err != nil {
		return fmt.Errorf("read dead letter %s of %s: %w", id, eventType, err)
	}
	if len(messages) == 0 {
		return fmt.Errorf("%w: %s of %s", ErrNoDeadLetter, id, eventType)
	}
	d := deadLetter(eventType, messages[0])
	if d.broken != nil {
		return fmt.Errorf("dead letter %s of %s cannot be replayed: %w", id, eventType, d.broken)
	}
	d.entry.attempts, d.entry.replayed = 0, time.Now()
	moved, err := replayScript.Run(ctx, i.rdb, []string{i.keys.dead(eventType), i.keys.stream(eventType)},
		id, d.entry.encode()).Int()
	if err != nil {
		return fmt.Errorf("replay dead letter %s of %s: %w", id, eventType, err)
	}
	if moved == 0 {
		return fmt.Errorf("%w: %s of %s", ErrNoDeadLetter, id, eventType)
	}
	return nil
}

// Drop removes a dead letter for good. It returns ErrNoDeadLetter when there is
// none of that id.
func (i *Inspector) Drop(ctx context.Context, eventType, id string) error {
	messages, err := i.rdb.XRange(ctx, i.keys.dead(eventType), id, id).Result()
	if err != nil {
		return fmt.Errorf("read dead letter %s of %s: %w", id, eventType, err)
	}
	if len(messages) == 0 {
		return fmt.Errorf("%w: %s of %s", ErrNoDeadLetter, id, eventType)
	}
	_, err = i.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XDel(ctx, i.keys.dead(eventType), id)
		p.Del(ctx, i.keys.done(eventType, deadLetter(eventType, messages[0]).entry.origin))
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop dead letter %s of %s: %w", id, eventType, err)
	}
	return nil
}

// Stats is the state of the events of one type at one moment.
type Stats struct {
	Type string
	// Depth is how many events are on the stream, waiting and being handled.
	Depth int64
	// Pending is how many of those a consumer has taken.
	Pending int64
	// Oldest is how long the oldest event on the stream has been there.
	Oldest time.Duration
	// Delayed is how many wait for their next attempt.
	Delayed int64
	// Dead is how many were given up.
	Dead int64
	// Consumers is how many consumers the group has, alive or not.
	Consumers int
}

// Stats returns the state of the events of each of the types.
func (i *Inspector) Stats(ctx context.Context, eventTypes ...string) ([]Stats, error) {
	list := make([]Stats, len(eventTypes))
	for j, eventType := range eventTypes {
		var err error
		if list[j], err = i.stats(ctx, eventType); err != nil {
			return nil, fmt.Errorf("stats of %s: %w", eventType, err)
		}
	}
	return list, nil
}

func (i *Inspector) stats(ctx context.Context, eventType string) (Stats, error) {
	stream := i.keys.stream(eventType)
	p := i.rdb.Pipeline()
	now := p.Time(ctx)
	depth, delayed, dead := p.XLen(ctx, stream), p.ZCard(ctx, i.keys.delayed(eventType)), p.XLen(ctx, i.keys.dead(eventType))
	oldest := p.XRangeN(ctx, stream, "-", "+", 1)
	pending := p.XPending(ctx, stream, group)
	consumers := p.XInfoConsumers(ctx, stream, group)
	_, err := p.Exec(ctx)
	if err != nil && !isNoGroup(err) && !isNoKey(err) {
		return Stats{}, err
	}
	s := Stats{
		Type: eventType, Depth: depth.Val(), Delayed: delayed.Val(), Dead: dead.Val(), Consumers: len(consumers.Val()),
	}
	if pending.Err() == nil {
		s.Pending = pending.Val().Count
	}
	if first := oldest.Val(); len(first) > 0 {
		s.Oldest = now.Val().Sub(entryTime(first[0].ID))
	}
	return s, nil
}
