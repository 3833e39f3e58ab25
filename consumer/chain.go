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

// task is a match, and the function that runs it.
type task struct {
	handler.Match
	run func(context.Context, handler.Responder) error
}

// call is one run of a task, on its way through the chain.
type call struct {
	request
	task task
	// steps begins the names of the run's steps, its posts.
	steps string
	// responder is passed to the task. isolate sets it.
	responder handler.Responder
	// link leads to the first message that the run posted, "" if it posted none.
	// isolate sets it.
	link string
}

// runner runs a call and returns the error that it failed with.
type runner func(ctx context.Context, c *call) error

// chain returns the runner of all calls. From the outside to the inside:
//
//	cooldown  leaves out a call that ran for another event a moment ago
//	observe   reports the run, its outcome and its duration
//	isolate   bounds the run's time, catches its panic, and records its posts
//	run       calls the handler
func (d *Dispatcher) chain() runner {
	isolated := d.isolate(run)
	return d.cooldown(d.observe(isolated), isolated)
}

// cooldown runs a call with next, unless it ran for another event and its cooldown
// has not ended. A person who asked the bot then gets a pointer to the earlier
// answer, with isolated: the pointer is no run of the handler.
//
// The call is reserved before it runs and committed afterwards. A process that dies
// in between leaves a reservation. It delays other events until it expires, and its
// own event not at all. A failed call releases its reservation. A call with an
// unknown outcome counts as committed for other events, and for its own event until
// the outcome is known.
func (d *Dispatcher) cooldown(next, isolated runner) runner {
	return func(ctx context.Context, c *call) error {
		key, lasts := d.cooldownKey(c.request, c.task.Match)
		if lasts == 0 {
			return next(ctx, c)
		}
		holder, done, link, err := d.opts.Deduper.Reserve(ctx, key, c.ID)
		switch {
		case err != nil:
			return err
		case holder != c.ID && c.task.Direct:
			return isolated(ctx, c.pointToEarlier(done, link))
		case holder != c.ID, done && !c.uncertain(c.task.Name):
			return nil
		}
		err = next(ctx, c)

		// The reservation is settled even if the consumer has begun to stop.
		settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
		defer cancel()
		var unsettled error
		if err != nil && classify(c.platform, err).Kind != Unknown {
			unsettled = d.opts.Deduper.Release(settle, key, c.ID)
		} else {
			unsettled = d.opts.Deduper.Commit(settle, key, c.ID, c.link, lasts)
		}
		if unsettled != nil { // at worst the answer is repeated too soon
			d.opts.Log.Warn().Err(unsettled).Str("event_id", c.ID).Str("request_id", c.RequestID).Str("action", c.task.Name).
				Msg("commit or release the cooldown of an action; its answer may be repeated too soon")
		}
		return err
	}
}

// settleTimeout bounds one call of the Deduper after a run.
const settleTimeout = 3 * time.Second

// observe reports each run to Options.Watch.
func (d *Dispatcher) observe(next runner) runner {
	return func(ctx context.Context, c *call) error {
		return d.observed(ctx, c.platform, c.task.Name, func(ctx context.Context) error { return next(ctx, c) })
	}
}

// isolate gives each call a Responder and ActionTimeout, and keeps its failures from
// others: a panic becomes an error, and a handler that ignores the end of its context
// is abandoned. It records the posts that a failed call has made, or may have made.
func (d *Dispatcher) isolate(next runner) runner {
	return func(ctx context.Context, c *call) error {
		action, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
		defer cancel()
		r := &resumableResponder{
			ctx: action, to: c.respond(), progress: c.progress, name: c.steps, now: d.opts.Now, interaction: c.interaction, open: map[string]Post{},
			classify: func(err error) Outcome { return classify(c.platform, err) },
			silenced: func(channel string) bool { return d.silenced(c, channel) },
		}
		c.responder = r
		if err := r.outcome(await(action, func() error { return next(action, c) })); err != nil {
			cancel() // an abandoned handler must post nothing more
			return errors.Join(err, d.record(ctx, c.request, c.task.Name, r))
		}
		if c.link = c.progress.link(c.task.Name); c.link == "" {
			c.link = r.to.Link()
		}
		return nil
	}
}

// run calls the handler.
func run(ctx context.Context, c *call) error { return c.task.run(ctx, c.responder) }

// gracePeriod is how long a handler may take to return once its context has ended.
// After that it is abandoned, so that it delays neither the event nor the handlers
// after it. Its Responder refuses further posts.
const gracePeriod = time.Second

// errAbandoned is the error of a handler that was abandoned.
var errAbandoned = fmt.Errorf("abandoned: it did not return within %v of the end of its context", gracePeriod)

// panicError is the error of a handler that panicked.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return "panic: " + redact.Panic(p.value) }

// await calls f in a goroutine of its own and returns its error or its panic, or
// errAbandoned if f has not returned gracePeriod after ctx ended.
func await(ctx context.Context, f func() error) error {
	result := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				result <- &panicError{p, debug.Stack()}
			}
		}()
		result <- f()
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
		return errAbandoned
	}
}
