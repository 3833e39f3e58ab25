package workqueue

import (
	"context"
	"fmt"
	"time"
)

// recordTimeout bounds one attempt to record an outcome.
const recordTimeout = 2 * time.Second

// complete acknowledges a delivery whose event is handled or discarded, and releases
// it. Deliveries that complete while a round trip is under way share the next.
func (w *shardWorkers) complete(handling context.Context, d *delivery) { w.acks.Post(handling, d) }

// acknowledge is the call of acks. It retries until it succeeds, or handling ends: an
// event that was handled and is not acknowledged would be handled again. Leases are
// extended meanwhile, and the workers are not free.
func (w *shardWorkers) acknowledge(handling context.Context, batch []*delivery) {
	err := w.ack(handling, batch)
	for tries := 0; err != nil && handling.Err() == nil; tries++ {
		w.acking.wait(handling, err, tries)
		err = w.ack(handling, batch)
	}
	if err == nil {
		w.acking.recovered()
		for _, d := range batch {
			w.counters.completed(d)
		}
	} else {
		w.log.Error().Err(err).Int("events", len(batch)).
			Msg("stopped before events were acknowledged; they will be delivered again")
	}
	for _, d := range batch {
		w.release(d)
	}
}

// ack makes one attempt. The outcome of a handler counts even if it was cancelled.
func (w *shardWorkers) ack(handling context.Context, batch []*delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(handling), recordTimeout)
	defer cancel()
	if err := w.scripts.ack(ctx, batch, w.outcomes); err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}

// record has the event of a delivery delivered again, or makes it a dead letter. It
// retries until it succeeds, or handling ends. The lease is extended meanwhile.
func (w *shardWorkers) record(handling context.Context, d *delivery, v disposition, outcome error) {
	if v.kind == retry || v.kind == dead {
		d.failed++
	}
	for tries := 0; ; tries++ {
		err := w.recordOnce(handling, d, v, outcome)
		if err == nil {
			if tries > 0 && w.pendingOutcomes.Add(-1) == 0 {
				w.recording.recovered()
			}
			return
		}
		if tries == 0 {
			w.pendingOutcomes.Add(1)
		}
		if handling.Err() != nil {
			w.log.Error().Err(err).Str("event_id", d.ID).Str("request_id", d.RequestID).Str("entry", d.EntryID).
				Msg("stopped before the outcome of an event was recorded; the event will be delivered again")
			return
		}
		w.recording.wait(handling, err, tries)
	}
}

// recordOnce makes one attempt. The outcome of a handler counts even if it was
// cancelled.
func (w *shardWorkers) recordOnce(handling context.Context, d *delivery, v disposition, outcome error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(handling), recordTimeout)
	defer cancel()
	if v.kind == dead {
		return w.deadLetter(ctx, d, v.dead, outcome)
	}
	return w.retry(ctx, d, v)
}

// retry has an event delivered again, after a delay.
func (w *shardWorkers) retry(ctx context.Context, d *delivery, v disposition) error {
	moved, err := w.scripts.retry(ctx, retryRequest{
		consumer: w.consumer.name, entryID: d.EntryID, encoded: d.encode(), delay: v.delay, outcome: d.record, outcomes: w.outcomes,
	})
	if err != nil && !isNoGroup(err) { // without a group no consumer has the entry
		return fmt.Errorf("retry in %v: %w", v.delay, err)
	}
	switch {
	case !moved:
	case v.kind == retry:
		w.counters.retried.Add(1)
	case v.kind == postpone:
		w.counters.postponed.Add(1)
	}
	if v.delay > 0 {
		w.promoter.entryDelayed()
	}
	return nil
}

// release ends a delivery: its lease and its worker are free.
func (w *shardWorkers) release(d *delivery) {
	d.lease.release()
	<-w.sem
	d.onRelease()
}
