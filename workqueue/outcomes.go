package workqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// OutcomeKind is how a delivery ended, in an OutcomeRecord.
type OutcomeKind string

// The kinds of outcomes. A delivery that its consumer requeued because it stopped, or whose
// event another consumer reclaimed, has no record.
const (
	OutcomeHandled   OutcomeKind = "handled"
	OutcomeDiscarded OutcomeKind = "discarded"
	OutcomeRetried   OutcomeKind = "retried"   // it failed, and is retried
	OutcomePostponed OutcomeKind = "postponed" // it is handled later, at no cost of an attempt
	OutcomeDead      OutcomeKind = "dead"      // it is a dead letter
)

// OutcomeRecord says what became of one delivery. It has nothing of the event's payload.
// Its JSON is kept in Redis for ConsumerOptions.Outcomes.
type OutcomeRecord struct {
	// At is when it was recorded, by Redis's clock.
	At   time.Time   `json:"-"`
	Type string      `json:"-"`
	Kind OutcomeKind `json:"kind"`
	// Source, EventID, RequestID and Key are the event's.
	Source    string `json:"source,omitempty"`
	EventID   string `json:"event_id,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	Key       string `json:"key,omitempty"`
	// Attempt is Delivery.Attempt, and Took how long the handler took.
	Attempt int           `json:"attempt"`
	Took    time.Duration `json:"took"`
	// Waited is the time from when the event was queued to this delivery.
	Waited time.Duration `json:"waited"`
	// Note is the text of Delivery.Note, and Error that of the outcome, cut to 200 bytes.
	Note  string `json:"note,omitempty"`
	Error string `json:"error,omitempty"`
	// Next is the time until the next attempt, 0 if there is none.
	Next time.Duration `json:"next,omitempty"`
	// Consumer is the name of the consumer that had it.
	Consumer string `json:"consumer"`
}

// The bounds of outcomes in Redis, besides ConsumerOptions.Outcomes.
const (
	maxOutcomes = 100_000
	// minOutcomes is how many each of several shards keeps at least.
	minOutcomes = 100
	// maxNote bounds a note and an error, in bytes.
	maxNote = 200
	// outcomesTTL is how long a shard's outcomes are kept after the last.
	outcomesTTL = 24 * time.Hour
	// outcomesPage is how many outcomes one call of Next reads of each shard.
	outcomesPage = 500
)

// Note adds a text to the record of the delivery's outcome, such as the names of what was
// done. It must have nothing of what people wrote. It replaces an earlier note, and must not
// be called concurrently.
func (d *Delivery) Note(text string) { d.note = cutText(text, maxNote) }

func cutText(text string, n int) string {
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "") + "…"
	}
	return text
}

// outcomesPerShard returns how many outcomes each shard keeps, 0 for none.
func (o ConsumerOptions) outcomesPerShard() int {
	if o.Outcomes == 0 {
		return 0
	}
	return max(o.Outcomes/o.Shards, min(o.Outcomes, minOutcomes))
}

// fieldOutcome is the one field of an outcome's entry.
const fieldOutcome = "o"

// outcome returns the record of a delivery that ended in a way, encoded for the scripts, ""
// if none is kept.
func (w *shardWorkers) outcome(d *delivery, v disposition, outcome error) string {
	if w.outcomes == 0 {
		return ""
	}
	r := OutcomeRecord{
		Source: d.Source, EventID: d.ID, RequestID: d.RequestID, Key: d.Key, Attempt: d.Attempt, Took: d.took.Round(time.Microsecond),
		Waited: max(d.ReceivedAt.Sub(d.QueuedAt), 0).Round(time.Millisecond), Note: d.handed.note, Next: v.delay.Round(time.Millisecond), Consumer: w.consumer.name,
	}
	if outcome != nil {
		r.Error = cutText(errorText(outcome), maxNote)
	}
	switch v.kind {
	case done:
		r.Kind = OutcomeHandled
		if d.discard != nil {
			r.Kind = OutcomeDiscarded
		}
	case retry:
		r.Kind = OutcomeRetried
	case postpone:
		r.Kind = OutcomePostponed
	case dead:
		r.Kind = OutcomeDead
	default:
		return ""
	}
	encoded, err := json.Marshal(r)
	if err != nil {
		return "" // it has no such field
	}
	return string(encoded)
}

// OutcomeReader reads the outcomes of deliveries as they are recorded. It must not be used
// concurrently.
type OutcomeReader struct {
	inspector *Inspector
	types     []string
	last      map[shard]string // the id of the last outcome that was read
	fromNow   bool
}

// Outcomes returns a reader of the outcomes of events of the types: of those that are kept,
// or if fromNow is set of those to come.
func (i *Inspector) Outcomes(fromNow bool, eventTypes ...string) *OutcomeReader {
	return &OutcomeReader{inspector: i, types: eventTypes, last: map[shard]string{}, fromNow: fromNow}
}

// FindOutcomes returns the outcomes that are kept and that match, ordered by time.
func (i *Inspector) FindOutcomes(ctx context.Context, match func(OutcomeRecord) bool, eventTypes ...string) ([]OutcomeRecord, error) {
	var found []OutcomeRecord
	r := i.Outcomes(false, eventTypes...)
	for more := true; more; { // not until there are none: others are recorded meanwhile
		var list []OutcomeRecord
		var err error
		if list, more, err = r.next(ctx); err != nil {
			return nil, err
		}
		for _, o := range list {
			if match(o) {
				found = append(found, o)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b OutcomeRecord) int { return a.At.Compare(b.At) })
	return found, nil
}

// Next returns the outcomes since the last call, up to 500 of each shard, ordered by time.
// It does not wait for any. After an error the next call returns them.
func (r *OutcomeReader) Next(ctx context.Context) ([]OutcomeRecord, error) {
	list, _, err := r.next(ctx)
	return list, err
}

// next is Next. more says that a shard has more of them.
func (r *OutcomeReader) next(ctx context.Context) (list []OutcomeRecord, more bool, err error) {
	rdb, app := r.inspector.rdb, r.inspector.app
	for _, eventType := range r.types {
		if err := checkType(eventType); err != nil {
			return nil, false, fmt.Errorf("read outcomes: %w", err)
		}
	}
	counts, err := shardsInUse(ctx, rdb, app, r.types)
	if err != nil {
		return nil, false, fmt.Errorf("read outcomes: %w", err)
	}
	type read struct {
		eventType string
		shard     shard
		reply     *redis.XMessageSliceCmd
	}
	var reads []read
	_ = pipelined(ctx, rdb, func(p redis.Pipeliner) { // each reply has its own error
		for _, eventType := range r.types {
			for n := range counts[eventType] {
				s := shardOf(app, eventType, n)
				from, known := r.last[s]
				switch {
				case known:
					reads = append(reads, read{eventType, s, p.XRangeN(ctx, s.outcomes(), "("+from, "+", outcomesPage)})
				case r.fromNow:
					reads = append(reads, read{eventType, s, p.XRevRangeN(ctx, s.outcomes(), "+", "-", 1)})
				default:
					reads = append(reads, read{eventType, s, p.XRangeN(ctx, s.outcomes(), "-", "+", outcomesPage)})
				}
			}
		}
	})
	for _, read := range reads { // before any counts as read
		if err := read.reply.Err(); err != nil {
			return nil, false, fmt.Errorf("read outcomes of %s: %w", read.eventType, err)
		}
	}
	for _, read := range reads {
		messages := read.reply.Val()
		more = more || len(messages) == outcomesPage
		_, known := r.last[read.shard]
		skip := !known && r.fromNow
		if !known {
			r.last[read.shard] = "0-0"
		}
		for _, m := range messages {
			r.last[read.shard] = m.ID
			if o, ok := outcomeRecord(read.eventType, m); ok && !skip {
				list = append(list, o)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b OutcomeRecord) int { return a.At.Compare(b.At) })
	return list, more, nil
}

// outcomeRecord decodes an outcome. It reports false for one in another release's format.
func outcomeRecord(eventType string, m redis.XMessage) (OutcomeRecord, bool) {
	text, _ := m.Values[fieldOutcome].(string)
	var o OutcomeRecord
	if json.Unmarshal([]byte(text), &o) != nil {
		return o, false
	}
	o.Type, o.At = eventType, entryTime(m.ID)
	return o, true
}
