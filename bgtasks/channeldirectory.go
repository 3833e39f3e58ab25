package bgtasks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/channels"
	"github.com/gobridge/gopherbot/internal/slackapi"
)

// ConversationLister is what of Slack's Web API the channel directory needs.
type ConversationLister interface {
	GetConversationsContext(ctx context.Context, params *slack.GetConversationsParameters) (list []slack.Channel, nextCursor string, err error)
}

// Needs is how this package uses Slack's Web API.
// Source: https://docs.slack.dev/reference/methods/conversations.list
var Needs = []slackapi.Need{{Method: "conversations.list", Scope: "channels:read"}} // of public channels alone

// ChannelStore is where the channel directory is kept.
type ChannelStore interface {
	Fill(ctx context.Context, list func(context.Context) ([]channels.Channel, error)) error
}

// conversationsPage is how many channels are asked for at once. Slack advises
// to ask for fewer than 1,000.
const conversationsPage = 999

// ChannelDirectory returns the job that fills the channel directory. It is
// what events about channels are measured by: those that were missed are made
// up for.
func ChannelDirectory(from ConversationLister, to ChannelStore, every time.Duration) Job {
	return Job{
		Name:    "channel-directory",
		Every:   every,
		Jitter:  every / 10,
		Timeout: 2 * time.Minute,
		Run: func(ctx context.Context, _ State) error {
			return to.Fill(ctx, func(ctx context.Context) ([]channels.Channel, error) { return publicChannels(ctx, from) })
		},
	}
}

// publicChannels follows the cursor to the last page; a page may be short, or
// empty, before that.
func publicChannels(ctx context.Context, from ConversationLister) ([]channels.Channel, error) {
	var list []channels.Channel
	for cursor := ""; ; {
		page, next, err := from.GetConversationsContext(ctx, &slack.GetConversationsParameters{
			Cursor: cursor, Limit: conversationsPage, ExcludeArchived: true, Types: []string{"public_channel"},
		})
		if err != nil {
			err = fmt.Errorf("list Slack's channels after %d: %w", len(list), err)
			if limited, ok := errors.AsType[*slack.RateLimitedError](err); ok {
				err = &rateLimited{err, limited.RetryAfter}
			}
			return nil, err
		}
		for _, c := range page {
			list = append(list, channels.Channel{ID: c.ID, Name: c.Name})
		}
		if next == "" {
			return list, nil
		}
		if next == cursor {
			return nil, fmt.Errorf("list Slack's channels: the cursor stands still after %d", len(list))
		}
		cursor = next
	}
}

// rateLimited is an error of Slack's that says when to come back.
type rateLimited struct {
	error
	after time.Duration
}

func (e *rateLimited) RetryAfter() time.Duration { return e.after }

func (e *rateLimited) Unwrap() error { return e.error }
