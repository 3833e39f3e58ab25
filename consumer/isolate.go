package consumer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// heed is how long a handler may take to notice that its context has ended. One
// that has not by then is given up, so that it does not keep those after it, or
// the event, waiting. What it still tries to say is refused.
const heed = time.Second

// panicError is a handler's panic.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return "panic: " + panicText(p.value) }

// panicText says of a panic's value what Go itself says, such as of a nil
// pointer. Any other is told by its type: it may quote what somebody said, and
// where it was the stack tells.
func panicText(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}

// errDeaf is the error of a handler that was given up.
var errDeaf = fmt.Errorf("given up: it did not return within %v of the end of its context", heed)

// isolated runs an action such that its panic, its slowness and its deafness
// are its own. It returns a link to the first message that was posted, if any.
func (d *Dispatcher) isolated(ctx context.Context, o occasion, action handler.Action) (link string, err error) {
	err = d.ran(ctx, action.Name, func(ctx context.Context) (err error) {
		link, err = d.isolate(ctx, o, action)
		return err
	})
	return link, err
}

func (d *Dispatcher) isolate(ctx context.Context, o occasion, action handler.Action) (link string, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	r := &answers{ctx: ctx, to: o.respond(), progress: o.progress, name: action.Name}
	result := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				result <- &panicError{p, debug.Stack()}
			}
		}()
		result <- action.Run(ctx, r)
	}()
	var patience <-chan time.Time
	ended := ctx.Done()
	for {
		select {
		case err := <-result:
			return r.to.Link(), err
		case <-ended:
			timer := time.NewTimer(heed)
			defer timer.Stop()
			ended, patience = nil, timer.C
		case <-patience:
			return "", errDeaf
		}
	}
}

// note logs the failure of an action.
func (d *Dispatcher) note(o occasion, action handler.Action, err error) {
	line := d.opts.Log.Error().Err(err)
	if p, ok := errors.AsType[*panicError](err); ok {
		line = line.Bytes("stack", p.stack)
	}
	line.Str("event_id", o.ID).Str("request_id", o.RequestID).Str("action", action.Name).Str("kind", string(outcomeOf(err))).
		Int("attempt", o.Attempt).Msg("an action failed")
}

const sorry = "Sorry, something went wrong while I worked on that. If there is no answer from me within half a minute, please ask again later."

// apologise tells somebody who asked for an action that it failed, once, and
// them alone. A failure that the next try may mend is not worth a word: it must
// have been the second one, or one that will surely happen again, or the next
// try comes too late. Whether the apology is heard is not worth a retry.
func (d *Dispatcher) apologise(ctx context.Context, o occasion, action handler.Action, err error, final bool, after time.Duration) {
	const step = "apology"
	_, panicked := errors.AsType[*panicError](err)
	hopeless := final || panicked || o.Attempt > 1 || after > o.answerable
	if !action.Asked || !hopeless || o.pretend || context.Cause(ctx) != nil || o.completed(step) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	err = o.respond().ReplyEphemeral(ctx, handler.Text(sorry))
	if err == nil {
		err = o.complete(ctx, step)
	}
	if err != nil {
		d.opts.Log.Debug().Err(err).Str("event_id", o.ID).Str("request_id", o.RequestID).Msg("an apology failed")
	}
}
