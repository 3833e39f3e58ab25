package workqueue

import (
	"context"
	"fmt"
	"sync"
)

// acker acknowledges deliveries: what is added while one round trip is under way
// goes out together in the next. Whoever adds something while there is none
// makes them until nothing is left, so there is no timer that adds a delay and
// no goroutine that waits.
type acker struct {
	lane    *lane
	trouble errorReporter

	mu      sync.Mutex
	waiting []*Delivery
	busy    bool // somebody makes round trips
}

// add has a delivery acknowledged and finished. It is tried until it succeeds:
// an event that was handled and is not acknowledged would be handled again. The
// lease is extended meanwhile, and the worker is not free.
func (a *acker) add(handling context.Context, d *Delivery) {
	a.mu.Lock()
	a.waiting = append(a.waiting, d)
	if a.busy {
		a.mu.Unlock()
		return
	}
	a.busy = true
	a.mu.Unlock()
	for batch := a.next(nil); len(batch) > 0; batch = a.next(batch) {
		a.acknowledge(handling, batch)
	}
}

// next returns what is waiting, as much as goes into one round trip. It gathers
// more in the memory of a batch that is done with.
func (a *acker) next(done []*Delivery) []*Delivery {
	clear(done)
	a.mu.Lock()
	defer a.mu.Unlock()
	n := min(len(a.waiting), maxBatch)
	batch := a.waiting[:n:n]
	a.waiting = append(done[:0], a.waiting[n:]...)
	a.busy = n > 0
	return batch
}

func (a *acker) acknowledge(handling context.Context, batch []*Delivery) {
	err := a.send(handling, batch)
	for tries := 0; err != nil && handling.Err() == nil; tries++ {
		a.trouble.wait(handling, err, tries)
		err = a.send(handling, batch)
	}
	if err == nil {
		a.trouble.recovered()
		for _, d := range batch {
			a.lane.counters.done(d)
		}
	} else {
		a.lane.log.Error().Err(err).Int("events", len(batch)).
			Msg("stopped before events were acknowledged; they will be delivered again")
	}
	for _, d := range batch {
		a.lane.finish(d)
	}
}

// send makes one try. What a handler did is recorded even if it was cancelled.
func (a *acker) send(handling context.Context, batch []*Delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(handling), settleTimeout)
	defer cancel()
	keys := []string{a.lane.stream}
	args := append(make([]any, 0, len(batch)+1), group)
	for _, d := range batch {
		if d.recorded() {
			keys = append(keys, d.actions.key)
			args = append(args, d.entryID)
		}
	}
	for _, d := range batch {
		if !d.recorded() {
			args = append(args, d.entryID)
		}
	}
	if err := ackScript.Run(ctx, a.lane.consumer.rdb, keys, args...).Err(); err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}
