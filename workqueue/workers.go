package workqueue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/workqueue/batch"
)

// shardWorkers run the handler on the deliveries of one shard, at most so many at
// once, and record the outcomes in Redis. A delivery holds a slot of sem from start to
// release. Its goroutine takes another delivery afterwards, since its stack has grown
// by then to the size that a handler needs.
type shardWorkers struct {
	consumer *Consumer
	scripts  scripts
	handle   HandlerFunc
	wrapped  HandlerFunc // attempt, inside ConsumerOptions.Wrap
	opts     handleOptions
	log      zerolog.Logger
	counters *handleCounters
	sem      chan struct{} // has a value for each worker that is busy
	// next hands a delivery to a goroutine that is idle, and goroutines counts them all.
	next       chan *delivery
	goroutines sync.WaitGroup
	leases     *leases
	promoter   promoter
	lines      lines
	outcomes   int // how many are kept

	acks   *batch.Batcher[*delivery]
	acking errorReporter // of acknowledgements
	// recording reports the outcomes that cannot be recorded, and pendingOutcomes
	// counts them.
	recording       errorReporter
	pendingOutcomes atomic.Int32
}

// newShardWorkers returns n workers for the deliveries of a shard.
func newShardWorkers(c *Consumer, t handled, s scripts, n int, log zerolog.Logger) *shardWorkers {
	w := &shardWorkers{
		consumer: c, scripts: s, handle: t.handle, opts: t.opts, log: log, counters: t.counters,
		sem:       make(chan struct{}, n),
		next:      make(chan *delivery),
		outcomes:  c.opts.outcomesPerShard(),
		leases:    newLeases(c, s, log, func() { t.counters.leaseLost.Add(1) }),
		promoter:  promoter{scripts: s, delayed: make(chan struct{}, 1), errors: c.reporter(log, "delayed events cannot be moved to their stream")},
		acking:    c.reporter(log, "events cannot be acknowledged"),
		recording: c.reporter(log, "the outcomes of events cannot be recorded"),
	}
	w.wrapped = w.attempt
	if wrap := c.opts.Wrap; wrap != nil {
		w.wrapped = wrap(w.attempt)
	}
	w.acks = batch.New(1, w.acknowledge)
	return w
}

// free returns how many workers are free.
func (w *shardWorkers) free() int { return cap(w.sem) - len(w.sem) }

// start has deliveries handled, for which there must be free workers. Handlers get
// the context handling. The deliveries are added to unfinished, and onRelease is
// called whenever a worker is free again.
func (w *shardWorkers) start(handling context.Context, unfinished *sync.WaitGroup, list []*delivery, onRelease func()) {
	released := func() {
		onRelease()
		unfinished.Done()
	}
	for _, d := range list {
		w.sem <- struct{}{}
		unfinished.Add(1)
		d.onRelease = released
		if order := w.opts.order; order != nil {
			if key := order(&d.Delivery); key != "" {
				d.turn = w.lines.enter(key)
			}
		}
		select {
		case w.next <- d:
		default:
			w.goroutines.Go(func() { w.run(handling, d) })
		}
	}
	if len(list) > 0 {
		runtime.Gosched() // handlers begin before the next read does: a fifth off their wait
	}
}

// idleTimeout is how long a goroutine without a delivery waits for one.
const idleTimeout = time.Second

// run handles d and then deliveries from next, until there has been none for
// idleTimeout or handling has ended.
func (w *shardWorkers) run(handling context.Context, d *delivery) {
	idle := time.NewTimer(idleTimeout)
	defer idle.Stop()
	for {
		w.work(handling, d)
		idle.Reset(idleTimeout)
		select {
		case d = <-w.next:
		case <-idle.C:
			return
		case <-handling.Done():
			return
		}
	}
}

