package workqueue

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// An orphan is an entry that was delivered, is on its stream, and is pending with no
// consumer, so that none would ever handle it. The queue itself leaves none; commands
// that people run do. Consumers look for orphans every six leases, a minute by default.
// Within seven leases of any of the commands below the event is handled again or is
// removed:
//
//   - XGROUP DELCONSUMER makes orphans of the entries that are pending under a name. A
//     running consumer of that name notices it with its next extension, and cancels
//     their handlers.
//   - XACK without XDEL makes an orphan of the entry. A consumer that is handling the
//     event has lost its lease; if its handler succeeds, the event is complete.
//   - XGROUP SETID forwards makes orphans of the entries that it skips. Beyond the end
//     of the stream it would skip all later ones; findOrphans sets it back to the end.
//   - XGROUP SETID backwards has Redis deliver entries again at once, also those that
//     are being handled, as if for the first time. Events may be handled twice at the
//     same time, without their completed steps. Such a delivery cannot be told from a
//     first one.
//   - XDEL of a pending entry removes the event for good. Its running handler
//     continues; if that fails before its lease is next extended, the event is retried.
//   - XAUTOCLAIM or XCLAIM to another name reclaims the entry for a consumer that does
//     not extend its lease, and counts as a delivery.
//   - XGROUP DESTROY: see createGroup.

// orphansEvery is the time between two searches for orphans.
func (c *Consumer) orphansEvery() time.Duration { return 6 * c.opts.Lease }

// orphansPage is how many entries one search for orphans reads, so that it does not block
// Redis for long.
const orphansPage = 100

// findOrphans searches a page of the delivered entries for orphans, and returns how many
// it found. They are then pending with orphanConsumer, and reclaimed after a lease.
func (r *shardReader) findOrphans(ctx context.Context) (found int64, err error) {
	next, found, err := r.scripts.orphans(ctx, cmp.Or(r.orphansFrom, "-"), orphansPage)
	if err != nil && !isNoGroup(err) && !isNoKey(err) { // the next read creates them
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
