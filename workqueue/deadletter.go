package workqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNoDeadLetter is returned for a dead letter that does not exist, or not any more.
var ErrNoDeadLetter = errors.New("no such dead letter")

// DeadLetter is an event that is no longer retried, and why.
type DeadLetter struct {
	Event Event
	// ID names the dead letter, not the event.
	ID     string
	Reason DeadReason
	// Error is the error of the last attempt, cut to about 1,000 bytes.
	Error string
	// Attempts is how many failed.
	Attempts int
	// QueuedAt is when the event was queued, DeadAt when it became a dead letter.
	QueuedAt, DeadAt time.Time

	shard   shard
	entryID string // in the shard's stream of dead letters
	entry   entry
	// broken is set when the entry cannot be decoded.
	broken error
}

// ListDeadLetters returns up to n dead letters, at least one, of a type, the oldest first,
// beginning after the one with the id after, or with the oldest when that is "".
// A shard keeps them for 30 days, up to ConsumerOptions.DeadLetterMaxBytes.
func (i *Inspector) ListDeadLetters(ctx context.Context, eventType, after string, n int) ([]DeadLetter, error) {
	if err := checkCount(n); err != nil {
		return nil, fmt.Errorf("list dead letters of %s: %w", eventType, err)
	}
	if _, _, ok := splitDeadID(after); after != "" && !ok {
		return nil, fmt.Errorf("list dead letters of %s after %s: %w", eventType, after, ErrNoDeadLetter)
	}
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return nil, fmt.Errorf("list dead letters of %s: %w", eventType, err)
	}
	var list []DeadLetter
	for number, s := range shards {
		messages, err := i.rdb.XRangeN(ctx, s.dead(), startAfter(after, number), "+", int64(n)).Result()
		if err != nil {
			return nil, fmt.Errorf("list dead letters of %s: %w", eventType, err)
		}
		for _, m := range messages {
			list = append(list, deadLetter(i.app, eventType, number, m))
		}
	}
	slices.SortStableFunc(list, func(a, b DeadLetter) int { return compareEntryIDs(a.entryID, b.entryID) })
	return list[:min(n, len(list))], nil
}

// LastDeadLetter returns the newest dead letter of a type, or ErrNoDeadLetter if there is none.
func (i *Inspector) LastDeadLetter(ctx context.Context, eventType string) (DeadLetter, error) {
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read the last dead letter of %s: %w", eventType, err)
	}
	var last DeadLetter
	for number, s := range shards {
		messages, err := i.rdb.XRevRangeN(ctx, s.dead(), "+", "-", 1).Result()
		if err != nil {
			return DeadLetter{}, fmt.Errorf("read the last dead letter of %s: %w", eventType, err)
		}
		for _, m := range messages {
			if d := deadLetter(i.app, eventType, number, m); d.DeadAt.After(last.DeadAt) {
				last = d
			}
		}
	}
	if last.ID == "" {
		return DeadLetter{}, fmt.Errorf("%w of %s", ErrNoDeadLetter, eventType)
	}
	return last, nil
}

// startAfter returns where in a shard the list goes on after a dead letter. It
// is ordered by entry id, and by shard among equal ones.
func startAfter(after string, number int) string {
	if after == "" {
		return "-"
	}
	id, of, _ := splitDeadID(after)
	if of < number {
		return id
	}
	return "(" + id
}

// deadID names a dead letter: by its entry id, and the shard if that is not the
// first.
func deadID(id string, number int) string {
	if number == 0 {
		return id
	}
	return id + "." + strconv.Itoa(number)
}

// splitDeadID is the inverse of deadID. It reports whether the id can name a dead
// letter.
func splitDeadID(id string) (entryID string, number int, ok bool) {
	entryID, after, _ := strings.Cut(id, ".")
	number, _ = strconv.Atoi(after) // 0 without a number, of which deadID makes another id
	_, _, ok = splitEntryID(entryID)
	return entryID, number, ok && number < MaxShards && deadID(entryID, number) == id
}

