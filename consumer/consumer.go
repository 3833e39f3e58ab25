// Package consumer takes events off the queue and gives them to handlers. For
// each event it asks the platform what was said, asks the registry what matches
// and runs that, so that no handler's failure touches another.
//
// It knows the queue and the handlers, and of a chat platform only the
// interface below; what a handler does is none of its business.
package consumer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/eventtype"
	"github.com/gobridge/gopherbot/workqueue"
)

// Platform is a chat platform: it decodes its events and answers them. A
// decoder returns a workqueue.Discard for what handlers must not see, and a
// workqueue.Reject for what is not as the platform documents it.
type Platform interface {
	Message(e workqueue.Event) (handler.Message, error)
	TeamJoin(e workqueue.Event) (handler.Join, error)
	ChannelJoin(ctx context.Context, e workqueue.Event) (handler.Join, error)

	Responder(m handler.Message, requestID string) handler.Responder
	JoinResponder(j handler.Join, requestID string) handler.Responder

	// Classify says of an error that a Responder returned that another try is of
	// no use, or when it is due; false and 0 when it does not know.
	Classify(err error) (final bool, after time.Duration)
}

// maxAge is how old a message may be to be answered: an answer that comes
// later than that, after an outage, is noise in the middle of another talk.
// Joins have none: a welcome is welcome the next day.
const maxAge = 30 * time.Second

// actionTimeout bounds each action, so that one that hangs leaves time for the
// next within the event's lease.
const actionTimeout = 5 * time.Second

// Options configures a Dispatcher. All but Shadow, Now and Log are required.
type Options struct {
	Platform Platform
	Registry *handler.Registry
	// Shadow is the mode for trying the bot out: it answers only those who
	// speak to it, and logs what it would have done elsewhere.
	Shadow bool
	// Now is the clock that a message's age is told by, time.Now by default.
	Now func() time.Time
	Log zerolog.Logger
}

// Dispatcher gives events to handlers.
type Dispatcher struct{ opts Options }

