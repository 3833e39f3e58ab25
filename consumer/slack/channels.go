package slack

import (
	"context"
	"errors"
	"fmt"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/internal/channeldir"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/workqueue"
)

// ConversationReader is the part of Slack's Web API that is read field by field: that which
// decoding a ChannelChange, and reading a message, need.
type ConversationReader interface {
	Conversation(ctx context.Context, id string) (slackapi.Conversation, error)
	// Message returns nil for a message that does not exist, or that the bot may not read.
	Message(ctx context.Context, channel, id string) (*fastjson.Value, error)
}

// ChannelChange implements consumer.ChannelDecoder. Events of the types
// channel_created and channel_rename carry the channel; those of channel_archive,
// channel_unarchive and channel_deleted only its id, so that the name of one that
// is back has to be asked for.
func (p *Platform) ChannelChange(ctx context.Context, e workqueue.Event) (channeldir.Change, error) {
	return decode(e, func(v *fastjson.Value) (channeldir.Change, error) {
		change := channeldir.Change{ID: text(v, "channel")}
		kind := text(v, "type")
		switch kind {
		case "channel_created", "channel_rename":
			channel := v.Get("channel")
			change = channeldir.Change{ID: text(channel, "id"), Name: text(channel, "name")}
			if change.Name == "" {
				return channeldir.Change{}, workqueue.Reject(fmt.Errorf("a %s without a name", kind))
			}
		case "channel_archive", "channel_deleted":
		case "channel_unarchive":
			var err error
			if change.Name, err = p.channelName(ctx, change.ID); err != nil {
				return channeldir.Change{}, err
			}
		default:
			return channeldir.Change{}, workqueue.Reject(errors.New("not a change of a channel: " + kind))
		}
		if change.ID == "" {
			return channeldir.Change{}, workqueue.Reject(fmt.Errorf("a %s without a channel", kind))
		}
		return change, nil
	})
}

// channelName asks Slack for a channel's name. "" means that the directory must not have
// it: it was archived again meanwhile, deleted, or made private.
func (p *Platform) channelName(ctx context.Context, id string) (string, error) {
	c, err := p.conversations.Conversation(ctx, id)
	switch {
	case isSlackError(err, "channel_not_found"):
		return "", nil
	case err != nil:
		return "", wrap(err, "ask what channel %s is called", id)
	case c.Archived || c.Private:
		return "", nil
	default:
		return c.Name, nil
	}
}
