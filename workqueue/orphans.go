package workqueue

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// An orphan is an entry that was delivered, is on its stream, and is pending with
// no consumer: nobody would ever handle it. The queue leaves none; people do, with
// commands of their own. A look for them is every six leases, a minute by default.
// Within seven leases of any of the commands below the event is handled again, or
// nothing is left of it:
//
//   - XGROUP DELCONSUMER forgets what is pending under a name: orphans. A consumer
//     that lives notices with its next extension, and cancels their handlers.
//   - XACK without XDEL leaves the entry on the stream: an orphan. Whoever handles
//     the event meanwhile has lost its lease; its success counts all the same.
//   - XGROUP SETID forwards passes entries over: orphans. Beyond the end of the
//     stream it would pass over all that come; the look sets it back to the end.
//   - XGROUP SETID backwards has Redis deliver entries again at once, those that
//     are being handled among them, and as if it were the first time: events may be
//     handled twice at a time, and completed actions are not known. Nothing can
//     tell such a delivery from a first one.
//   - XDEL of a pending entry removes the event for good. A handler that has it goes
//     on; if it fails before its lease is next extended, the event is tried again.
//   - XAUTOCLAIM or XCLAIM to another name is a take-over by a consumer that does
//     not extend its lease, and counts as a delivery.
//   - XGROUP DESTROY: see createGroup.

// orphansEvery is the time between two looks for orphans.
func (c *Consumer) orphansEvery() time.Duration { return 6 * c.opts.Lease }

// orphansPage is how many entries one look for orphans reads, so that Redis is
// not kept from its other work.
const orphansPage = 100

// findOrphans looks at a page of the entries that were delivered, and returns how
// many of them are orphans. They are pending with nobody from then on, and taken
// over after a lease.
func (r *shardReader) findOrphans(ctx context.Context) (found int64, err error) {
	next, found, err := r.scripts.orphans(ctx, cmp.Or(r.orphansFrom, "-"), orphansPage)
	if err != nil && !isNoGroup(err) && !isNoKey(err) { // those the next read creates
		return 0, fmt.Errorf("look for orphans on %s: %w", r.stream, err)
	}
	if r.orphansFrom = next; next == "" {
		r.orphansDue = r.consumer.now().Add(r.consumer.orphansEvery())
	}
	if found > 0 {
		r.log.Warn().Int64("events", found).
			Msg("entries on the stream were pending with no consumer, as after XGROUP DELCONSUMER or XACK by hand; they are delivered again after a lease")
	}
	return found, nil
}
