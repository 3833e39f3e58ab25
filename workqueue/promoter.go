package workqueue

import (
	"context"
	"fmt"
	"time"
)

// promoter puts the delayed entries of a lane back on the stream when they are
// due. It looks when the next is due that it knows of, when this consumer has
// delayed another, and once a second for those of consumers that died.
type promoter struct {
	lane *lane
	// delayed has a value when an entry was delayed since the last look.
	delayed chan struct{}
	trouble errorReporter
}

const (
	// promoteEvery is the longest time between two looks.
	promoteEvery = time.Second
	// promoteMost is how many entries one look moves.
	promoteMost = 100
)

// run moves entries until ctx ends.
func (p *promoter) run(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		wait, err := p.promote(ctx)
		if err != nil {
			p.trouble.wait(ctx, err, tries)
			tries++
			continue
		}
		p.trouble.recovered()
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

// lookAgain says that an entry was delayed.
func (p *promoter) lookAgain() {
	select {
	case p.delayed <- struct{}{}:
	default: // it will look
	}
}

// promote moves what is due and returns when to look again.
func (p *promoter) promote(ctx context.Context) (wait time.Duration, err error) {
	l := p.lane
	next, err := promoteScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.delayed()}, promoteMost).Int64()
	if err != nil {
		return 0, fmt.Errorf("move what was delayed to %s: %w", l.stream, err)
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
