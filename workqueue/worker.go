package workqueue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/redis/go-redis/v9"
)

// work runs the handler on one delivery and does what its outcome asks for.
func (r *reader) work(handling context.Context, d *Delivery) {
	hooks := r.consumer.opts.Hooks
	if hooks.Taken != nil {
		hooks.Taken(d)
	}
	ctx, lease := r.leases.hold(handling, d.EntryID, d.asked, r.opts.maxRun)
	defer lease.release()
	outcome := r.attempt(ctx, d)
	lost := lease.over()
	switch {
	case outcome == nil:
	case lost:
		outcome = fmt.Errorf("%w: %w", ErrLeaseLost, outcome)
	case errors.Is(outcome, context.Canceled) && handling.Err() != nil:
		outcome = fmt.Errorf("%w: %w", errHandBack, outcome)
	}
	if hooks.Done != nil {
		hooks.Done(d, outcome)
	}
	r.settle(handling, d, outcome, lost)
}

// attempt runs the handler, unless there is no need to, and turns a panic into
// an error.
func (r *reader) attempt(ctx context.Context, d *Delivery) (outcome error) {
	if age := time.Since(d.Time); r.opts.maxAge > 0 && age > r.opts.maxAge {
		return Discard(fmt.Sprintf("%v old", age.Round(time.Second)))
	}
	if d.TakenOver || d.entry.origin != d.EntryID {
		// It was delivered before, so some of it may be done.
		var err error
		if d.completed, err = d.actions.load(ctx); err != nil {
			return err
		}
	}
	defer func() {
		if p := recover(); p != nil {
			outcome = &panicError{p, debug.Stack()}
			r.consumer.opts.Log.Error().Str("type", r.eventType).Str("event_id", d.ID).Str("request_id", d.RequestID).
				Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a handler panicked")
		}
	}()
	return r.handle(ctx, d)
}

// settle does with an event what its outcome asks for, and tries until it has:
// an event that was handled and not acknowledged would be handled again. The
// lease is extended meanwhile.
func (r *reader) settle(handling context.Context, d *Delivery, outcome error, lost bool) {
	v := judge(outcome, d.Attempt, r.opts)
	if lost && v.kind != done {
		return // whoever took it over decides about it
	}
	if v.kind == retry || v.kind == bury {
		d.entry.attempts++
	}
	trouble := outage{
		log:  r.consumer.opts.Log.With().Str("type", r.eventType).Str("event_id", d.ID).Str("entry", d.EntryID).Logger(),
		what: "the outcome of an event cannot be recorded",
	}
	for {
		// A handler that was cancelled has an outcome, too, and gets one try.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(handling), settlePatience)
		err := r.record(ctx, d, v, outcome)
		cancel()
		if err == nil {
			trouble.over()
			return
		}
		if handling.Err() != nil {
			trouble.log.Error().Err(err).Msg("stopped before the outcome of an event was recorded; the event will be delivered again")
			return
		}
		trouble.wait(handling, err)
	}
}

// settlePatience bounds one try to record an outcome.
const settlePatience = 2 * time.Second

func (r *reader) record(ctx context.Context, d *Delivery, v verdict, outcome error) error {
	switch v.kind {
	case retry:
		return r.again(ctx, d, v.delay)
	case handBack:
		return r.again(ctx, d, 0)
	case bury:
		return r.bury(ctx, d, v.dead, outcome)
	default:
		return r.ack(ctx, d)
	}
}

// ack ends an entry: it is neither pending nor on the stream afterwards.
func (r *reader) ack(ctx context.Context, d *Delivery) error {
	_, err := r.consumer.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, r.stream, group, d.EntryID)
		p.XDel(ctx, r.stream, d.EntryID)
		if d.completed != nil {
			p.Del(ctx, d.actions.key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}

// again has an event delivered once more, after a delay.
func (r *reader) again(ctx context.Context, d *Delivery, delay time.Duration) error {
	err := retryScript.Run(ctx, r.consumer.rdb, []string{r.stream, r.delayed},
		group, r.consumer.name, d.EntryID, d.entry.encode(), delay.Milliseconds()).Err()
	if err != nil && !isNoGroup(err) { // without a group nobody has the entry
		return fmt.Errorf("retry in %v: %w", delay, err)
	}
	return nil
}
