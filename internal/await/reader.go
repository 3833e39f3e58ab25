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
// waits, or a verdict is unknown, on one connection of the pool. Waits that are going on when it returns end at
// once, with whatever the verdict is, and Register refuses new ones: let it run for as long
// as the gateway serves requests. Answers that it does not read, because it does not run
// or Redis is slow, are found at the end of their budgets. Call it once.
func (w *Waiter) Run(ctx context.Context) error {
	defer close(w.stopping)
	for ctx.Err() == nil {
		waiting, undecided, kept := w.expire()
		var next time.Duration
		if waiting {
			next = w.poll(ctx)
		}
		if undecided {
			next = max(next, w.retake(ctx))
		}
		if waiting || undecided {
			pause.For(ctx, next)
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

// expire forgets old waits. It reports whether there are some that have not ended, that
// Redis gave no verdict about, and that have ended and are kept.
func (w *Waiter) expire() (waiting, undecided, kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.table.expire(time.Now())
	return w.table.waiting() > 0, len(w.undecided) > 0, len(w.table.ended) > 0
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

// note logs the first of several calls that fail, and that they succeed again.
func (w *Waiter) note(ctx context.Context, err error) {
	if failed := err != nil; failed != w.failing && ctx.Err() == nil {
		if w.failing = failed; failed {
			w.opts.Log.Warn().Err(err).Msg("read consumers' answers: Redis does not answer; those who wait get their answers late, or the neutral one")
			return
		}
		w.opts.Log.Info().Msg("read consumers' answers: Redis answers again")
	}
}
