package bgtasks

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
)

// ChannelLister lists a workspace's public channels.
type ChannelLister interface {
	// Channels returns the channels, and the number of those that it left out
	// because they have no id or no name.
	Channels(ctx context.Context) (list []channeldir.Channel, skipped int, err error)
}

// ChannelStore stores a channel directory.
type ChannelStore interface {
	Fill(ctx context.Context, list func(context.Context) ([]channeldir.Channel, error)) error
}

// ChannelDirectory returns the job that fills a workspace's channel directory, which
// also corrects it after missed events. Channels without an id or a name are left
// out, and counted in the log.
func ChannelDirectory(workspace event.Workspace, from ChannelLister, to ChannelStore, every time.Duration, log zerolog.Logger) Job {
	name := "channel-directory"
	if workspace.Source != event.Slack { // the name of Slack's job is stored, and stays
		name += " of " + workspace.String()
	}
	return Job{
		Name:    name,
		Every:   every,
		Jitter:  every / 10,
		Timeout: 2 * time.Minute,
		Run: func(ctx context.Context, _ State) error {
			return to.Fill(ctx, func(ctx context.Context) ([]channeldir.Channel, error) {
				list, skipped, err := from.Channels(ctx)
				if skipped > 0 {
					log.Warn().Stringer("workspace", workspace).Int("skipped", skipped).Int("listed", len(list)).
						Msg("leave channels without an id or a name out of the directory")
				}
				return list, err
			})
		},
	}
}
