package consumer

import (
	"context"
	"time"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// ChannelDirectory is where changes of a platform's channels are applied.
type ChannelDirectory interface {
	// Apply reports false when a later change of the channel was applied before.
	Apply(ctx context.Context, c channeldir.Change, at time.Time) (bool, error)
}

// registerChannels makes d the handler of changes of a source's channels: the
// directory has them at once, and not only when bgtasks has listed the channels
// again.
func (d *Dispatcher) registerChannels(c *workqueue.Consumer, source string, platform Platform, decoder ChannelDecoder) {
	directory := d.opts.Directories[source]
	c.Handle(event.Type(source, event.ChannelChange), d.logged(func(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
		if e.Source != source {
			return nil, d.unknownSource(e)
		}
		ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
		defer cancel()
		change, err := decoder.ChannelChange(ctx, e.Event)
		if err != nil {
			return nil, outcomeFor(platform, err)
		}
		var applied bool
		err = d.observed(ctx, platform, directoryHandler, func(ctx context.Context) (err error) {
			applied, err = directory.Apply(ctx, change, e.Time)
			return err
		})
		if err == nil && !applied {
			return nil, workqueue.DiscardAs(workqueue.Superseded, "a later change of the channel was applied before")
		}
		return []string{"change the channel directory"}, err
	}))
}
