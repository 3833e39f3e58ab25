package consumer

import (
	"context"
	"time"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// ChannelWatcher decodes what a chat platform tells of its public channels. It
// returns a workqueue.Reject for what is not as the platform documents it.
type ChannelWatcher interface {
	ChannelChange(ctx context.Context, e workqueue.Event) (channeldir.Change, error)
}

// ChannelDirectory is where the changes go.
type ChannelDirectory interface {
	// Apply reports false when a later change of the channel was applied before.
	Apply(ctx context.Context, c channeldir.Change, at time.Time) (bool, error)
}

// RegisterChannels makes d the handler of changes of a source's channels: they are
// in the directory at once, and not only when bgtasks has listed the channels
// again. The source is one of Options.Platforms.
func (d *Dispatcher) RegisterChannels(c *workqueue.Consumer, source string, from ChannelWatcher, to ChannelDirectory) {
	c.Handle(event.Type(source, event.ChannelChange), d.logged(func(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
		platform, ok := d.opts.Platforms[source]
		if !ok || e.Source != source {
			return nil, d.unknownSource(e)
		}
		ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
		defer cancel()
		change, err := from.ChannelChange(ctx, e.Event)
		if err != nil {
			return nil, outcomeFor(platform, err)
		}
		var applied bool
		err = d.observe(ctx, platform, directoryHandler, func(ctx context.Context) (err error) {
			applied, err = to.Apply(ctx, change, e.Time)
			return err
		})
		if err == nil && !applied {
			return nil, workqueue.Discard("a later change of the channel is known already")
		}
		return []string{"change the channel directory"}, err
	}))
}
