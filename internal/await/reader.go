package await

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/pause"
)

const (
	// pollInterval is the time between two polls of the list, and so about how much later
	// than it was given an answer arrives at most.
	pollInterval = 20 * time.Millisecond
	// failedInterval follows a poll that failed.
	failedInterval = 250 * time.Millisecond
	// maxPoll is how many answers one poll takes from the list.
	maxPoll = 50
)

// Run reads answers until ctx ends, and returns nil. It calls Redis only while somebody
// waits, on one connection of the pool. Waits that are going on when it returns end at
// once, with whatever the verdict is, and Register refuses new ones: let it run for as long
// as the gateway serves requests. Answers that it does not read, because it does not run
// or Redis is slow, are found at the end of their budgets. Call it once.
func (w *Waiter) Run(ctx context.Context) error {
	defer close(w.stopping)
	for ctx.Err() == nil {
		waiting, kept := w.expire()
		if waiting > 0 {
			pause.For(ctx, w.poll(ctx))
			continue
		}
		w.idle(ctx, kept)
	}
	return nil
}

// idle returns when somebody waits, or when a kept wait may have to be forgotten.
func (w *Waiter) idle(ctx context.Context, kept bool) {
	var forget <-chan time.Time
	if kept {
		forget = time.After(keptFor)
	}
	select {
	case <-w.wake:
	case <-forget:
	case <-ctx.Done():
	}
}

// expire forgets old waits. It returns how many have not ended, and whether some that have
// are kept.
func (w *Waiter) expire() (waiting int, kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.table.expire(time.Now())
	return w.table.waiting(), len(w.table.ended) > 0
}

// poll takes answers from the list and hands them to those who wait. It returns the time
// until the next poll.
func (w *Waiter) poll(ctx context.Context) time.Duration {
	answers, err := w.rdb.LPopCount(ctx, w.keys.list(), maxPoll).Result()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	w.note(ctx, err)
	if err != nil {
		return failedInterval
	}
	w.deliver(answers)
	if len(answers) == maxPoll {
		return 0
	}
	return pollInterval
}

// deliver hands answers to those who wait for them. It drops those of others, who have
// left; they were told about the verdict.
func (w *Waiter) deliver(answers []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, item := range answers {
		token, answer, _ := strings.Cut(item, " ")
		if one := w.table.byToken[token]; one != nil {
			one.decide([]byte(answer), true)
		}
	}
}

// note logs the first of several polls that fail, and that they succeed again.
func (w *Waiter) note(ctx context.Context, err error) {
	if failed := err != nil; failed != w.failing && ctx.Err() == nil {
		if w.failing = failed; failed {
			w.opts.Log.Warn().Err(err).Msg("read consumers' answers: Redis does not answer; those who wait get their answers late, or the neutral one")
			return
		}
		w.opts.Log.Info().Msg("read consumers' answers: Redis answers again")
	}
}
