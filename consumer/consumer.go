// Package consumer runs handlers for the events on the queue. The Dispatcher
// chooses the platform of an event by its source, has it decoded, asks the registry
// which declarations match, and runs each through the middleware chain in chain.go,
// so that no handler's failure affects another.
//
// It knows the queue and the handlers. Of chat platforms and of the store of
// cooldowns it knows the interfaces in platform.go and deduper.go only.
package consumer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// maxAge is the age up to which a message is answered. A later answer, after an
// outage, would interrupt another conversation. Joins have no such limit.
const maxAge = 30 * time.Second

// Options configures a Dispatcher. Platforms, Registry and Deduper are required.
type Options struct {
	// Platforms are the chat platforms, each by the Source of its events. There is
	// at least one.
	Platforms map[string]Platform
	// Directories are the channel directories to which changes of a platform's
	// channels are applied, by source. A platform without one has its events about
	// channels left on the queue.
	Directories map[string]ChannelDirectory
	Registry    *handler.Registry
	// Deduper keeps what handlers said recently.
	Deduper Deduper
	// Cooldown is for how long a static answer is not repeated in a channel. The
	// default, 0, repeats it every time.
	Cooldown time.Duration
	// ActionTimeout bounds each action, so that one that hangs leaves time for
	// the next. The default is DefaultActionTimeout. It is to be longer than one call
	// of the platform's API may take, whose outcome is unknown otherwise.
	ActionTimeout time.Duration
	// Settle is how long after a post with an unknown outcome the post is looked
	// for. The default is DefaultSettle.
	Settle time.Duration
	// Shadow is the mode for trying the bot out: it answers only those who
	// speak to it, and logs what it would have done elsewhere.
	Shadow bool
	// Now is the clock that a message's age is told by, time.Now by default.
	Now func() time.Time
	// Watch, if set, is called before every run of a handler, with the Handler of the
	// HandlerRun. It returns the run's context, and a function that is called when the
	// run has ended. Both delay the handler, so they must not block.
	Watch func(ctx context.Context, handler string) (context.Context, func(HandlerRun))
	// Unknown, if set, is called with "" for each post whose outcome is unknown, and
	// with a result once the outcome is known. It must not block.
	Unknown func(result UnknownResult)
	Log     zerolog.Logger
}

// DefaultActionTimeout is Options.ActionTimeout unless it is set.
const DefaultActionTimeout = 9 * time.Second

// Dispatcher gives events to handlers.
type Dispatcher struct {
	opts Options
	run  runner // the chain
}

