package workqueue

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Names of consumers that were not heard of for sweepAfter are removed; the
// look for them is every sweepEvery.
const (
	sweepEvery = time.Minute
	sweepAfter = 10 * time.Minute
)

// maintain does what has to be done now and then: it takes over what dead consumers
// left, of which it returns as much as there are free workers for, removes their
// names, and looks for entries that no consumer has.
func (l *lane) maintain(ctx context.Context) ([]*Delivery, error) {
	now := l.consumer.now()
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
	if now.After(l.orphansDue) {
		_, err := l.findOrphans(ctx)
		return nil, err
	}
	return nil, nil
}

// poisonAfter is how often an entry is delivered without an outcome before it
// is held to be what its consumers die of.
const poisonAfter = 5

// suspectAfter is how often an entry is delivered without an outcome before it
// is taken alone, and not while its consumer has another such.
const suspectAfter = 2

// claim takes over entries whose consumer did not extend their lease.
func (l *lane) claim(ctx context.Context, n int) ([]*Delivery, error) {
	asked := l.consumer.now()
	// Who holds suspected may take a suspect, and keeps it for as long as it has
	// that one in hand.
	suspected, taken := &l.consumer.suspected, false
	may := suspected.CompareAndSwap(false, true)
	defer func() {
		if may && !taken {
			suspected.Store(false)
		}
	}()
	// What is finished here before the answer is read may be in it all the same.
	heldWhenAsked := l.leases.all()
	reply, err := l.stale(ctx, n, may)
	if isNoGroup(err) {
		return nil, l.createGroup(ctx)
	}
	if err != nil {
		err = fmt.Errorf("claim from %s: %w", l.stream, err)
	} else if len(reply) < n {
		l.claimDue = asked.Add(l.consumer.claimEvery()) // else there may be more
	}
	var list []*Delivery
	for _, item := range reply {
		id, encoded, deliveries := claimed(item)
		if deliveries >= suspectAfter {
			l.claimDue = asked // it was taken alone: there may be more
		}
		held, lost := l.leases.has(id)
		if (held || heldWhenAsked[id]) && !(lost && deliveries >= poisonAfter) {
			// It is being worked on here. Either Redis was away for longer than the
			// lease, and is back; or the handler does not return though its lease
			// is lost, and another consumer may take the event, or it ends as poison.
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
			d.Reclaimed = true
			if deliveries >= suspectAfter {
				d.clear, taken = sync.OnceFunc(func() { suspected.Store(false) }), true
			}
			list = append(list, d)
		}
	}
	return list, err
}

// stale takes over up to n entries, or one suspect if it may, and returns them as
// the claim script does, also with an error. It looks through all that are
// pending if need be: those that are left alone must not hide the others.
func (l *lane) stale(ctx context.Context, n int, may bool) ([]any, error) {
	var list []any
	for from := "-"; from != "" && len(list) < n; {
		reply, err := claimScript.Run(ctx, l.consumer.rdb, []string{l.stream},
			group, l.consumer.name, l.consumer.claimableIdle().Milliseconds(), n-len(list), wireVersions, suspectAfter,
			may && len(list) == 0, from).Slice()
		if err != nil {
			return list, err
		}
		from, _ = reply[0].(string)
		list = append(list, reply[1:]...)
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
	names, err := sweep(ctx, l.consumer.rdb, l.shard, sweepAfter)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		l.log.Info().Strs("consumers", names).Msg("removed the names of consumers that are gone")
	}
	l.sweepDue = l.consumer.now().Add(sweepEvery)
	return nil
}

// sweep removes the names of consumers of a shard that have nothing pending and
// were not heard of for longer than idle, and returns them.
func sweep(ctx context.Context, rdb redis.UniversalClient, s shard, idle time.Duration) ([]string, error) {
	names, err := sweepScript.Run(ctx, rdb, []string{s.stream()}, group, idle.Milliseconds()).StringSlice()
	if err != nil && !isNoGroup(err) && !isNoKey(err) {
		return nil, fmt.Errorf("remove names of consumers from %s: %w", s.stream(), err)
	}
	return names, nil
}

// isNoGroup tells what Redis says of a group or stream that is not there, also
// when a script met it, which the embedded Redis wraps in its own words; and of a
// stream that went away while a read waited for it. A master that becomes a
// replica ends such reads as UNBLOCKED, too, and has its groups.
func isNoGroup(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "NOGROUP") ||
		strings.Contains(err.Error(), "UNBLOCKED the stream key no longer exists"))
}

// isNoKey tells what XINFO says of a stream that is not there.
func isNoKey(err error) bool { return err != nil && strings.Contains(err.Error(), "no such key") }

// orphanConsumer is the name under which is pending what was on the stream of a group
// that was lost.
const orphanConsumer = "nobody"

// createGroup makes the group, and the stream if need be. It is called when
// Redis says that there is none: at the first start and after Redis lost its
// data. What is on the stream is then delivered, maybe for the second time, but
// not forgotten.
func (l *lane) createGroup(ctx context.Context) error {
	found, err := createScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.grouped()}, group, orphanConsumer).Int()
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
