package workqueue

import (
	"context"
	"strconv"
	"time"
)

var (
	deadLetterScript = script("dead_letter")
	replayScript     = script("replay")
	dropScript       = script("drop")
	trimScript       = script("trim")
)

// deadLetterRequest says which entry becomes a dead letter, and why.
type deadLetterRequest struct {
	consumer, entryID, origin, encoded string
	reason                             DeadReason
	text                               string // of the error
	queuedAt                           time.Time
	outcome                            string // to be kept, "" for none
	outcomes                           int    // how many are kept
	maxBytes                           int64  // of dead letters that the shard keeps
	share                              int    // they take at most this fraction of maxmemory: 16 is a sixteenth
}

// deadLetter makes an entry of the consumer a dead letter. It returns how many old
// dead letters it dropped for that. It reports false, and changes nothing, when the
// entry is no longer the consumer's.
func (s scripts) deadLetter(ctx context.Context, r deadLetterRequest) (moved bool, dropped int64, err error) {
	fields := []any{
		fieldEntry, r.encoded, fieldReason, string(r.reason), fieldError, r.text, fieldFirst, strconv.FormatInt(r.queuedAt.UnixMilli(), 10),
	}
	args := append([]any{
		group, r.consumer, r.entryID, r.maxBytes, r.share, deadLetterRetention.Milliseconds(), trimLimit, r.outcomes, outcomesTTL.Milliseconds(), len(fields),
	}, fields...)
	if r.outcome != "" {
		args = append(args, r.outcome)
	}
	keys := []string{s.shard.stream(), s.shard.dead(), s.shard.done(r.origin), s.shard.deadSize(), s.shard.outcomes()}
	reply, err := deadLetterScript.Run(ctx, s.rdb, keys, args...).Int64Slice()
	if err != nil {
		return false, 0, err
	}
	return reply[0] == 1, reply[1], nil
}

// replay moves a dead letter to the stream, as encoded. It reports false when there
// is no such dead letter.
func (s scripts) replay(ctx context.Context, entryID, origin, encoded string) (moved bool, err error) {
	n, err := replayScript.Run(ctx, s.rdb, []string{s.shard.dead(), s.shard.stream(), s.shard.done(origin), s.shard.deadSize()},
		entryID, encoded, stepsRetention.Milliseconds()).Int()
	return n == 1, err
}

// drop removes a dead letter. It reports false when there is no such dead letter.
func (s scripts) drop(ctx context.Context, entryID, origin string) (removed bool, err error) {
	n, err := dropScript.Run(ctx, s.rdb, []string{s.shard.dead(), s.shard.done(origin), s.shard.deadSize()}, entryID).Int()
	return n == 1, err
}

// trim removes dead letters that are older than age, up to trimLimit of them, and
// returns how many.
func (s scripts) trim(ctx context.Context, age time.Duration) (removed int64, err error) {
	return trimScript.Run(ctx, s.rdb, []string{s.shard.dead(), s.shard.deadSize()}, age.Milliseconds(), trimLimit).Int64()
}