// NewDispatcher returns a Dispatcher, or an error when a required option is
// missing.
func NewDispatcher(opts Options) (*Dispatcher, error) {
	if opts.Platform == nil || opts.Registry == nil {
		return nil, errors.New("a dispatcher needs a platform and a registry")
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Dispatcher{opts}, nil
}

// Register makes d the handler of its event types.
func (d *Dispatcher) Register(c *workqueue.Consumer) {
	c.Handle(eventtype.MessagePublic, d.logged(d.message))
	c.Handle(eventtype.MessagePrivate, d.logged(d.message))
	c.Handle(eventtype.TeamJoin, d.logged(d.teamJoin))
	c.Handle(eventtype.ChannelJoin, d.logged(d.channelJoin))
}

func (d *Dispatcher) message(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
	m, err := d.opts.Platform.Message(e.Event)
	if err != nil {
		return nil, err
	}
	if age := d.opts.Now().Sub(e.AgeFrom()); age > maxAge {
		return nil, workqueue.Discard(fmt.Sprintf("said %v ago", age.Round(time.Second)))
	}
	r := d.opts.Platform.Responder(m, e.RequestID)
	if d.opts.Shadow && !m.Addressed() {
		r = d.shadow(e)
	}
	return d.run(ctx, e, d.opts.Registry.Message(m), r)
}

func (d *Dispatcher) teamJoin(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
	j, err := d.opts.Platform.TeamJoin(e.Event)
	if err != nil {
		return nil, err
	}
	return d.run(ctx, e, d.opts.Registry.TeamJoin(j), d.welcomer(j, e))
}

func (d *Dispatcher) channelJoin(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
	j, err := d.opts.Platform.ChannelJoin(ctx, e.Event)
	if err != nil {
		return nil, err
	}
	return d.run(ctx, e, d.opts.Registry.ChannelJoin(j), d.welcomer(j, e))
}

func (d *Dispatcher) welcomer(j handler.Join, e *workqueue.Delivery) handler.Responder {
	if d.opts.Shadow {
		return d.shadow(e)
	}
	return d.opts.Platform.JoinResponder(j, e.RequestID)
}

func (d *Dispatcher) shadow(e *workqueue.Delivery) handler.Responder {
	return shadow{d.opts.Log.With().Str("event_id", e.ID).Str("request_id", e.RequestID).Logger()}
}

// run runs the actions in order, each whatever became of those before it, and
// returns their names and what went wrong. An action that is done is recorded,
// and left out when the event is delivered again.
func (d *Dispatcher) run(ctx context.Context, e *workqueue.Delivery, actions []handler.Action, r handler.Responder) ([]string, error) {
	var names []string
	var failed failures
	for i, action := range actions {
		// Two actions may have one name, such as two welcomes to one channel.
		name := action.Name
		if n := occurrence(actions[:i], name); n > 1 {
			name = fmt.Sprintf("%s (%d)", name, n)
		}
		names = append(names, name)
		if e.Completed(name) {
			continue
		}
		if err := context.Cause(ctx); err != nil { // the lease is lost, or the consumer stops
			failed.add(fmt.Errorf("%s: not begun: %w", name, err), false, 0)
			continue
		}
		if err := d.runOne(ctx, e, action, r); err != nil {
			final, after := d.opts.Platform.Classify(err)
			failed.add(fmt.Errorf("%s: %w", name, err), final, after)
			continue
		}
		if i == len(actions)-1 && failed.none() {
			break // the event is done with, and the record with it
		}
		if err := e.Complete(ctx, name); err != nil {
			failed.add(err, false, 0)
		}
	}
	return names, failed.outcome()
}

// failures are the errors of an event's actions.
type failures struct {
	final, temporary []error
	after            time.Duration // the longest that was asked for
}

func (f *failures) add(err error, final bool, after time.Duration) {
	if final {
		f.final = append(f.final, err)
		return
	}
	f.temporary = append(f.temporary, err)
	f.after = max(f.after, after)
}

func (f *failures) none() bool { return len(f.temporary) == 0 && len(f.final) == 0 }

// outcome is what the queue is told: while there is an action that another try
// may help, there is another try.
func (f *failures) outcome() error {
	err := errors.Join(append(f.temporary, f.final...)...)
	switch {
	case err == nil:
		return nil
	case len(f.temporary) == 0:
		return workqueue.Reject(err)
	case f.after > 0:
		return workqueue.RetryAfter(f.after, err)
	default:
		return err
	}
}

// occurrence says how often a name comes among earlier actions and once more.
func occurrence(earlier []handler.Action, name string) int {
	n := 1
	for _, a := range earlier {
		if a.Name == name {
			n++
		}
	}
	return n
}

func (d *Dispatcher) runOne(ctx context.Context, e *workqueue.Delivery, action handler.Action, r handler.Responder) (err error) {
	ctx, cancel := context.WithTimeout(ctx, actionTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			d.opts.Log.Error().Str("event_id", e.ID).Str("request_id", e.RequestID).Str("action", action.Name).
				Interface("panic", p).Bytes("stack", debug.Stack()).Msg("a handler panicked")
		}
	}()
	return action.Run(ctx, r)
}

// logged makes a handler for the queue of one that names what it ran, and
// writes a line about each event.
func (d *Dispatcher) logged(handle func(context.Context, *workqueue.Delivery) ([]string, error)) workqueue.HandlerFunc {
	return func(ctx context.Context, delivery *workqueue.Delivery) error {
		start := time.Now()
		actions, err := handle(ctx, delivery)

		line, outcome := d.opts.Log.Info(), "handled"
		if discard, ok := errors.AsType[*workqueue.DiscardError](err); ok {
			outcome = "discarded"
			line = line.Str("reason", discard.Reason)
		} else if err != nil {
			outcome = "failed"
			line = d.opts.Log.Error().Err(err)
		}
		line.Str("event_id", delivery.ID).Str("request_id", delivery.RequestID).Str("type", delivery.Type).
			Strs("actions", actions).Str("outcome", outcome).Int("attempt", delivery.Attempt).Bool("taken_over", delivery.TakenOver).
			Dur("waited_ms", delivery.Taken.Sub(delivery.Queued)).Dur("handled_ms", time.Since(start)).
			Msg("event")
		return err
	}
}
