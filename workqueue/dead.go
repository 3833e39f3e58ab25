package workqueue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Dead letters are kept up to this number for each shard, and for this long.
const (
	deadLettersMax  = 1000
	deadLettersKept = 30 * 24 * time.Hour
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
	buried, err := buryScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.dead(), l.shard.done(d.origin)},
		group, l.consumer.name, d.entryID, deadLettersMax, deadLettersKept.Milliseconds(),
		fieldEntry, d.entry(), fieldReason, string(reason), fieldError, text,
		fieldFirst, strconv.FormatInt(d.Queued.UnixMilli(), 10)).Int()
	if err != nil && !isNoGroup(err) {
		return fmt.Errorf("make a dead letter: %w", err)
	}
	if buried == 1 {
		l.counters.dead.Add(1)
		l.log.Error().Str("event_id", d.ID).Str("request_id", d.RequestID).
			Str("entry", d.entryID).Str("reason", string(reason)).Str("error", text).Int("attempts", d.attempts).
			Msg("an event became a dead letter")
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
