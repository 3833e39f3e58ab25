package workqueue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// work runs the handler on one delivery and sees to what its outcome asks for.
func (l *lane) work(handling context.Context, d *Delivery) {
	hooks := l.consumer.opts.Hooks
	l.count(d)
	if hooks.OnStart != nil {
		hooks.OnStart(d)
	}
	d.lease = l.leases.hold(handling, d, l.opts.maxRun)
	start, outcome := time.Now(), errExited
	defer func() { // also when the handler has ended this goroutine
		if p := recover(); p != nil { // it is not the handler's, but that of what is around it
			outcome = l.panicked(d, p)
		}
		l.counters.handling.add(time.Since(start))
		l.conclude(handling, d, outcome)
	}()
	outcome = l.wrapped(d.lease, d)
}

// errExited is the outcome of a handler that did not return.
var errExited = errors.New("the handler ended its goroutine, with runtime.Goexit or a test's FailNow")

// conclude sees to what an outcome asks for.
func (l *lane) conclude(handling context.Context, d *Delivery, outcome error) {
	late := errors.Is(context.Cause(d.lease), context.DeadlineExceeded)
	lost := d.lease.over()
	v, outcome := l.decide(handling, d, outcome, late, lost)
	if told := l.consumer.opts.Hooks.OnFinish; told != nil {
		told(d, outcome)
	}
	switch {
	case v.kind == done:
		l.acks.add(handling, d)
	case lost: // whoever took it over decides about it
		l.finish(d)
	default:
		l.settle(handling, d, v, outcome)
		l.finish(d)
	}
}

// decide returns what becomes of the event, and the outcome with what it is not to
// blame for. The handler's error and the type's backoff may panic, as a nil
// pointer in an error does when it is unwrapped: that is an outcome, too.
func (l *lane) decide(handling context.Context, d *Delivery, said error, late, lost bool) (v disposition, outcome error) {
	defer func() {
		if p := recover(); p != nil {
			opts := l.opts
			opts.backoff = exponential
			outcome = l.panicked(d, p)
			v = judge(outcome, d.attempts+1, opts)
		}
	}()
	outcome = said
	d.discard, _ = unwrapped(said).(*DiscardError)
	switch {
	case outcome == nil, d.discard != nil:
	case late:
		outcome = fmt.Errorf("cancelled after %v: %w", l.opts.maxRun, outcome)
	case lost:
		outcome = fmt.Errorf("%w: %w", ErrLeaseLost, outcome)
	case errors.Is(outcome, context.Canceled) && handling.Err() != nil:
		outcome = fmt.Errorf("%w: %w", errRequeue, outcome)
	}
	return judge(outcome, d.attempts+1, l.opts), outcome
}

// panicked logs a panic of the handler, or of what it brought, and returns the
// outcome that it is.
func (l *lane) panicked(d *Delivery, p any) error {
	l.log.Error().Str("event_id", d.ID).Str("request_id", d.RequestID).
		Str("panic", panicText(p)).Bytes("stack", debug.Stack()).Msg("a handler panicked")
	return &panicError{p}
}

// count counts a delivery that was taken.
func (l *lane) count(d *Delivery) {
	l.counters.taken.Add(1)
	switch {
	case d.Reclaimed:
		l.counters.reclaimed.Add(1)
	case !d.redelivered():
		l.counters.wait.add(d.ReceivedAt.Sub(d.QueuedAt))
	}
}

// finish ends what this consumer has to do with a delivery.
func (l *lane) finish(d *Delivery) {
	d.lease.release()
	<-l.sem
	d.onRelease()
}

// errNotBegun is the outcome of a delivery that came when another consumer might
// have its event already.
var errNotBegun = errors.New("not begun: it came when its lease was over")

// attempt runs the handler, unless there is no need to, and turns a panic into
// an error.
func (l *lane) attempt(ctx context.Context, d *Delivery) (outcome error) {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrLeaseLost):
		return errNotBegun
	case cause != nil: // the consumer has stopped
		return cause
	}
	from := d.AgeFrom()
	if age := l.consumer.now().Sub(from); l.opts.maxAge > 0 && !from.IsZero() && age > l.opts.maxAge {
		return DiscardTooOld(age)
	}
	if d.redelivered() {
		var err error
		if d.completed, err = d.actions.load(ctx); err != nil {
			return fmt.Errorf("%w: %w", errNotTried, err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			outcome = l.panicked(d, p)
		}
	}()
	return l.handle(ctx, d)
}

// settle has an event that is not done tried again or given up, and tries that
// until it succeeds. The lease is extended meanwhile.
func (l *lane) settle(handling context.Context, d *Delivery, v disposition, outcome error) {
	if v.kind == retry || v.kind == bury {
		d.attempts++
	}
	for tries := 0; ; tries++ {
		// A handler that was cancelled has an outcome, too, and gets one try.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(handling), settleTimeout)
		var err error
		if v.kind == bury {
			err = l.bury(ctx, d, v.dead, outcome)
		} else {
			err = l.again(ctx, d, v)
		}
		cancel()
		if err == nil {
			if tries > 0 && l.pendingOutcomes.Add(-1) == 0 {
				l.unsettled.recovered()
			}
			return
		}
		if tries == 0 {
			l.pendingOutcomes.Add(1)
		}
		if handling.Err() != nil {
			l.log.Error().Err(err).Str("event_id", d.ID).Str("request_id", d.RequestID).Str("entry", d.entryID).
				Msg("stopped before the outcome of an event was recorded; the event will be delivered again")
			return
		}
		l.unsettled.wait(handling, err, tries)
	}
}

// settleTimeout bounds one try to record an outcome.
const settleTimeout = 2 * time.Second

// again has an event delivered once more, after a delay.
func (l *lane) again(ctx context.Context, d *Delivery, v disposition) error {
	moved, err := retryScript.Run(ctx, l.consumer.rdb, []string{l.stream, l.shard.delayed()},
		group, l.consumer.name, d.entryID, d.entry(), v.delay.Milliseconds()).Int()
	if err != nil && !isNoGroup(err) { // without a group nobody has the entry
		return fmt.Errorf("retry in %v: %w", v.delay, err)
	}
	switch {
	case moved != 1:
	case v.kind == retry:
		l.counters.retried.Add(1)
	case v.kind == postpone:
		l.counters.postponed.Add(1)
	}
	if v.delay > 0 {
		l.delayed.lookAgain()
	}
	return nil
}
