package workqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNoEvent is returned for an event that does not wait, or not any more.
var ErrNoEvent = errors.New("no such event waits")

// QueuedEvent is an event that waits: on its stream for a consumer, or for its next attempt.
type QueuedEvent struct {
	Event Event
	// ID names it among those of its type that wait in the same way.
	ID string
	// Attempts is how many have failed.
	Attempts int
	// QueuedAt is when it was first put on the stream.
	QueuedAt time.Time
	// Due is when a delayed event is moved to its stream, the zero time of one that is on it.
	Due time.Time

	shard   shard
	encoded string
	origin  string
}

// ListWaiting returns up to n events of a type, at least one, that no consumer has received,
// the oldest first.
func (i *Inspector) ListWaiting(ctx context.Context, eventType string, n int) ([]QueuedEvent, error) {
	list, err := i.listQueued(ctx, eventType, n, i.waiting)
	if err != nil {
		return nil, fmt.Errorf("list waiting events of %s: %w", eventType, err)
	}
	slices.SortStableFunc(list, func(a, b QueuedEvent) int { return a.QueuedAt.Compare(b.QueuedAt) })
	return list[:min(n, len(list))], nil
}

// ListDelayed returns up to n events of a type, at least one, that wait for their next
// attempt, the next due first.
func (i *Inspector) ListDelayed(ctx context.Context, eventType string, n int) ([]QueuedEvent, error) {
	list, err := i.listQueued(ctx, eventType, n, i.delayed)
	if err != nil {
		return nil, fmt.Errorf("list delayed events of %s: %w", eventType, err)
	}
	slices.SortStableFunc(list, func(a, b QueuedEvent) int { return a.Due.Compare(b.Due) })
	return list[:min(n, len(list))], nil
}

