package consumer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// maxAge is the age up to which a message is answered. A later answer, after an
// outage, would interrupt another conversation. Joins have no such limit.
const maxAge = 30 * time.Second

// request is an event together with the platform that answers it.
type request struct {
	*progress
	platform Platform // of the event's source
	// respond makes the Responder of one action.
	respond func() Responder
	// search looks for a post, if it is not a Responder's.
	search func(ctx context.Context, p Post) (found bool, err error)
	// dryRun is set when actions are logged and not run.
	dryRun bool
	// channelKey names a channel in which answers have a cooldown, and userKey a
	// person whose welcomes have one. "" means no cooldown.
	channelKey, userKey string
	// messageKey names the message that an interaction is about, "" for none.
	messageKey string
	// interaction is the event's, nil if it is a message or a join.
	interaction *handler.Interaction
	// mentions are the people that an answer addresses.
	mentions []string
	// deadline is the time left in which an answer to a message is useful.
	deadline time.Duration
}

// incoming handles an event that a platform decodes.
func (d *Dispatcher) incoming(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
	platform, err := d.platform(e)
	if err != nil {
		return nil, err
	}
	in, err := platform.Decode(ctx, e.Event)
	if err != nil {
		return nil, err
	}
	o := request{
		progress: &progress{Delivery: e},
		platform: platform,
		respond:  func() Responder { return platform.Responder(in, e.RequestID) },
	}
	if reason := d.turnedDown(o.Source, in); reason != "" {
		return nil, d.turnDown(ctx, o, in, reason)
	}
	switch in := in.(type) {
	case Message:
		return d.message(ctx, o, in.Message)
	case WorkspaceJoin:
		return d.join(ctx, o, in.Join, d.opts.Registry.WorkspaceJoin(in.Join))
	case ChannelJoin:
		return d.join(ctx, o, in.Join, d.opts.Registry.ChannelJoin(in.Join))
	case Interaction:
		return d.interaction(ctx, o, in)
	case ReactionAdded:
		return d.reactionAdded(ctx, o, in)
	case HomeOpened:
		return d.homeOpened(ctx, o, in)
	default:
		return nil, workqueue.Reject(fmt.Errorf("%s decoded it to a %T, which has no handlers", platform.Name(), in))
	}
}

// message runs the handlers that match a message. A message older than maxAge is
// discarded.
func (d *Dispatcher) message(ctx context.Context, o request, m handler.Message) ([]string, error) {
	age := d.opts.Now().Sub(o.AgeFrom())
	o.mentions, o.deadline = m.Mentions, maxAge-age
	m.Roles = d.roles(o.Source, m.User)
	if age > maxAge {
		return nil, d.tooLate(ctx, o, age)
	}
	if m.Channel.Kind != handler.Direct {
		workspace := event.Workspace{Source: o.Source, ID: m.Workspace}.String()
		o.channelKey, o.userKey = key(workspace, m.Channel.ID), key(workspace, m.User)
	}
	if d.opts.Shadow && !m.Addressed() {
		o.respond, o.dryRun = d.shadow(o.Delivery), true
	}
	matches := d.opts.Registry.Message(m)
	if !o.platform.Capabilities().Reactions { // the start has warned of them
		matches = slices.DeleteFunc(matches, func(m handler.Match) bool { return m.Reacts })
	}
	return d.runAll(ctx, o, tasks(matches))
}

// join runs the welcomes that match a join.
func (d *Dispatcher) join(ctx context.Context, o request, j handler.Join, matches []handler.Match) ([]string, error) {
	o.userKey = key(event.Workspace{Source: o.Source, ID: j.Workspace}.String(), j.User)
	if d.opts.Shadow {
		o.respond, o.dryRun = d.shadow(o.Delivery), true
	}
	return d.runAll(ctx, o, tasks(matches))
}

// tooLate discards a message once the outcomes of all its posts are known. It posts
// nothing.
func (d *Dispatcher) tooLate(ctx context.Context, o request, age time.Duration) error {
	waiting, after := d.resolve(ctx, o, false)
	switch {
	case len(waiting) > 0:
	case o.answered():
		return workqueue.DiscardAs(workqueue.Superseded, "too old for another attempt, and its answer was posted, or may have been")
	default:
		return workqueue.DiscardTooOld(age)
	}
	var failed failures
	for _, err := range waiting {
		failed.add(err, Outcome{Kind: Unknown, After: after})
	}
	return failed.outcome()
}
