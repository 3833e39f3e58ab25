package workqueue

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Names of consumers that were not heard of for sweepAfter are removed; the
// look for them is every sweepEvery.
const (
	sweepEvery = time.Minute
	sweepAfter = 10 * time.Minute
)

// tend does what has to be done now and then: it takes over what dead consumers
// left, of which it returns as much as there are free workers for, removes
// their names, and puts delayed entries that are due on the stream.
func (l *lane) tend(ctx context.Context) ([]*Delivery, error) {
	now := time.Now()
	if now.After(l.claimDue) {
		taken, err := l.claim(ctx, l.free())
		if len(taken) > 0 || err != nil {
			return taken, err
		}
	}
	if now.After(l.sweepDue) {
		if err := l.sweep(ctx); err != nil {
			return nil, err
		}
	}
	if now.After(l.promoteDue) {
		return nil, l.promote(ctx, l.free())
	}
	return nil, nil
}

// promote moves delayed entries that are due to the stream, as many as there
// are free workers, and notes when to look again.
func (l *lane) promote(ctx context.Context, n int) error {
	next, err := promoteScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.delayed()}, n).Int64()
	if err != nil {
		return fmt.Errorf("move what was delayed to %s: %w", l.stream, err)
	}
	wait := longestBlock
	if next >= 0 {
		wait = min(wait, time.Duration(next)*time.Millisecond)
	}
	l.promoteDue = time.Now().Add(wait)
	return nil
}

// poisonAfter is how often an entry is delivered without an outcome before it
// is held to be what its consumers die of.
const poisonAfter = 5

// suspectAfter is how often an entry is delivered without an outcome before it
// is taken alone.
const suspectAfter = 2

// claim takes over entries whose consumer did not extend their lease.
func (l *lane) claim(ctx context.Context, n int) ([]*Delivery, error) {
	asked := time.Now()
	reply, err := claimScript.Run(ctx, l.consumer.rdb, []string{l.stream},
		group, l.consumer.name, l.consumer.claimableIdle().Milliseconds(), n, string(wireVersion), suspectAfter).Slice()
	switch {
	case isNoGroup(err):
		return nil, l.createGroup(ctx)
	case err != nil:
		return nil, fmt.Errorf("claim from %s: %w", l.stream, err)
	}
	if len(reply) < n {
		l.claimDue = asked.Add(l.consumer.claimEvery()) // else there may be more
	}
	var list []*Delivery
	for _, item := range reply {
		id, encoded, deliveries := claimed(item)
		if l.leases.has(id) {
			// It is ours: Redis was away for longer than the lease, and is back.
			// Who works on it here goes on.
			continue
		}
		d := l.delivery(ctx, id, encoded, asked)
		switch {
		case d == nil:
		case deliveries >= poisonAfter:
			if err := l.bury(ctx, d, Poison, fmt.Errorf("delivered %d times without an outcome", deliveries)); err != nil {
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
func (l *lane) sweep(ctx context.Context) error {
	names, err := sweepScript.Run(ctx, l.consumer.rdb, []string{l.stream}, group, sweepAfter.Milliseconds()).StringSlice()
	if err != nil && !isNoGroup(err) && !isNoKey(err) {
		return fmt.Errorf("sweep the names of %s: %w", l.stream, err)
	}
	if len(names) > 0 {
		l.log.Info().Strs("consumers", names).Msg("removed the names of consumers that are gone")
	}
	l.sweepDue = time.Now().Add(sweepEvery)
	return nil
}

// isNoGroup tells what Redis says of a group or stream that is not there, also
// when a script met it, which the embedded Redis wraps in its own words.
func isNoGroup(err error) bool { return err != nil && strings.Contains(err.Error(), "NOGROUP") }

// isNoKey tells what XINFO says of a stream that is not there.
func isNoKey(err error) bool { return err != nil && strings.Contains(err.Error(), "no such key") }

// nobody is the name under which is pending what was on the stream of a group
// that was lost.
const nobody = "nobody"

// createGroup makes the group, and the stream if need be. It is called when
// Redis says that there is none: at the first start and after Redis lost its
// data. What is on the stream is then delivered, maybe for the second time, but
// not forgotten.
func (l *lane) createGroup(ctx context.Context) error {
	found, err := createScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.grouped()}, group, nobody).Int()
	if err != nil && !isBusyGroup(err) {
		return fmt.Errorf("create group of %s: %w", l.stream, err)
	}
	if found > 0 {
		l.log.Warn().Int("events", found).Msg("the consumer group was lost; what is on the stream is delivered again after a lease")
	}
	return nil
}

// isBusyGroup tells what Redis says when a script makes a group that is there.
func isBusyGroup(err error) bool { return strings.Contains(err.Error(), "BUSYGROUP") }
