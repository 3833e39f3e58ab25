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
// decoder returns a workqueue.Discard for what handlers must not see.
type Platform interface {
	Message(e workqueue.Event) (handler.Message, error)
	TeamJoin(e workqueue.Event) (handler.Join, error)
	ChannelJoin(ctx context.Context, e workqueue.Event) (handler.Join, error)

	Responder(m handler.Message, requestID string) handler.Responder
	JoinResponder(j handler.Join, requestID string) handler.Responder
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

// NewDispatcher returns a Dispatcher.
func NewDispatcher(opts Options) *Dispatcher {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Dispatcher{opts}
}

// Register makes d the handler of its event types.
func (d *Dispatcher) Register(c *workqueue.Consumer) {
	c.Handle(eventtype.MessagePublic, d.logged(d.message))
	c.Handle(eventtype.MessagePrivate, d.logged(d.message))
	c.Handle(eventtype.TeamJoin, d.logged(d.teamJoin))
	c.Handle(eventtype.ChannelJoin, d.logged(d.channelJoin))
}

func (d *Dispatcher) message(ctx context.Context, e workqueue.Event) ([]string, error) {
	m, err := d.opts.Platform.Message(e)
	if err != nil {
		return nil, err
	}
	if age := d.opts.Now().Sub(m.Time); age > maxAge {
		return nil, workqueue.Discard(fmt.Sprintf("said %v ago", age.Round(time.Second)))
	}
	r := d.opts.Platform.Responder(m, e.RequestID)
	if d.opts.Shadow && !m.Addressed() {
		r = d.shadow(e)
	}
	return d.run(ctx, e, d.opts.Registry.Message(m), r)
}

func (d *Dispatcher) teamJoin(ctx context.Context, e workqueue.Event) ([]string, error) {
	j, err := d.opts.Platform.TeamJoin(e)
	if err != nil {
		return nil, err
	}
	return d.run(ctx, e, d.opts.Registry.TeamJoin(j), d.welcomer(j, e))
}

func (d *Dispatcher) channelJoin(ctx context.Context, e workqueue.Event) ([]string, error) {
	j, err := d.opts.Platform.ChannelJoin(ctx, e)
	if err != nil {
		return nil, err
	}
	return d.run(ctx, e, d.opts.Registry.ChannelJoin(j), d.welcomer(j, e))
}

func (d *Dispatcher) welcomer(j handler.Join, e workqueue.Event) handler.Responder {
	if d.opts.Shadow {
		return d.shadow(e)
	}
	return d.opts.Platform.JoinResponder(j, e.RequestID)
}

func (d *Dispatcher) shadow(e workqueue.Event) handler.Responder {
	return shadow{d.opts.Log.With().Str("event_id", e.ID).Str("request_id", e.RequestID).Logger()}
}

// run runs the actions in order, each whatever became of those before it, and
// returns their names and what went wrong.
func (d *Dispatcher) run(ctx context.Context, e workqueue.Event, actions []handler.Action, r handler.Responder) ([]string, error) {
	var names []string
	var errs []error
	for _, action := range actions {
		names = append(names, action.Name)
		if err := d.runOne(ctx, e, action, r); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", action.Name, err))
		}
	}
	return names, errors.Join(errs...)
}

func (d *Dispatcher) runOne(ctx context.Context, e workqueue.Event, action handler.Action, r handler.Responder) (err error) {
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
func (d *Dispatcher) logged(handle func(context.Context, workqueue.Event) ([]string, error)) workqueue.HandlerFunc {
	return func(ctx context.Context, delivery *workqueue.Delivery) error {
		start := time.Now()
		actions, err := handle(ctx, delivery.Event)

		line, outcome := d.opts.Log.Info(), "handled"
		if discard, ok := errors.AsType[*workqueue.DiscardError](err); ok {
			outcome = "discarded"
			line = line.Str("reason", discard.Reason)
		} else if err != nil {
			outcome = "failed"
			line = d.opts.Log.Error().Err(err)
		}
		line.Str("event_id", delivery.ID).Str("request_id", delivery.RequestID).Str("type", delivery.Type).
			Strs("actions", actions).Str("outcome", outcome).Bool("taken_over", delivery.TakenOver).
			Dur("waited_ms", delivery.Taken.Sub(delivery.Queued)).Dur("handled_ms", time.Since(start)).
			Msg("event")
		return err
	}
}
