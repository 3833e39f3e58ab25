package workqueue

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	// deadLetterRetention is how long dead letters are kept.
	deadLetterRetention = 30 * 24 * time.Hour
	// defaultDeadLetterMaxBytes is how many bytes of them a shard keeps. One of a
	// message has about 1,500.
	defaultDeadLetterMaxBytes = 64 << 20
	minDeadLetterMaxBytes     = 64 << 10
	// deadLettersShare is the part of Redis's maxmemory that those of a type may have,
	// a sixteenth: dead letters must not fill a small Redis, which would then take
	// no events.
	deadLettersShare = 16
	// trimLimit is how many dead letters one call of Redis removes.
	trimLimit = 100
)

// The names of a dead letter's fields, besides fieldEntry.
const (
	fieldReason = "reason"
	fieldError  = "error"
	fieldFirst  = "first"
)

// maxErrorLength is how much of an error is kept with a dead letter.
const maxErrorLength = 1000

// deadLetter makes a delivery's event a dead letter.
func (w *shardWorkers) deadLetter(ctx context.Context, d *delivery, reason DeadReason, why error) error {
	text := errorText(why)
	if len(text) > maxErrorLength {
		text = strings.ToValidUTF8(text[:maxErrorLength], "") + "…"
	}
	opts := w.consumer.opts
	moved, dropped, err := w.scripts.deadLetter(ctx, deadLetterRequest{
		consumer: w.consumer.name, entryID: d.EntryID, origin: d.origin, encoded: d.encode(), reason: reason, text: text, queuedAt: d.QueuedAt,
		outcome: d.record, outcomes: w.outcomes,
		maxBytes: opts.DeadLetterMaxBytes, share: deadLettersShare * opts.Shards,
	})
	if isNoGroup(err) {
		return nil // no consumer has the entry
	}
	if err != nil {
		return fmt.Errorf("make a dead letter: %w", err)
	}
	if moved {
		w.counters.dead.Add(1)
		w.log.Error().Str("event_id", d.ID).Str("request_id", d.RequestID).
			Str("entry", d.EntryID).Str("reason", string(reason)).Str("error", text).Int("attempts", d.failed).
			Msg("an event became a dead letter")
	}
	if dropped > 0 {
		w.counters.deadDropped.Add(dropped)
		w.log.Warn().Int64("dead_letters", dropped).Int64("max_bytes", opts.DeadLetterMaxBytes).
			Msg("dropped the oldest dead letters, since there are too many bytes of them; replay or drop the others")
	}
	return nil
}

// errorText returns the text of a handler's error. Its Error is the handler's code, and
// may panic.
func errorText(err error) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("an error of type %T that cannot be printed: %s", err, panicText(p))
		}
	}()
	return err.Error()
}
