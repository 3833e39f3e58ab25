package workqueue

import (
	"context"
	"time"
)

var (
	claimScript    = script("claim")
	extendScript   = script("extend")
	completeScript = script("complete")
	ackScript      = script("ack")
	retryScript    = script("retry")
	promoteScript  = script("promote")
	retireScript   = script("retire")
)

// claimRequest says which entries to claim.
type claimRequest struct {
	consumer string        // who claims
	idle     time.Duration // how long a lease was not extended
	limit    int           // how many entries to claim
	suspects bool          // whether to claim one that consumers may have died of
	from     string        // the id to begin at; "-" for the first entry
}

// claimedEntry is an entry that was claimed.
type claimedEntry struct {
	id, encoded string
	deliveries  int64     // before this one
	requested   time.Time // when the consumer requested the page that the entry is on
}

// claim claims entries of consumers that did not extend their leases. It returns the
// id to continue at, "" when there is nothing more to claim.
func (s scripts) claim(ctx context.Context, r claimRequest) (list []claimedEntry, next string, err error) {
	reply, err := claimScript.Run(ctx, s.rdb, []string{s.shard.stream()},
		group, r.consumer, r.idle.Milliseconds(), r.limit, wireVersions, suspectAfter, r.suspects, r.from).Slice()
	if err != nil {
		return nil, "", err
	}
	next, _ = reply[0].(string)
	for _, item := range reply[1:] {
		list = append(list, parseClaimed(item))
	}
	return list, next, nil
}

// parseClaimed parses an item of the claim script's reply: id, fields, deliveries.
func parseClaimed(item any) (e claimedEntry) {
	parts, _ := item.([]any)
	if len(parts) != 3 {
		return e
	}
	e.id, _ = parts[0].(string)
	e.deliveries, _ = parts[2].(int64)
	fields, _ := parts[1].([]any)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == fieldEntry {
			e.encoded, _ = fields[i+1].(string)
		}
	}
	return e
}

// extend extends the leases of entries. It returns the ids of those that are no
// longer the consumer's.
func (s scripts) extend(ctx context.Context, consumer string, ids []string) (lost []string, err error) {
	args := append(make([]any, 0, 2+len(ids)), group, consumer)
	for _, id := range ids {
		args = append(args, id)
	}
	return extendScript.Run(ctx, s.rdb, []string{s.shard.stream()}, args...).StringSlice()
}

// completeStep records a completed step of the event whose first entry is origin.
func (s scripts) completeStep(ctx context.Context, origin, step string) error {
	return completeScript.Run(ctx, s.rdb, []string{s.shard.done(origin)}, step, stepsRetention.Milliseconds()).Err()
}

// ack acknowledges and deletes entries, and deletes the completed steps of those
// that may have some. It keeps the outcomes of those that have a record.
func (s scripts) ack(ctx context.Context, batch []*delivery, outcomes int) error {
	keys := append(make([]string, 0, 2+len(batch)), s.shard.stream(), s.shard.outcomes())
	args := append(make([]any, 0, 4+2*len(batch)), group, outcomes, outcomesTTL.Milliseconds(), len(batch))
	for _, d := range batch {
		if d.hasSteps() {
			keys = append(keys, s.shard.done(d.origin))
			args = append(args, d.EntryID)
		}
	}
	for _, d := range batch {
		if !d.hasSteps() {
			args = append(args, d.EntryID)
		}
	}
	for _, d := range batch {
		if d.record != "" {
			args = append(args, d.record)
		}
	}
	return ackScript.Run(ctx, s.rdb, keys, args...).Err()
}

// retryRequest says which entry is replaced, and how.
type retryRequest struct {
	consumer, entryID string
	encoded           string        // the entry that replaces it
	delay             time.Duration // until it is delivered; 0 is at once
	outcome           string        // to be kept, "" for none
	outcomes          int           // how many are kept
}

// retry replaces an entry of the consumer by another. It reports false, and changes
// nothing, when the entry is no longer the consumer's.
func (s scripts) retry(ctx context.Context, r retryRequest) (moved bool, err error) {
	args := []any{group, r.consumer, r.entryID, r.encoded, r.delay.Milliseconds(), r.outcomes, outcomesTTL.Milliseconds()}
	if r.outcome != "" {
		args = append(args, r.outcome)
	}
	n, err := retryScript.Run(ctx, s.rdb, []string{s.shard.stream(), s.shard.delayed(), s.shard.outcomes()}, args...).Int()
	return n == 1, err
}

// promote moves up to limit delayed entries that are due to the stream. It returns
// the milliseconds until the next is due, -1 when there is none.
func (s scripts) promote(ctx context.Context, limit int) (next int64, err error) {
	return promoteScript.Run(ctx, s.rdb, []string{s.shard.stream(), s.shard.delayed()}, limit).Int64()
}

// retire removes a consumer's name from the group, unless entries are pending
// under it.
func (s scripts) retire(ctx context.Context, consumer string) error {
	return retireScript.Run(ctx, s.rdb, []string{s.shard.stream()}, group, consumer).Err()
}