// listQueued calls list for each shard of a type.
func (i *Inspector) listQueued(ctx context.Context, eventType string, n int, list func(context.Context, string, int, shard, int) ([]QueuedEvent, error)) ([]QueuedEvent, error) {
	if err := checkCount(n); err != nil {
		return nil, err
	}
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return nil, err
	}
	var all []QueuedEvent
	for number, s := range shards {
		some, err := list(ctx, eventType, number, s, n)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// waiting returns up to n events of a shard that no consumer has received.
func (i *Inspector) waiting(ctx context.Context, eventType string, number int, s shard, n int) ([]QueuedEvent, error) {
	from := "-"
	groups, err := i.rdb.XInfoGroups(ctx, s.stream()).Result()
	switch {
	case isNoKey(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, g := range groups {
		if g.Name == group {
			from = "(" + g.LastDeliveredID
		}
	}
	messages, err := i.rdb.XRangeN(ctx, s.stream(), from, "+", int64(n)).Result()
	if err != nil {
		return nil, err
	}
	list := make([]QueuedEvent, 0, len(messages))
	for _, m := range messages {
		encoded, _ := m.Values[fieldEntry].(string)
		list = append(list, queuedEvent(eventType, number, s, m.ID, encoded))
	}
	return list, nil
}

// delayed returns up to n events of a shard that wait for their next attempt.
func (i *Inspector) delayed(ctx context.Context, eventType string, number int, s shard, n int) ([]QueuedEvent, error) {
	members, err := i.rdb.ZRangeWithScores(ctx, s.delayed(), 0, int64(n)-1).Result()
	if err != nil {
		return nil, err
	}
	list := make([]QueuedEvent, 0, len(members))
	for _, m := range members {
		encoded, _ := m.Member.(string)
		list = append(list, delayedEvent(eventType, number, s, encoded, m.Score))
	}
	return list, nil
}

// delayedEvent decodes a member of a delayed set. Its origin names it: an event waits for
// one attempt only.
func delayedEvent(eventType string, number int, s shard, encoded string, due float64) QueuedEvent {
	e := queuedEvent(eventType, number, s, "", encoded)
	e.Due = time.UnixMilli(int64(due))
	return e
}

// queuedEvent decodes an entry, as far as it can be read. Its id is "" if it is delayed.
func queuedEvent(eventType string, number int, s shard, id, encoded string) QueuedEvent {
	e, _ := decode(eventType, encoded) // a damaged one has no event; it can be seen and dropped
	origin := cmp.Or(e.origin, id)
	q := QueuedEvent{
		Event: e.Event, ID: deadID(cmp.Or(id, origin), number), Attempts: e.attempts, QueuedAt: entryTime(origin),
		shard: s, encoded: encoded, origin: origin,
	}
	q.Event.Type = eventType
	return q
}

// WaitingEvent returns the event of a type with that id on its stream, or ErrNoEvent.
func (i *Inspector) WaitingEvent(ctx context.Context, eventType, id string) (QueuedEvent, error) {
	if err := checkType(eventType); err != nil {
		return QueuedEvent{}, err
	}
	entryID, number, ok := splitDeadID(id)
	if !ok {
		return QueuedEvent{}, fmt.Errorf("%w: %s of %s", ErrNoEvent, id, eventType)
	}
	s := shardOf(i.app, eventType, number)
	messages, err := i.rdb.XRange(ctx, s.stream(), entryID, entryID).Result()
	if err != nil {
		return QueuedEvent{}, fmt.Errorf("read event %s of %s: %w", id, eventType, err)
	}
	if len(messages) == 0 {
		return QueuedEvent{}, fmt.Errorf("%w: %s of %s", ErrNoEvent, id, eventType)
	}
	encoded, _ := messages[0].Values[fieldEntry].(string)
	return queuedEvent(eventType, number, s, entryID, encoded), nil
}

// DelayedEvent returns the event of a type with that id that waits for its next attempt, or
// ErrNoEvent. It looks through all of them.
func (i *Inspector) DelayedEvent(ctx context.Context, eventType, id string) (QueuedEvent, error) {
	if err := checkType(eventType); err != nil {
		return QueuedEvent{}, err
	}
	_, number, ok := splitDeadID(id)
	if !ok {
		return QueuedEvent{}, fmt.Errorf("%w: %s of %s", ErrNoEvent, id, eventType)
	}
	const page = 500
	s := shardOf(i.app, eventType, number)
	for from := int64(0); ; from += page {
		members, err := i.rdb.ZRangeWithScores(ctx, s.delayed(), from, from+page-1).Result()
		if err != nil {
			return QueuedEvent{}, fmt.Errorf("look for delayed event %s of %s: %w", id, eventType, err)
		}
		for _, m := range members {
			encoded, _ := m.Member.(string)
			if e := delayedEvent(eventType, number, s, encoded, m.Score); e.ID == id {
				return e, nil
			}
		}
		if len(members) < page {
			return QueuedEvent{}, fmt.Errorf("%w: %s of %s", ErrNoEvent, id, eventType)
		}
	}
}

// RetryNow moves delayed events to their streams at once. It returns how many it moved: the
// others are on their streams already, or gone.
func (i *Inspector) RetryNow(ctx context.Context, list ...QueuedEvent) (int, error) {
	calls := make([]scriptCall, 0, len(list))
	for _, q := range list {
		calls = append(calls, scriptCall{[]string{q.shard.stream(), q.shard.delayed()}, []any{q.encoded}})
	}
	n, err := i.runMany(ctx, retryNowScript, calls)
	if err != nil {
		err = fmt.Errorf("retry delayed events now: %w", err)
	}
	return n, err
}

// DropQueued removes events for good that wait on their streams or are delayed. It returns
// how many it removed: the others were received by a consumer meanwhile, or are gone.
func (i *Inspector) DropQueued(ctx context.Context, list ...QueuedEvent) (int, error) {
	var waiting, delayed []scriptCall
	for _, q := range list {
		if q.Due.IsZero() {
			entryID, _, _ := splitDeadID(q.ID)
			waiting = append(waiting, scriptCall{[]string{q.shard.stream(), q.shard.done(q.origin)}, []any{group, entryID}})
		} else {
			delayed = append(delayed, scriptCall{[]string{q.shard.delayed(), q.shard.done(q.origin)}, []any{q.encoded}})
		}
	}
	n, err := i.runMany(ctx, dropWaitingScript, waiting)
	more, failed := i.runMany(ctx, dropDelayedScript, delayed)
	if err = errors.Join(err, failed); err != nil {
		err = fmt.Errorf("drop events: %w", err)
	}
	return n + more, err
}
