package consumer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// interactionConcurrency is the number of interactions that are handled at the same
	// time. They have workers of their own, so that a backlog of messages delays no form.
	interactionConcurrency = 20
	// maxWait is the age up to which a Lookup and a Refresh are handled. The gateway waits for
	// less, and the person has typed on; but the age is by the gateway's clock, which may
	// differ from ours.
	maxWait = 30 * time.Second
)

// interaction runs the handler of a control, a slash command or a form. One that no
// declaration knows, because it is an earlier release's, is answered.
func (d *Dispatcher) interaction(ctx context.Context, o request, in Interaction) ([]string, error) {
	in.Roles = d.roles(o.Source, in.User)
	if in.Shown != nil {
		maps.DeleteFunc(in.Values, func(name string, _ []string) bool {
			return !slices.ContainsFunc(in.Shown, func(f handler.Field) bool { return f.Name == name })
		})
	}
	o.interaction, o.mentions, o.deadline = &in.Interaction, in.Mentions, maxAge
	o.respond = func() Responder { return o.platform.Responder(in, o.RequestID) }
	if in.Message != nil {
		o.messageKey = key(event.Workspace{Source: o.Source, ID: in.Workspace}.String(), in.Channel.ID, in.Message.ID)
	}
	age := d.opts.Now().Sub(o.AgeFrom())
	var match handler.Match
	known := true
	switch in.Kind {
	case SlashCommand:
		matches := d.opts.Registry.SlashCommand(in.ID, in.Interaction)
		if len(matches) > 0 {
			return d.runAll(ctx, o, tasks(matches))
		}
		known = false
	case Action:
		match, known = d.opts.Registry.Action(in.ID, in.Interaction)
	case Shortcut:
		match, known = d.opts.Registry.Shortcut(in.ID, in.Interaction)
	case Lookup, Refresh:
		if age > maxWait {
			return nil, workqueue.DiscardTooOld(age)
		}
		return d.assist(ctx, o, in)
	case Submit:
		if form := d.opts.Registry.Form(in.ID); form != nil {
			if !o.completed(stepGiven) && d.opts.Controls.HandlerPaused(form.Name()) {
				// The person knows, and submits it again. A form that was taken waits like any event.
				if refused, err := d.refuse(ctx, o, in, switchedOff); refused {
					return []string{form.Name()}, cmp.Or(err, workqueue.Discard(errPaused.Error()))
				}
			}
			return d.submit(ctx, o, in, form)
		}
		known = false
	case Close:
		form := d.opts.Registry.Form(in.ID)
		if form == nil {
			return nil, workqueue.Discard("a form that no declaration knows was closed")
		}
		var closes bool
		if match, closes = d.opts.Registry.Close(form, in.Interaction); !closes {
			return nil, nil
		}
		switch submitted, err := d.wasSubmitted(ctx, o, in); {
		case err != nil:
			return nil, err
		case submitted:
			return nil, workqueue.DiscardAs(workqueue.Superseded, "a form was closed that has been submitted")
		}
	default:
		return nil, workqueue.Reject(fmt.Errorf("an interaction of kind %q, which nothing handles", in.Kind))
	}
	if !known {
		return d.unknownControl(ctx, o, in)
	}
	return d.runAll(ctx, o, tasks([]handler.Match{match}))
}

// unknownControl answers a person who used a control that no declaration knows.
func (d *Dispatcher) unknownControl(ctx context.Context, o request, in Interaction) ([]string, error) {
	const text = "I no longer know what to do with this: it is from an earlier version of me. Please ask me again."
	d.opts.Log.Warn().Str("event_id", o.ID).Str("request_id", o.RequestID).Str("kind", string(in.Kind)).Str("id", in.ID).
		Msg("answer an interaction that no declaration handles")
	if refused, err := d.refuse(ctx, o, in, text); refused {
		return []string{unknownHandler}, err
	}
	return d.runAll(ctx, o, []task{{
		Match: handler.Match{Name: unknownHandler, Direct: true},
		run:   func(ctx context.Context, r handler.Responder) error { return r.ReplyEphemeral(ctx, handler.Text(text)) },
	}})
}

// reactionAdded runs the handlers of an emoji that somebody added.
func (d *Dispatcher) reactionAdded(ctx context.Context, o request, in ReactionAdded) ([]string, error) {
	if !d.opts.Registry.Reacts(in.Emoji) {
		return nil, nil
	}
	if age := d.opts.Now().Sub(o.AgeFrom()); age > maxAge {
		return nil, workqueue.DiscardTooOld(age)
	}
	in.Roles = d.roles(o.Source, in.User)
	if reader, ok := o.platform.(MessageReader); ok && in.Message != nil {
		read, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
		defer cancel()
		if err := reader.ReadMessage(read, in.Message); err != nil {
			return nil, outcomeFor(o.platform, err)
		}
	}
	o.interaction = &in.Interaction
	o.respond = func() Responder { return o.platform.Responder(in, o.RequestID) }
	if d.opts.Shadow {
		o.respond, o.dryRun = d.shadow(o.Delivery), true
	}
	return d.runAll(ctx, o, tasks(d.opts.Registry.ReactionAdded(in.Emoji, in.Interaction)))
}

// homeOpened publishes the bot's own page for the person who opened it.
func (d *Dispatcher) homeOpened(ctx context.Context, o request, in HomeOpened) ([]string, error) {
	page, ok := d.opts.Registry.Home()
	publisher, able := o.platform.(HomePublisher)
	if !ok || !able {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	err := d.observed(ctx, o.platform, homeHandler, func(ctx context.Context) error {
		_, err := publisher.PublishHome(ctx, in, page, o.RequestID)
		return err
	})
	return []string{homeHandler}, outcomeFor(o.platform, err)
}

// roles returns the roles that the operator has assigned to a person.
func (d *Dispatcher) roles(source, user string) []handler.Role {
	if d.opts.Roles == nil {
		return nil
	}
	return d.opts.Roles(source, user)
}

// registerInteractions makes d the handler of a source's interactions, if the platform
// has them.
func (d *Dispatcher) registerInteractions(c *workqueue.Consumer, source string, platform Platform) {
	if _, ok := platform.(Interactor); ok {
		c.Handle(event.Type(source, event.Interaction), d.logged(d.incoming), workqueue.Concurrency(interactionConcurrency))
	}
	if _, ok := platform.(MessageReader); ok {
		c.Handle(event.Type(source, event.ReactionAdded), d.logged(d.incoming))
	}
	if _, ok := platform.(HomePublisher); ok {
		c.Handle(event.Type(source, event.HomeOpened), d.logged(d.incoming))
	}
}
