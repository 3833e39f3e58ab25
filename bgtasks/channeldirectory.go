package bgtasks

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/channeldir"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
)

// ChannelLister is what of Slack's Web API the channel directory needs.
type ChannelLister interface {
	PublicChannels(ctx context.Context, cursor string) (slackapi.ConversationPage, error)
}

// RequiredScopes is how this package uses Slack's Web API.
// Source: https://docs.slack.dev/reference/methods/conversations.list
var RequiredScopes = []slackapi.Need{{Method: "conversations.list", Scope: "channels:read"}} // of public channels alone

// ChannelStore is where the channel directory is kept.
type ChannelStore interface {
	Fill(ctx context.Context, list func(context.Context) ([]channeldir.Channel, error)) error
}

// ChannelDirectory returns the job that fills the channel directory. It is
// what events about channels are measured by: those that were missed are made
// up for. Channels without an id or a name are left out, and counted in the log.
func ChannelDirectory(from ChannelLister, to ChannelStore, every time.Duration, log zerolog.Logger) Job {
	return Job{
		Name:    "channel-directory",
		Every:   every,
		Jitter:  every / 10,
		Timeout: 2 * time.Minute,
		Run: func(ctx context.Context, _ State) error {
			return to.Fill(ctx, func(ctx context.Context) ([]channeldir.Channel, error) {
				list, skipped, err := publicChannels(ctx, from)
				if skipped > 0 {
					log.Warn().Int("skipped", skipped).Int("listed", len(list)).Msg("channels without an id or a name are not in the directory")
				}
				return list, err
			})
		},
	}
}

// publicChannels follows the cursor to the last page; a page may be short, or
// empty, before that. skipped is how many channels had no id or no name.
func publicChannels(ctx context.Context, from ChannelLister) (list []channeldir.Channel, skipped int, err error) {
	for cursor := ""; ; {
		page, err := from.PublicChannels(ctx, cursor)
		if err != nil {
			return nil, skipped, fmt.Errorf("list Slack's channels after %d: %w", len(list), err)
		}
		skipped += page.Skipped
		for _, c := range page.Conversations {
			list = append(list, channeldir.Channel{ID: c.ID, Name: c.Name})
		}
		if page.Next == "" {
			return list, skipped, nil
		}
		if page.Next == cursor {
			return nil, skipped, fmt.Errorf("list Slack's channels: the cursor stands still after %d", len(list))
		}
		cursor = page.Next
	}
}