// NewDispatcher returns a Dispatcher, or an error that names every option that
// is missing or bad.
func NewDispatcher(opts Options) (*Dispatcher, error) {
	var errs []error
	if len(opts.Platforms) == 0 || opts.Registry == nil || opts.Deduper == nil {
		errs = append(errs, errors.New("a dispatcher needs a platform, a registry and a deduper"))
	}
	for source, platform := range opts.Platforms {
		if source == "" || platform == nil {
			errs = append(errs, fmt.Errorf("platform of source %q: want a source and a platform", source))
		}
	}
	if opts.Cooldown < 0 || opts.ActionTimeout < 0 || opts.Settle < 0 {
		errs = append(errs, fmt.Errorf("cooldown %v, action timeout %v, settle %v: want no negative duration", opts.Cooldown, opts.ActionTimeout, opts.Settle))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if opts.ActionTimeout == 0 {
		opts.ActionTimeout = DefaultActionTimeout
	}
	if opts.Settle == 0 {
		opts.Settle = DefaultSettle
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	d := &Dispatcher{opts: opts}
	d.run = d.chain()
	return d, nil
}

// EventTypes returns the types of a source's events that r's handlers need.
func EventTypes(r *handler.Registry, source string) []string {
	var types []string
	for _, e := range r.Infos() {
		switch {
		case e.Kind != handler.JoinInfo:
			types = append(types, event.Types(source, event.MessagePublic, event.MessagePrivate)...)
		case e.Trigger == "":
			types = append(types, event.Type(source, event.WorkspaceJoin))
		default:
			types = append(types, event.Type(source, event.ChannelJoin))
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// Register makes d the handler of the events of each platform's source, as far as
// the platform supports them.
func (d *Dispatcher) Register(c *workqueue.Consumer) {
	d.logCapabilities()
	for _, source := range d.sources() {
		platform := d.opts.Platforms[source]
		kinds := []event.Kind{event.MessagePublic, event.MessagePrivate}
		if platform.Capabilities().WorkspaceJoins {
			kinds = append(kinds, event.WorkspaceJoin)
		}
		if platform.Capabilities().ChannelJoins {
			kinds = append(kinds, event.ChannelJoin)
		}
		for _, kind := range kinds {
			c.Handle(event.Type(source, kind), d.logged(d.incoming))
		}
		if poster, ok := platform.(Poster); ok {
			d.registerSend(c, source, platform, poster)
		}
		if decoder, ok := platform.(ChannelDecoder); ok && d.opts.Directories[source] != nil {
			d.registerChannels(c, source, platform, decoder)
		}
	}
}

// sources returns the sources of the platforms, in order.
func (d *Dispatcher) sources() []string { return slices.Sorted(maps.Keys(d.opts.Platforms)) }

// request is an event, as far as it concerns what is done about it.
type request struct {
	*progress
	platform Platform // of the event's source
	// respond makes the Responder of one action.
	respond func() Responder
	// dryRun is true when what is done is only logged.
	dryRun bool
	// channelKey is a channel in which an answer must not be repeated too soon, who
	// is a person whom a welcome must not; "" where it may.
	channelKey, userKey string
	// mentions are the people whom an answer is for.
	mentions []string
	// deadline is for how long an answer to a message is still of use.
	deadline time.Duration
}

// incoming handles a message or a join.
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
	switch in := in.(type) {
	case Message:
		return d.message(ctx, o, in.Message)
	case WorkspaceJoin:
		return d.join(ctx, o, in.Join, d.opts.Registry.WorkspaceJoin(in.Join))
	case ChannelJoin:
		return d.join(ctx, o, in.Join, d.opts.Registry.ChannelJoin(in.Join))
	default:
		return nil, workqueue.Reject(fmt.Errorf("%s decodes it to a %T, which has no handlers", platform.Name(), in))
	}
}

func (d *Dispatcher) message(ctx context.Context, o request, m handler.Message) ([]string, error) {
	age := d.opts.Now().Sub(o.AgeFrom())
	o.mentions, o.deadline = m.Mentions, maxAge-age
	if age > maxAge {
		return nil, d.tooLate(ctx, o, age)
	}
	if m.Channel.Kind != handler.Direct {
		o.channelKey = key(event.Workspace{Source: o.Source, ID: m.Workspace}.String(), m.Channel.ID)
	}
	if d.opts.Shadow && !m.Addressed() {
		o.respond, o.dryRun = d.shadow(o.Delivery), true
	}
	return d.runAll(ctx, o, tasks(d.opts.Registry.Message(m)))
}

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
		return workqueue.Discard("too old for another try, and its answer was posted, or may have been")
	default:
		return workqueue.DiscardTooOld(age)
	}
	var failed failures
	for _, err := range waiting {
		failed.add(err, Outcome{Kind: Unknown, After: after})
	}
	return failed.outcome()
}

func (d *Dispatcher) shadow(e *workqueue.Delivery) func() Responder {
	log := d.opts.Log.With().Str("event_id", e.ID).Str("request_id", e.RequestID).Logger()
	return func() Responder { return shadow{log} }
}

// logged returns a handler for the queue that logs each event with the names of the
// actions that handle ran.
func (d *Dispatcher) logged(handle func(context.Context, *workqueue.Delivery) ([]string, error)) workqueue.HandlerFunc {
	return func(ctx context.Context, delivery *workqueue.Delivery) error {
		start := time.Now()
		actions, err := handle(ctx, delivery)

		line, outcome := d.opts.Log.Info(), "handled"
		if discard, ok := errors.AsType[*workqueue.DiscardError](err); ok {
			outcome = "discarded"
			line = line.Str("reason", discard.Reason)
		} else if _, ok := errors.AsType[*workqueue.PostponeError](err); ok {
			outcome = "postponed"
			line = line.Err(err)
		} else if err != nil {
			outcome = "failed"
			line = d.opts.Log.Error().Err(err)
		}
		line.Str("event_id", delivery.ID).Str("request_id", delivery.RequestID).Str("type", delivery.Type).
			Strs("actions", actions).Str("outcome", outcome).Int("attempt", delivery.Attempt).Bool("reclaimed", delivery.Reclaimed).
			Dur("waited_ms", delivery.ReceivedAt.Sub(delivery.QueuedAt)).Dur("handled_ms", time.Since(start)).
			Msg("event")
		return err
	}
}