func deadLetter(app, eventType string, number int, m redis.XMessage) DeadLetter {
	text := func(field string) string {
		s, _ := m.Values[field].(string)
		return s
	}
	e, err := decode(eventType, text(fieldEntry))
	d := DeadLetter{
		Event: e.Event, ID: deadID(m.ID, number), Reason: DeadReason(text(fieldReason)), Error: text(fieldError),
		Attempts: e.attempts, DeadAt: entryTime(m.ID),
		shard: shardOf(app, eventType, number), entryID: m.ID, entry: e, broken: err,
	}
	d.Event.Type = eventType
	if ms, err := strconv.ParseInt(text(fieldFirst), 10, 64); err == nil {
		d.QueuedAt = time.UnixMilli(ms)
	}
	return d
}

// DeadLetter returns a dead letter, or ErrNoDeadLetter when there is none of
// that id.
func (i *Inspector) DeadLetter(ctx context.Context, eventType, id string) (DeadLetter, error) {
	if err := checkType(eventType); err != nil {
		return DeadLetter{}, err
	}
	entryID, number, ok := splitDeadID(id)
	if !ok {
		return DeadLetter{}, fmt.Errorf("%w: %s of %s", ErrNoDeadLetter, id, eventType)
	}
	messages, err := i.rdb.XRange(ctx, shardOf(i.app, eventType, number).dead(), entryID, entryID).Result()
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter %s of %s: %w", id, eventType, err)
	}
	if len(messages) == 0 {
		return DeadLetter{}, fmt.Errorf("%w: %s of %s", ErrNoDeadLetter, id, eventType)
	}
	return deadLetter(i.app, eventType, number, messages[0]), nil
}

// Replay moves a dead letter back to its stream, with all its attempts restored. Completed
// steps are not repeated, and its age counts from the replay. It returns ErrNoDeadLetter
// when there is none of that id, and an error for one that cannot be read.
func (i *Inspector) Replay(ctx context.Context, eventType, id string) error {
	d, err := i.DeadLetter(ctx, eventType, id)
	if err != nil {
		return err
	}
	if d.broken != nil {
		return fmt.Errorf("dead letter %s of %s cannot be replayed: %w", id, eventType, d.broken)
	}
	d.entry.attempts, d.entry.replayed = 0, time.Now()
	moved, err := i.scripts(d.shard).replay(ctx, d.entryID, d.entry.origin, string(d.entry.encode()))
	return d.moved("replay", moved, err)
}

// Drop removes a dead letter for good. It returns ErrNoDeadLetter when there is
// none of that id.
func (i *Inspector) Drop(ctx context.Context, eventType, id string) error {
	d, err := i.DeadLetter(ctx, eventType, id)
	if err != nil {
		return err
	}
	removed, err := i.scripts(d.shard).drop(ctx, d.entryID, d.entry.origin)
	return d.moved("drop", removed, err)
}

// ReplayMany moves dead letters back to their streams, as Replay does. It returns how many it
// moved: the others are gone. It skips those that cannot be read.
func (i *Inspector) ReplayMany(ctx context.Context, list ...DeadLetter) (int, error) {
	calls := make([]scriptCall, 0, len(list))
	for _, d := range list {
		if d.broken != nil {
			continue
		}
		d.entry.attempts, d.entry.replayed = 0, time.Now()
		calls = append(calls, scriptCall{
			[]string{d.shard.dead(), d.shard.stream(), d.shard.done(d.entry.origin), d.shard.deadSize()},
			[]any{d.entryID, d.entry.encode(), stepsRetention.Milliseconds()},
		})
	}
	n, err := i.runMany(ctx, replayScript, calls)
	if err != nil {
		err = fmt.Errorf("replay dead letters: %w", err)
	}
	return n, err
}

// DropMany removes dead letters for good. It returns how many it removed: the others are
// gone.
func (i *Inspector) DropMany(ctx context.Context, list ...DeadLetter) (int, error) {
	calls := make([]scriptCall, 0, len(list))
	for _, d := range list {
		calls = append(calls, scriptCall{[]string{d.shard.dead(), d.shard.done(d.entry.origin), d.shard.deadSize()}, []any{d.entryID}})
	}
	n, err := i.runMany(ctx, dropScript, calls)
	if err != nil {
		err = fmt.Errorf("drop dead letters: %w", err)
	}
	return n, err
}

// moved returns the error of a script that reports whether it moved the dead letter.
func (d DeadLetter) moved(verb string, moved bool, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s dead letter %s of %s: %w", verb, d.ID, d.Event.Type, err)
	case !moved:
		return fmt.Errorf("%w: %s of %s", ErrNoDeadLetter, d.ID, d.Event.Type)
	default:
		return nil
	}
}
