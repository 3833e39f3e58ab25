package workqueue

import (
	"context"
	"fmt"
	"time"
)

// promoter puts the delayed entries of a shard back on the stream when they are
// due. It looks when the next is due that it knows of, when this consumer has
// delayed another, and once a second for those of consumers that died.
type promoter struct {
	scripts scripts
	// delayed has a value when an entry was delayed since the last look.
	delayed chan struct{}
	errors  errorReporter
}

const (
	// promoteEvery is the longest time between two looks.
	promoteEvery = time.Second
	// promoteLimit is how many entries one look moves.
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

// entryDelayed has it look again, for an entry was delayed.
func (p *promoter) entryDelayed() {
	select {
	case p.delayed <- struct{}{}:
	default: // it will look
	}
}

// promote moves what is due and returns when to look again.
func (p *promoter) promote(ctx context.Context) (wait time.Duration, err error) {
	next, err := p.scripts.promote(ctx, promoteLimit)
	if err != nil {
		return 0, fmt.Errorf("move delayed events to %s: %w", p.scripts.shard.stream(), err)
	}
	return untilLook(next), nil
}

// untilLook returns when to look again when the next entry is due in so many
// milliseconds, or there is none with less than 0.
func untilLook(next int64) time.Duration {
	if next < 0 || next > promoteEvery.Milliseconds() { // which may be more than a Duration holds
		return promoteEvery
	}
	return time.Duration(next) * time.Millisecond
}
