package workqueue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// deadLettersKept is how long dead letters are kept.
	deadLettersKept = 30 * 24 * time.Hour
	// defaultDeadLetterMaxBytes is how many bytes of them a shard keeps. One of a
	// message has about 1,500.
	defaultDeadLetterMaxBytes = 64 << 20
	minDeadLetterMaxBytes     = 64 << 10
	// deadLettersShare is what part of Redis's maxmemory those of a type may have,
	// a sixteenth: dead letters must not fill a small Redis, which would then take
	// no events.
	deadLettersShare = 16
	// trimAtOnce is how many dead letters one call of Redis removes.
	trimAtOnce = 100
)

// The names of a dead letter's fields, besides fieldEntry.
const (
	fieldReason = "reason"
	fieldError  = "error"
	fieldFirst  = "first"
)

// maxErrorLength is how much of an error is kept with a dead letter.
const maxErrorLength = 1000

// bury makes a delivery's event a dead letter.
func (l *lane) bury(ctx context.Context, d *Delivery, reason DeadReason, why error) error {
	text := errorText(why)
	if len(text) > maxErrorLength {
		text = strings.ToValidUTF8(text[:maxErrorLength], "") + "…"
	}
	opts := l.consumer.opts
	reply, err := buryScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.dead(), l.shard.done(d.origin), l.shard.deadSize()},
		group, l.consumer.name, d.entryID, opts.DeadLetterMaxBytes, deadLettersShare*opts.Shards, deadLettersKept.Milliseconds(), trimAtOnce,
		fieldEntry, d.entry(), fieldReason, string(reason), fieldError, text,
		fieldFirst, strconv.FormatInt(d.QueuedAt.UnixMilli(), 10)).Int64Slice()
	if isNoGroup(err) {
		return nil // nobody has the entry
	}
	if err != nil {
		return fmt.Errorf("make a dead letter: %w", err)
	}
	if buried, dropped := reply[0], reply[1]; buried == 1 {
		l.counters.dead.Add(1)
		l.log.Error().Str("event_id", d.ID).Str("request_id", d.RequestID).
			Str("entry", d.entryID).Str("reason", string(reason)).Str("error", text).Int("attempts", d.attempts).
			Msg("an event became a dead letter")
		if dropped > 0 {
			l.counters.deadDropped.Add(dropped)
			l.log.Warn().Int64("dead_letters", dropped).Int64("max_bytes", opts.DeadLetterMaxBytes).
				Msg("dropped the oldest dead letters, since there are too many bytes of them; replay or drop what is there")
		}
	}
	return nil
}

// errorText returns what a handler's error says. It is the handler's code, and
// may panic.
func errorText(err error) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = fmt.Sprintf("an error of type %T that cannot be printed: %s", err, panicText(p))
		}
	}()
	return err.Error()
}
