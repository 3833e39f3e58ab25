// Package consumer runs handlers for the events on the queue. The Dispatcher chooses
// the platform of an event by its source. The platform decodes the event, and the
// registry returns the declarations that match. Each match runs through the
// middleware chain in chain.go, so that no handler's failure affects another.
//
// The package knows the queue and the handlers. It knows chat platforms and the store
// of cooldowns only as the interfaces in platform.go and deduper.go.
package consumer

import (
	"maps"
	"slices"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// Dispatcher runs the handlers that match an event.
type Dispatcher struct {
	opts Options
	run  runner // the chain
}

// NewDispatcher returns a Dispatcher, or an error that names every option that is
// missing or invalid.
func NewDispatcher(opts Options) (*Dispatcher, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	d := &Dispatcher{opts: opts.withDefaults()}
	d.run = d.chain()
	return d, nil
}

// EventTypes returns the types of a source's events that r's handlers need.
func EventTypes(r *handler.Registry, source string) []string {
	var types []string
	for _, e := range r.Infos() {
		switch e.Kind {
		case handler.SlashInfo, handler.ActionInfo, handler.ShortcutInfo, handler.FormInfo:
			types = append(types, event.Type(source, event.Interaction))
		case handler.ReactionAddedInfo:
			types = append(types, event.Type(source, event.ReactionAdded))
		case handler.HomeInfo:
			types = append(types, event.Type(source, event.HomeOpened))
		case handler.JoinInfo:
			kind := event.ChannelJoin
			if e.Trigger == "" {
				kind = event.WorkspaceJoin
			}
			types = append(types, event.Type(source, kind))
		default:
			types = append(types, event.Types(source, event.MessagePublic, event.MessagePrivate)...)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// Register makes d the handler of the events of each platform's source that the
// platform supports, and logs the capabilities of each platform.
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
		d.registerInteractions(c, source, platform)
		if poster, ok := platform.(Poster); ok {
			d.registerSend(c, source, platform, poster)
		}
		if decoder, ok := platform.(ChannelDecoder); ok && d.opts.Directories[source] != nil {
			d.registerChannels(c, source, platform, decoder)
		}
	}
}

// sources returns the sources of the platforms, sorted.
func (d *Dispatcher) sources() []string { return slices.Sorted(maps.Keys(d.opts.Platforms)) }
