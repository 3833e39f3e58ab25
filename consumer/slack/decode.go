package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/valyala/fastjson"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
	"github.com/gobridge/gopherbot/workqueue"
)

// Decode decodes a message, a join of the workspace or of a channel, a slash command or
// another interaction, a reaction, or the opening of the bot's own page.
func (p *Platform) Decode(ctx context.Context, e workqueue.Event) (consumer.Incoming, error) {
	switch kind, _ := event.KindOf(e.Source, e.Type); kind {
	case event.MessagePublic, event.MessagePrivate:
		m, err := p.message(e)
		return consumer.Message{Message: m}, err
	case event.WorkspaceJoin:
		j, err := p.workspaceJoin(e)
		return consumer.WorkspaceJoin{Join: j}, err
	case event.ChannelJoin:
		j, err := p.channelJoin(ctx, e)
		return consumer.ChannelJoin{Join: j}, err
	case event.Interaction:
		return p.interaction(e)
	case event.ReactionAdded:
		return p.reactionAdded(ctx, e)
	case event.HomeOpened:
		return p.homeOpened(e)
	default:
		return nil, workqueue.Reject(fmt.Errorf("an event of type %q of source %q, which no handler is for", e.Type, e.Source))
	}
}

// message decodes an event of the type message. Messages that handlers must not see
// are a workqueue.Discard: our own, those of other bots, edits, deletions and other
// messages that nobody wrote. Events that are not as Slack documents them are a
// workqueue.Reject.
func (p *Platform) message(e workqueue.Event) (handler.Message, error) {
	return decode(e, func(v *fastjson.Value) (handler.Message, error) {
		if reason := unwanted(v, p.bot); reason != "" {
			return handler.Message{}, workqueue.Discard(reason)
		}
		raw := text(v, "text")
		parsed := slacktext.Parse(raw)
		mentioned := slices.Contains(parsed.Users, p.bot.UserID)
		m := handler.Message{
			Platform:  e.Source,
			Workspace: p.bot.TeamID,
			Channel:   handler.Channel{ID: text(v, "channel"), Kind: channelKinds[text(v, "channel_type")]},
			ID:        text(v, "ts"),
			Thread:    text(v, "thread_ts"),
			User:      text(v, "user"),
			Text:      parsed.Plain,
			RawText:   raw,
			Mentions:  slices.DeleteFunc(parsed.Users, func(id string) bool { return id == p.bot.UserID }),
			Mentioned: mentioned,
			Files:     files(v, e.Time),
			Time:      e.Time,
		}
		if m.User == "" || m.ID == "" || m.Channel.ID == "" || m.Channel.Kind == 0 {
			return handler.Message{}, workqueue.Reject(errors.New("a message without user, ts, channel or a known channel type"))
		}
		return m, nil
	})
}

// channelKinds are the values of channel_type.
var channelKinds = map[string]handler.ChannelKind{
	"channel":  handler.Public,
	"group":    handler.Private,
	"im":       handler.Direct,
	"app_home": handler.Direct,
	"mpim":     handler.Group,
}

// written are the subtypes of messages that a person wrote; other subtypes
// report that something happened. A plain message has none.
// Source: https://docs.slack.dev/reference/events/message
var written = []string{"", "file_share", "thread_broadcast", "me_message"}

// slackbot is the id that Slack's own bot has in every workspace. Its messages
// carry no bot id.
const slackbot = "USLACKBOT"

// unwanted says why handlers must not see a message, "" if they may.
func unwanted(v *fastjson.Value, bot Identity) string {
	switch subtype := text(v, "subtype"); {
	case text(v, "user") == bot.UserID, bot.BotID != "" && text(v, "bot_id") == bot.BotID:
		return "our own message"
	case text(v, "bot_id") != "", subtype == "bot_message", text(v, "user") == slackbot:
		return "another bot's message"
	case v.GetBool("hidden"), !slices.Contains(written, subtype):
		return "not a message that somebody wrote: " + subtype
	default:
		return ""
	}
}

