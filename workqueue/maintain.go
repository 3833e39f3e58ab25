package workqueue

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Names of consumers that have not read for sweepAfter are removed, every sweepEvery.
const (
	sweepEvery = time.Minute
	sweepAfter = 10 * time.Minute
)

// maintain claims entries of dead consumers, for which there are free workers. When
// there are none, it removes the names of idle consumers and looks for orphans. Each
// is done when it is due.
func (r *shardReader) maintain(ctx context.Context) ([]*delivery, error) {
	now := r.consumer.now()
	if now.After(r.claimDue) {
		claimed, err := r.claim(ctx, r.workers.free())
		if len(claimed) > 0 || err != nil {
			return claimed, err
		}
	}
	if now.After(r.sweepDue) {
		if err := r.sweep(ctx); err != nil {
			return nil, err
		}
	}
	if now.After(r.orphansDue) {
		_, err := r.findOrphans(ctx)
		return nil, err
	}
	return nil, nil
}

// poisonAfter is how often an entry is delivered without an outcome before it is
// poison: its consumers die of it.
const poisonAfter = 5

// suspectAfter is how often an entry is delivered without an outcome before it is a
// suspect: it is claimed alone, and not while its consumer has another suspect.
const suspectAfter = 2

// claim claims up to n entries whose consumer did not extend their lease.
func (r *shardReader) claim(ctx context.Context, n int) ([]*delivery, error) {
	requested := r.consumer.now()
	// Who sets suspected may claim a suspect, and keeps it set until that is released.
	suspected, taken := &r.consumer.suspected, false
	may := suspected.CompareAndSwap(false, true)
	defer func() {
		if may && !taken {
			suspected.Store(false)
		}
	}()
	// An entry that is released here before the reply is read may be in it all the same.
	heldBefore := r.workers.leases.all()
	entries, err := r.claimPages(ctx, n, may)
	if isNoGroup(err) {
		return nil, r.createGroup(ctx)
	}
	if err != nil {
		err = fmt.Errorf("claim from %s: %w", r.stream, err)
	} else if len(entries) < n {
		r.claimDue = requested.Add(r.consumer.claimEvery()) // else there may be more
	}
	var list []*delivery
	for _, e := range entries {
		suspect := e.deliveries >= suspectAfter
		if suspect {
			r.claimDue = requested // it was claimed alone: there may be more
		}
		held, lost := r.workers.leases.has(e.id)
		if (held || heldBefore[e.id]) && !(lost && e.deliveries >= poisonAfter) {
			// It is being handled here. Either Redis was away for longer than the
			// lease, and is back; or the handler does not return though its lease is
			// lost, and another consumer may claim the event, or it ends as poison.
			continue
		}
		d := r.delivery(ctx, e.id, e.encoded, e.requested)
		switch {
		case d == nil:
		case e.deliveries >= poisonAfter:
			why := fmt.Errorf("delivered %d times without an outcome", e.deliveries)
			d.record = r.workers.outcome(d, disposition{kind: dead}, why)
			if err := r.workers.deadLetter(ctx, d, Poison, why); err != nil {
				return list, err
			}
			r.workers.poisoned(ctx, d)
		default:
			d.Reclaimed = true
			if suspect {
				d.releaseSuspect, taken = sync.OnceFunc(func() { suspected.Store(false) }), true
			}
			list = append(list, d)
		}
	}
	return list, err
}

// poisoned tells OnPoison of an event that has become a dead letter.
func (w *shardWorkers) poisoned(ctx context.Context, d *delivery) {
	if w.opts.poison == nil {
		return
	}
	d.handed = d.Delivery
	defer func() {
		if p := recover(); p != nil {
			_ = w.panicked(&d.handed, p) // it logs it; the event has its outcome
		}
	}()
	w.opts.poison(ctx, &d.handed)
}

// claimPages claims up to n entries, or one suspect if it may. With an error come
// those that it claimed before. It looks through all pending entries if need be:
// those that it leaves alone must not hide the others. The lease of an entry begins when
// its page is requested, however long the pages before took.
func (r *shardReader) claimPages(ctx context.Context, n int, suspects bool) ([]claimedEntry, error) {
	var list []claimedEntry
	for from := "-"; from != "" && len(list) < n; {
		requested := r.consumer.now()
		page, next, err := r.scripts.claim(ctx, claimRequest{
			consumer: r.consumer.name, idle: r.consumer.claimableIdle(), limit: n - len(list), suspects: suspects && len(list) == 0, from: from,
		})
		if err != nil {
			return list, err
		}
		for i := range page {
			page[i].requested = requested
		}
		list, from = append(list, page...), next
	}
	return list, nil
}

// sweep removes the names of idle consumers.
func (r *shardReader) sweep(ctx context.Context) error {
	names, err := sweep(ctx, r.scripts, sweepAfter)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		r.log.Info().Strs("consumers", names).Msg("removed the names of idle consumers")
	}
	r.sweepDue = r.consumer.now().Add(sweepEvery)
	return nil
}

// sweep removes the names of consumers of a shard that have nothing pending and have
// not read for longer than idle, and returns them.
func sweep(ctx context.Context, s scripts, idle time.Duration) ([]string, error) {
	names, err := s.sweep(ctx, idle)
	if err != nil && !isNoGroup(err) && !isNoKey(err) {
		return nil, fmt.Errorf("remove names of consumers from %s: %w", s.shard.stream(), err)
	}
	return names, nil
}

// orphanConsumer is the name under which orphans are pending, and the entries on the
// stream of a group that was lost, until a consumer claims them.
const orphanConsumer = "nobody"

// createGroup creates the group, and the stream if need be. It is called when Redis
// says that there is none: at the first start, and after Redis lost its data. The
// entries on the stream are then delivered, maybe for the second time.
func (r *shardReader) createGroup(ctx context.Context) error {
	found, err := r.scripts.create(ctx)
	if err != nil && !isBusyGroup(err) {
		return fmt.Errorf("create group of %s: %w", r.stream, err)
	}
	if found > 0 {
		r.log.Warn().Int("events", found).Msg("the consumer group was lost; the events on the stream are delivered again after a lease")
	}
	return nil
}

// isNoGroup recognizes the error of Redis about a group or stream that is not there, also
// when a script met it, which the embedded Redis wraps in its own words; and of a
// stream that went away while a read waited for it. A master that becomes a
// replica ends such reads as UNBLOCKED, too, and has its groups.
func isNoGroup(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "NOGROUP") ||
		strings.Contains(err.Error(), "UNBLOCKED the stream key no longer exists"))
}

// isNoKey recognizes the error of XINFO about a stream that is not there.
func isNoKey(err error) bool { return err != nil && strings.Contains(err.Error(), "no such key") }

// isBusyGroup recognizes the error of Redis when a script makes a group that is there.
func isBusyGroup(err error) bool { return strings.Contains(err.Error(), "BUSYGROUP") }
