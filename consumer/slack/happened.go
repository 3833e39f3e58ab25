package slack

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/workqueue"
)

// reactionAdded decodes an event of the type reaction_added, and looks up the name of the
// channel.
// Source: https://docs.slack.dev/reference/events/reaction_added
func (p *Platform) reactionAdded(ctx context.Context, e workqueue.Event) (consumer.ReactionAdded, error) {
	return decode(e, func(v *fastjson.Value) (consumer.ReactionAdded, error) {
		item := v.Get("item")
		in := consumer.ReactionAdded{Interaction: p.happened(e, v, text(item, "channel"))}
		// ":wave::skin-tone-2:" is a ":wave:".
		in.Emoji, _, _ = strings.Cut(text(v, "reaction"), "::")
		switch id := text(item, "ts"); {
		case in.User == p.bot.UserID && in.User != "":
			return consumer.ReactionAdded{}, workqueue.Discard("our own reaction")
		case text(item, "type") != "message":
			return consumer.ReactionAdded{}, workqueue.Discard("a reaction to something that is no message")
		case in.User == "", in.Emoji == "", id == "", in.Channel.ID == "":
			return consumer.ReactionAdded{}, workqueue.Reject(errors.New("a reaction without user, emoji, channel or ts"))
		default:
			in.Message = &handler.Message{
				Platform: in.Platform, Workspace: in.Workspace, ID: id, User: text(v, "item_user"), Time: timeOf(id),
			}
		}
		if !strings.HasPrefix(in.Channel.ID, "D") {
			name, err := p.channels.Name(ctx, in.Channel.ID)
			if err != nil {
				return consumer.ReactionAdded{}, err
			}
			in.Channel = channelOf(in.Channel.ID, name)
		}
		in.Message.Channel = in.Channel
		return in, nil
	})
}

// homeOpened decodes an event of the type app_home_opened. Its tab "messages" is no page
// of the bot's.
// Source: https://docs.slack.dev/reference/events/app_home_opened
func (p *Platform) homeOpened(e workqueue.Event) (consumer.HomeOpened, error) {
	return decode(e, func(v *fastjson.Value) (consumer.HomeOpened, error) {
		if text(v, "tab") != "home" {
			return consumer.HomeOpened{}, workqueue.Discard("another tab than the bot's own page")
		}
		in := consumer.HomeOpened{Interaction: p.happened(e, v, ""), Shown: text(v.Get("view"), "private_metadata")}
		if in.User == "" {
			return consumer.HomeOpened{}, workqueue.Reject(errors.New("an opened page without a user"))
		}
		return in, nil
	})
}

// happened returns what the events that become an Interaction have in common.
func (p *Platform) happened(e workqueue.Event, v *fastjson.Value, channel string) handler.Interaction {
	return handler.Interaction{
		Platform: e.Source, Workspace: p.bot.TeamID, User: text(v, "user"), Channel: channelOf(channel, ""), Time: e.Time,
		Raw: append([]byte(nil), e.Payload...),
	}
}

// timeOf returns the time of a message's timestamp, the zero time if it is none.
func timeOf(ts string) time.Time {
	seconds, fraction, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || s < 0 {
		return time.Time{}
	}
	micros, _ := strconv.ParseInt(fraction, 10, 32)
	return time.Unix(s, micros*1000).UTC()
}