// work handles one delivery and records the outcome. The handler and the hooks get a
// copy of the Delivery, which they may change.
func (w *shardWorkers) work(handling context.Context, d *delivery) {
	d.handed = d.Delivery
	w.count(d)
	if onStart := w.consumer.opts.Hooks.OnStart; onStart != nil {
		onStart(&d.handed)
	}
	w.leases.hold(handling, d, w.opts.timeout)
	d.turn.wait(d.lease.ctx)
	start, outcome := time.Now(), errExited
	defer func() { // also when the handler has ended this goroutine
		if p := recover(); p != nil { // not the handler's, but that of a Wrap around it
			outcome = w.panicked(&d.handed, p)
		}
		d.took = time.Since(start)
		w.counters.handling.add(d.took)
		d.turn.end()
		disposition, outcome := w.decide(handling, d, outcome)
		if onFinish := w.consumer.opts.Hooks.OnFinish; onFinish != nil {
			onFinish(&d.handed, outcome)
		}
		d.record = w.outcome(d, disposition, outcome)
		switch disposition.kind {
		case done:
			w.complete(handling, d)
		case takenOver:
			w.release(d)
		default:
			w.record(handling, d, disposition, outcome)
			w.release(d)
		}
	}()
	outcome = w.wrapped(d.lease.ctx, &d.handed)
}

// errExited is the outcome of a handler that did not return.
var errExited = errors.New("the handler ended its goroutine, with runtime.Goexit or a test's FailNow")

// errNotBegun is the outcome of a delivery whose lease had ended before its handler
// was called: another consumer may have its event.
var errNotBegun = errors.New("not begun: the lease had ended")

// attempt calls the handler, unless the lease has ended or the event is too old, and
// returns its panic as an error.
func (w *shardWorkers) attempt(ctx context.Context, d *Delivery) (outcome error) {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrLeaseLost):
		return errNotBegun
	case cause != nil: // the consumer has stopped
		return cause
	}
	from := d.AgeFrom()
	if age := w.consumer.now().Sub(from); w.opts.maxAge > 0 && !from.IsZero() && age > w.opts.maxAge {
		return DiscardTooOld(age)
	}
	if d.redelivered() {
		if err := d.steps.load(ctx); err != nil {
			return fmt.Errorf("%w: %w", errNotTried, err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			outcome = w.panicked(d, p)
		}
	}()
	return w.handle(ctx, d)
}

// decide returns the disposition of the event of a delivery whose handler returned said,
// and the outcome with the reason that the handler does not know. The handler's error
// and the type's backoff may panic, as a nil pointer in an error does when it is
// unwrapped: that is an outcome, too.
func (w *shardWorkers) decide(handling context.Context, d *delivery, said error) (v disposition, outcome error) {
	late := errors.Is(context.Cause(d.lease.ctx), context.DeadlineExceeded)
	lost := d.lease.end()
	defer func() {
		if p := recover(); p != nil {
			opts := w.opts
			opts.backoff = exponential
			outcome = w.panicked(&d.Delivery, p)
			v = dispositionOf(outcome, d.failed+1, opts)
		}
		if lost && v.kind != done { // the consumer that reclaims the event decides about it
			v = disposition{kind: takenOver}
		}
	}()
	outcome = said
	d.discard, _ = unwrapped(said).(*DiscardError)
	switch {
	case outcome == nil, d.discard != nil:
	case late:
		outcome = fmt.Errorf("cancelled after %v: %w", w.opts.timeout, outcome)
	case lost:
		outcome = fmt.Errorf("%w: %w", ErrLeaseLost, outcome)
	case errors.Is(outcome, context.Canceled) && handling.Err() != nil:
		outcome = fmt.Errorf("%w: %w", errRequeue, outcome)
	}
	return dispositionOf(outcome, d.failed+1, w.opts), outcome
}

// panicked logs a panic of the handler, or of its error or backoff, and returns the
// outcome that it is.
func (w *shardWorkers) panicked(d *Delivery, p any) error {
	w.log.Error().Str("event_id", d.ID).Str("request_id", d.RequestID).
		Str("panic", panicText(p)).Bytes("stack", debug.Stack()).Msg("a handler panicked")
	return &panicError{p}
}

// count counts a delivery that was received.
func (w *shardWorkers) count(d *delivery) {
	w.counters.received.Add(1)
	switch {
	case d.Reclaimed:
		w.counters.reclaimed.Add(1)
	case !d.redelivered():
		w.counters.wait.add(d.ReceivedAt.Sub(d.QueuedAt))
	}
}
