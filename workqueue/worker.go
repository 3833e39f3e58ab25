package workqueue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// work runs the handler on one delivery and does what its outcome asks for.
func (l *lane) work(handling context.Context, d *Delivery) {
	hooks := l.consumer.opts.Hooks
	if hooks.Taken != nil {
		hooks.Taken(d)
	}
	ctx, lease := l.leases.hold(handling, d.EntryID, d.asked, l.opts.maxRun)
	defer lease.release()
	outcome := l.attempt(ctx, d)
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
	l.settle(handling, d, outcome, lost)
}

// attempt runs the handler, unless there is no need to, and turns a panic into
// an error.
func (l *lane) attempt(ctx context.Context, d *Delivery) (outcome error) {
	from := d.AgeFrom()
	if age := time.Since(from); l.opts.maxAge > 0 && !from.IsZero() && age > l.opts.maxAge {
		return Discard(fmt.Sprintf("%v old", age.Round(time.Second)))
	}
	if d.redelivered() {
		var err error
		if d.completed, err = d.actions.load(ctx); err != nil {
			return fmt.Errorf("%w: %w", errNotTried, err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			outcome = &panicError{p}
			l.consumer.opts.Log.Error().Str("type", l.eventType).Str("event_id", d.ID).Str("request_id", d.RequestID).
				Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a handler panicked")
		}
	}()
	return l.handle(ctx, d)
}

// settle does with an event what its outcome asks for, and tries until it has:
// an event that was handled and not acknowledged would be handled again. The
// lease is extended meanwhile.
func (l *lane) settle(handling context.Context, d *Delivery, outcome error, lost bool) {
	v := judge(outcome, d.Attempt, l.opts)
	if lost && v.kind != done {
		return // whoever took it over decides about it
	}
	if v.kind == retry || v.kind == bury {
		d.entry.attempts++
	}
	trouble := outage{
		log:  l.consumer.opts.Log.With().Str("type", l.eventType).Str("event_id", d.ID).Str("entry", d.EntryID).Logger(),
		what: "the outcome of an event cannot be recorded",
	}
	for {
		// A handler that was cancelled has an outcome, too, and gets one try.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(handling), settlePatience)
		err := l.record(ctx, d, v, outcome)
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

func (l *lane) record(ctx context.Context, d *Delivery, v verdict, outcome error) error {
	switch v.kind {
	case retry, handBack:
		return l.again(ctx, d, v.delay)
	case bury:
		return l.bury(ctx, d, v.dead, outcome)
	default:
		return l.acks.do(ctx, d)
	}
}

// ack ends entries: they are neither pending nor on the stream afterwards. It
// returns the same error for each.
func (l *lane) ack(ctx context.Context, batch []*Delivery) []error {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	keys, args := []string{l.stream}, []any{group}
	for _, d := range batch {
		args = append(args, d.EntryID)
		if d.completed != nil || d.redelivered() {
			keys = append(keys, d.actions.key)
		}
	}
	err := ackScript.Run(ctx, l.consumer.rdb, keys, args...).Err()
	if err != nil {
		err = fmt.Errorf("acknowledge: %w", err)
	}
	return slices.Repeat([]error{err}, len(batch))
}

// again has an event delivered once more, after a delay.
func (l *lane) again(ctx context.Context, d *Delivery, delay time.Duration) error {
	err := retryScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.delayed},
		group, l.consumer.name, d.EntryID, d.entry.encode(), delay.Milliseconds()).Err()
	if err != nil && !isNoGroup(err) { // without a group nobody has the entry
		return fmt.Errorf("retry in %v: %w", delay, err)
	}
	return nil
}
