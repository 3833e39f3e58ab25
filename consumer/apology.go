package consumer

import (
	"context"
	"errors"

	"github.com/gobridge/gopherbot/handler"
)

const apology = "Sorry, something went wrong while I worked on that. If there is no answer from me within half a minute, please ask again later."

// apologise replies to the author of a Direct match, ephemerally and once per
// event, that it failed. A Temporary failure leads to an apology if it is a panic,
// if an earlier attempt failed, too, or if the next attempt comes too late to be of
// use. A refused call does not, since asking again is of no use; nor does an
// unknown outcome, since the answer may be there. A failed apology is not retried.
func (d *Dispatcher) apologise(ctx context.Context, o request, t task, err error, outcome Outcome) {
	const step = "apology"
	_, panicked := errors.AsType[*panicError](err)
	due := panicked || o.Attempt > 1 || outcome.After > o.deadline
	if outcome.Kind != Temporary && outcome.Kind != RateLimited {
		due = false
	}
	if !t.Direct || !due || o.dryRun || context.Cause(ctx) != nil || o.completed(step) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	err = o.respond().ReplyEphemeral(ctx, handler.Text(apology))
	if err == nil || classify(o.platform, err).Kind == Unknown {
		err = o.complete(ctx, step)
	}
	if err != nil {
		d.opts.Log.Debug().Err(err).Str("event_id", o.ID).Str("request_id", o.RequestID).Msg("apologise for a failed action")
	}
}
