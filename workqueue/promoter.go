package workqueue

import (
	"context"
	"fmt"
	"time"
)

// promoter moves the delayed entries of a shard to the stream when they are due. It runs
// when the next known entry is due, when this consumer has delayed another, and at least
// once a second for the entries that other consumers delayed.
type promoter struct {
	scripts scripts
	// delayed has a value when an entry was delayed since the last run of the script.
	delayed chan struct{}
	errors  errorReporter
}

const (
	// promoteEvery is the longest time between two runs of the script.
	promoteEvery = time.Second
	// promoteLimit is how many entries one run moves at most.
	promoteLimit = 100
)

// run moves entries until ctx ends.
func (p *promoter) run(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		wait, err := p.promote(ctx)
		if err != nil {
			p.errors.wait(ctx, err, tries)
			tries++
			continue
		}
		p.errors.recovered()
		tries = 0
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-p.delayed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// entryDelayed notes that an entry was delayed, which may be due next.
func (p *promoter) entryDelayed() {
	select {
	case p.delayed <- struct{}{}:
	default: // it is noted
	}
}

// promote moves the entries that are due, and returns how long to wait before the next run.
func (p *promoter) promote(ctx context.Context) (wait time.Duration, err error) {
	next, err := p.scripts.promote(ctx, promoteLimit)
	if err != nil {
		return 0, fmt.Errorf("move delayed events to %s: %w", p.scripts.shard.stream(), err)
	}
	return untilNextRun(next), nil
}

// untilNextRun returns how long to wait when the next entry is due in so many milliseconds,
// less than 0 if there is none. It is at most promoteEvery.
func untilNextRun(next int64) time.Duration {
	if next < 0 || next > promoteEvery.Milliseconds() { // which may be more than a Duration holds
		return promoteEvery
	}
	return time.Duration(next) * time.Millisecond
}
