package consumer

import (
	"errors"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// failures are the errors of an event's actions.
type failures struct {
	// temporary errors cost the event an attempt, waiting ones do not.
	temporary, waiting, final, gone []error
	after                           time.Duration // the longest that one of them needs
}

func (f *failures) add(err error, o Outcome) {
	switch o.Kind {
	case Final:
		f.final = append(f.final, err)
		return
	case Gone:
		f.gone = append(f.gone, err)
		return
	case RateLimited, Unknown:
		f.waiting = append(f.waiting, err)
	default:
		f.temporary = append(f.temporary, err)
	}
	f.after = max(f.after, o.After)
}

// over reports whether the event is no longer needed, not even as a dead letter.
func (f *failures) over() bool { return !f.again() && len(f.final) == 0 }

// again reports whether another attempt may help an action. The event is then
// retried.
func (f *failures) again() bool { return len(f.temporary) > 0 || len(f.waiting) > 0 }

// unspecifiedPause is the time by which an event is postponed if the platform does not
// say when to retry.
const unspecifiedPause = 5 * time.Second

// outcome returns the event's outcome for the queue.
func (f *failures) outcome() error {
	err := errors.Join(append(append(f.temporary, f.waiting...), f.final...)...)
	switch {
	case len(f.temporary) > 0 && f.after > 0:
		return workqueue.RetryAfter(f.after, err)
	case len(f.temporary) > 0:
		return err
	case len(f.waiting) > 0 && f.after > 0:
		return workqueue.Postpone(f.after, err)
	case len(f.waiting) > 0:
		return workqueue.Postpone(unspecifiedPause, err)
	case len(f.final) > 0:
		return workqueue.Reject(err)
	case len(f.gone) > 0:
		return workqueue.DiscardAs(workqueue.TargetGone, "its target no longer exists: "+errors.Join(f.gone...).Error())
	default:
		return nil
	}
}

// outcomeFor returns the event's outcome for an error of the platform.
func outcomeFor(platform Platform, err error) error {
	if err == nil {
		return nil
	}
	var f failures
	f.add(err, classify(platform, err))
	return f.outcome()
}

// classify returns the meaning of an error of an action on platform.
func classify(platform Platform, err error) Outcome {
	if _, unknown := errors.AsType[*unknownError](err); unknown {
		return Outcome{Kind: Unknown}
	}
	if errors.Is(err, handler.ErrUnsupported) {
		return Outcome{Kind: Final}
	}
	return platform.Outcome(err)
}
