package consumer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/redact"
)

// gracePeriod is how long a handler may take to notice that its context has ended. One
// that has not by then is given up, so that it does not keep those after it, or
// the event, waiting. What it still tries to say is refused.
const gracePeriod = time.Second

// panicError is a handler's panic.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return "panic: " + redact.Panic(p.value) }

// errDeaf is the error of a handler that was given up.
var errDeaf = fmt.Errorf("given up: it did not return within %v of the end of its context", gracePeriod)

// isolated runs a task such that its panic, its slowness and its deafness are its
// own. It returns a link to the first message that was posted, if any.
func (d *Dispatcher) isolated(ctx context.Context, o request, t task) (link string, err error) {
	err = d.observe(ctx, o.platform, t.Name, func(ctx context.Context) (err error) {
		link, err = d.isolate(ctx, o, t, t.Name)
		return err
	})
	return link, err
}

// isolate does that, with steps that begin with a name.
func (d *Dispatcher) isolate(ctx context.Context, o request, t task, steps string) (link string, err error) {
	action, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	r := &resumableResponder{
		ctx: action, to: o.respond(), progress: o.progress, name: steps, now: d.opts.Now, open: map[string]Post{},
		classify: func(err error) Outcome { return classify(o.platform, err) },
	}
	if err := r.outcome(d.await(action, t, r)); err != nil {
		cancel() // whatever it still does
		return "", errors.Join(err, d.record(ctx, o, t.Name, r))
	}
	if link := o.link(t.Name); link != "" {
		return link, nil
	}
	return r.to.Link(), nil
}

// await runs a task and returns its error, at the latest a while after ctx ended.
func (d *Dispatcher) await(ctx context.Context, t task, r handler.Responder) error {
	result := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				result <- &panicError{p, debug.Stack()}
			}
		}()
		result <- t.run(ctx, r)
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	timer := time.NewTimer(gracePeriod)
	defer timer.Stop()
	select {
	case err := <-result:
		return err
	case <-timer.C:
		return errDeaf
	}
}

// note logs the failure of an action.
func (d *Dispatcher) note(o request, t task, err error, outcome Outcome) {
	line, text := d.opts.Log.Error(), "an action failed"
	switch outcome.Kind {
	case Gone:
		line, text = d.opts.Log.Info(), "the target of an action is gone"
	case Unknown:
		line, text = d.opts.Log.Warn(), "it is not known whether an action has posted something; it is looked for before another try"
	}
	line = line.Err(err)
	if p, ok := errors.AsType[*panicError](err); ok {
		line = line.Bytes("stack", p.stack)
	}
	line.Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", t.Name).Str("kind", string(outcomeOf(o.platform, err))).
		Int("attempt", o.Attempt).Msg(text)
}

const sorry = "Sorry, something went wrong while I worked on that. If there is no answer from me within half a minute, please ask again later."

// apologise tells somebody who asked for an action that it failed, once, and
// them alone. A failure that another try may help is not worth a word: it must
// have been the second one, or a panic, or the next try comes too late. A refusal
// is not, since asking again is of no use; nor is an unknown outcome, since the
// answer may be there. Whether the apology is heard is not worth a retry.
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
	err = o.respond().ReplyEphemeral(ctx, handler.Text(sorry))
	if err == nil || classify(o.platform, err).Kind == Unknown {
		err = o.complete(ctx, step)
	}
	if err != nil {
		d.opts.Log.Debug().Err(err).Str("event_id", o.ID).Str("request_id", o.RequestID).Msg("an apology failed")
	}
}
