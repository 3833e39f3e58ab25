package callback

import (
	"context"
	"errors"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// Run is a run of a callback rule.
type Run struct {
	Rule    string
	Outcome Outcome
	Took    time.Duration
}

// Outcome is how a run of a rule ended, in a word that can be counted.
type Outcome string

// The outcomes of a run.
const (
	OK        Outcome = "ok"
	Failed    Outcome = "error"
	Refused   Outcome = "refused" // no retry can help
	Timeout   Outcome = "timeout"
	Panicked  Outcome = "panic"
	Postponed Outcome = "postponed" // it did not begin: too many commands run
	Stopped   Outcome = "stopped"   // its process stops, or lost the event to another
)

// Outcomes returns all outcomes of a run.
func Outcomes() []Outcome {
	return []Outcome{OK, Failed, Refused, Timeout, Panicked, Postponed, Stopped}
}

// run runs a rule, and logs and reports it. The queue catches a panic.
func (r *Runner) run(ctx context.Context, d *workqueue.Delivery, rule rule, c handler.Callback) error {
	began, outcome, err := time.Now(), Panicked, errPanicked
	defer func() {
		took := time.Since(began)
		line := r.opts.Log.Info()
		if outcome != OK {
			line = r.opts.Log.Error().Err(err)
		}
		line.Str("rule", c.Rule).Str("event", c.Event).Str("delivery_id", c.ID).Str("event_id", d.ID).Str("request_id", d.RequestID).
			Str("outcome", string(outcome)).Int("attempt", d.Attempt).Dur("took_ms", took).Msg("callback")
		if r.opts.Observe != nil {
			r.opts.Observe(Run{c.Rule, outcome, took})
		}
	}()
	err = rule.run(ctx, c)
	outcome = outcomeOf(ctx, err)
	return err
}

// errPanicked is the error of a run with a panic that is not caught yet.
var errPanicked = errors.New("it panicked")

func outcomeOf(ctx context.Context, err error) Outcome {
	_, refused := errors.AsType[*workqueue.RejectError](err)
	_, postponed := errors.AsType[*workqueue.PostponeError](err)
	switch {
	case err == nil:
		return OK
	case refused:
		return Refused
	case postponed:
		return Postponed
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return Timeout
	case ctx.Err() != nil:
		return Stopped
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	default:
		return Failed
	}
}