// files returns the files of a message that the bot may be able to read.
func files(v *fastjson.Value, attached time.Time) []handler.File {
	var list []handler.File
	for _, f := range v.GetArray("files") {
		mode, mimeType, fileType := text(f, "mode"), text(f, "mimetype"), text(f, "filetype")
		if text(f, "id") == "" || elsewhere[mode] || f.GetBool("is_external") {
			continue
		}
		list = append(list, handler.File{
			ID: text(f, "id"), Name: text(f, "name"), MIMEType: mimeType, Type: fileType, Size: f.GetInt64("size"),
			Time:    attached,
			Pending: mode == "file_access" || text(f, "file_access") == "check_file_info" || mimeType == "" && fileType == "",
		})
	}
	return list
}

// workspaceJoin decodes an event of the type team_join.
func (p *Platform) workspaceJoin(e workqueue.Event) (handler.Join, error) {
	return decode(e, func(v *fastjson.Value) (handler.Join, error) {
		user := v.Get("user") // an object, unlike in other events
		if user.GetBool("is_bot") {
			return handler.Join{}, workqueue.Discard("a bot joined")
		}
		if !member(user, p.bot.TeamID) {
			return handler.Join{}, workqueue.Discard("a member of another workspace")
		}
		return p.join(e, text(user, "id"), handler.Channel{})
	})
}

// member reports whether a user belongs to the workspace team, and is not known to
// it by a shared channel alone. A member of an organization has one home
// workspace, and may belong to others of it.
// Source: https://docs.slack.dev/reference/objects/user-object
func member(user *fastjson.Value, team string) bool {
	home := text(user, "team_id")
	if home == "" || home == team {
		return !user.GetBool("is_stranger")
	}
	return slices.ContainsFunc(user.GetArray("enterprise_user", "teams"), func(id *fastjson.Value) bool {
		return string(id.GetStringBytes()) == team
	})
}

// channelJoin decodes an event of the type member_joined_channel and looks up
// the name of the channel.
func (p *Platform) channelJoin(ctx context.Context, e workqueue.Event) (handler.Join, error) {
	return decode(e, func(v *fastjson.Value) (handler.Join, error) {
		id := text(v, "channel")
		if id == "" {
			return handler.Join{}, workqueue.Reject(errors.New("a join without a channel"))
		}
		if text(v, "user") == p.bot.UserID {
			return handler.Join{}, workqueue.Discard("the bot itself joined")
		}
		name, err := p.channels.Name(ctx, id)
		if err != nil {
			return handler.Join{}, err
		}
		return p.join(e, text(v, "user"), handler.Channel{ID: id, Name: name, Kind: handler.Public})
	})
}

func (p *Platform) join(e workqueue.Event, user string, channel handler.Channel) (handler.Join, error) {
	if user == "" {
		return handler.Join{}, workqueue.Reject(errors.New("a join without a user"))
	}
	return handler.Join{Platform: e.Source, Workspace: p.bot.TeamID, Channel: channel, User: user, Time: e.Time}, nil
}

var parsers fastjson.ParserPool

// decode parses an event's payload for f, which must keep nothing of it. The
// parser is the gateway's, so that both read the same thing.
func decode[T any](e workqueue.Event, f func(*fastjson.Value) (T, error)) (T, error) {
	parser := parsers.Get()
	defer parsers.Put(parser)
	v, err := parser.ParseBytes(replaceSurrogates(e.Payload))
	if err != nil {
		var none T
		// The parser's error quotes the payload, maybe a message.
		return none, workqueue.Reject(fmt.Errorf("%d bytes that are not JSON", len(e.Payload)))
	}
	return f(v)
}

// text returns a copy of a string field, "" when there is none.
func text(v *fastjson.Value, field string) string { return string(v.GetStringBytes(field)) }
