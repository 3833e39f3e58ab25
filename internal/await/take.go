package await

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// retakeTimeout bounds an attempt of Run to take a wait.
const retakeTimeout = time.Second

// errExpired is the error of take for a wait that a consumer won more than answerTTL ago.
var errExpired = errors.New("a consumer's answer was in time, and has expired since")

// take takes the wait for this gateway, or gets the answer of the consumer that was first.
// The wait is decided unless there is an error.
func (w *Waiter) take(ctx context.Context, one *wait, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	reply, err := takeScript.Run(ctx, w.rdb, []string{w.keys.verdict(one.token), w.keys.answer(one.token)}, late, lateTTL.Milliseconds()).Slice()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case one.isDecided(): // by the reader, meanwhile
	case err != nil:
		return fmt.Errorf("learn whether a consumer's answer was in time: %w", err)
	case len(reply) == 0:
		one.decide(nil, false)
	default:
		answer, ok := reply[0].(string)
		if !ok {
			return errExpired
		}
		one.decide([]byte(answer), true)
	}
	return nil
}

// retakeLater has Run take a wait whose request is answered without a verdict. A consumer
// that has not given its answer yet must not do so later.
func (w *Waiter) retakeLater(one *wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.undecided) < w.opts.MaxWaits {
		w.undecided = append(w.undecided, one)
	}
	w.wakeUp()
}

// retake takes undecided waits, until Redis fails. It returns the time until the next
// attempt.
func (w *Waiter) retake(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		w.mu.Lock()
		if len(w.undecided) == 0 {
			w.mu.Unlock()
			break
		}
		one := w.undecided[0]
		w.mu.Unlock()
		err := w.take(ctx, one, retakeTimeout)
		expired := errors.Is(err, errExpired)
		if err != nil && !expired {
			w.note(ctx, err)
			return failedInterval
		}
		if w.note(ctx, nil); expired || one.answered {
			w.opts.Log.Error().Msg("a consumer's answer was in time, and Redis did not say so: the person saw that it was late, and may do the same again")
		}
		w.mu.Lock()
		w.undecided = w.undecided[1:]
		w.mu.Unlock()
	}
	return 0
}
