package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
)

// responder answers one message, or greets one join.
type responder struct {
	api       API
	channels  ChannelIDs
	bot       Identity
	requestID string
	user      string
	mentions  []string
	channel   string // "" when someone joined the workspace
	message   string // "" for a join
	thread    string // "" when the message is in none

	link atomic.Pointer[string] // to the first message that was posted
}

var errNoMessage = errors.New("a join has no message to react to")

// React adds an emoji to the message. A join has no message, so it returns an error.
func (r *responder) React(ctx context.Context, emoji string) error {
	if r.message == "" {
		return errNoMessage
	}
	err := r.api.AddReactionContext(r.mark(ctx), emoji, slack.NewRefToMessage(r.channel, r.message))
	if isSlackError(err, "already_reacted") { // an earlier try got through
		return nil
	}
	return wrap(err, "react with :%s:", emoji)
}

// Reply posts in the message's channel and thread, or to the person who joined.
func (r *responder) Reply(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostReply, reply)
}

// ReplyEphemeral posts like Reply, for the author alone.
func (r *responder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostEphemeral, reply)
}

// DM posts to the author's direct messages with the bot.
func (r *responder) DM(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostDM, reply)
}

// PostIn posts in a channel by its name or id.
func (r *responder) PostIn(ctx context.Context, channel string, reply handler.Reply) error {
	messages, err := r.Render(ctx, reply)
	if err != nil {
		return err
	}
	for _, m := range messages {
		m.Channel = channel
		if err := r.Post(ctx, consumer.PostChannel, m); err != nil {
			return err
		}
	}
	return nil
}

// Edit returns handler.ErrUnsupported: a message and a join have nothing to edit.
func (r *responder) Edit(context.Context, handler.Reply) error { return handler.ErrUnsupported }

// OpenForm returns handler.ErrUnsupported: a message and a join have no trigger.
func (r *responder) OpenForm(context.Context, *handler.Form, string) error {
	return handler.ErrUnsupported
}

// say renders and posts a reply.
func (r *responder) say(ctx context.Context, kind consumer.PostKind, reply handler.Reply) error {
	messages, err := r.Render(ctx, reply)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := r.Post(ctx, kind, m); err != nil {
			return err
		}
	}
	return nil
}

// Post posts a rendered message. A person who joined the workspace gets all posts as
// direct messages.
func (r *responder) Post(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	switch {
	case kind == consumer.PostChannel:
		channel, err := r.channelID(ctx, m.Channel)
		if err == nil {
			_, err = r.post(ctx, channel, "", m)
		}
		return wrap(err, "post in %s", m.Channel)
	case kind == consumer.PostDM || r.channel == "":
		dm, err := r.openDM(ctx)
		if err != nil {
			return err
		}
		_, err = r.post(ctx, dm, "", m)
		return wrap(err, "send %s a direct message", r.user)
	case kind == consumer.PostEphemeral:
		err := attempt(r.mark(ctx), func(ctx context.Context) (string, error) {
			return r.api.PostEphemeralContext(ctx, r.channel, r.user, options(m, r.thread)...)
		})
		return wrap(err, "reply to %s alone in %s", r.user, r.channel)
	default:
		ts, err := r.post(ctx, r.channel, r.thread, m)
		if err == nil {
			r.posted(ts)
		}
		return wrap(err, "reply in %s", r.channel)
	}
}

// channelID returns the id of a channel by its name or id. A public channel that does
// not exist is an error and not a refusal: somebody can create it while the event is
// retried.
func (r *responder) channelID(ctx context.Context, channel string) (string, error) {
	if IsChannelID(channel) {
		return channel, nil
	}
	if r.channels == nil {
		return "", handler.ErrUnsupported
	}
	ids, err := r.channels.IDs(ctx, channel)
	switch {
	case err != nil:
		return "", fmt.Errorf("look up #%s: %w", channel, err)
	case ids[0] == "":
		return "", fmt.Errorf("no public channel is called #%s: create it, or name a private one by its id", channel)
	}
	return ids[0], nil
}

// post posts a message that is kept, and returns an unknownError when that may have
// worked.
func (r *responder) post(ctx context.Context, channel, thread string, m consumer.Rendered) (ts string, err error) {
	options := options(m, thread)
	if key := consumer.PostKey(ctx); key != "" {
		options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: postEvent, EventPayload: map[string]any{postKey: key}}))
	}
	err = attempt(r.mark(ctx), func(ctx context.Context) (string, error) {
		_, ts, err = r.api.PostMessageContext(ctx, channel, options...)
		return ts, err
	})
	return ts, err
}

// posted keeps the link to the first message that Reply posted.
func (r *responder) posted(ts string) {
	link := permalink(r.bot.URL, r.channel, ts, r.thread)
	r.link.CompareAndSwap(nil, &link)
}

// Link returns the permanent link to the first message that Reply posted, "" before that.
func (r *responder) Link() string {
	if link := r.link.Load(); link != nil {
		return *link
	}
	return ""
}

// permalink returns the address of a message, in the form of those that Slack's
// clients copy, or "" when the workspace's is not known.
func permalink(workspace, channel, ts, thread string) string {
	if workspace == "" {
		return ""
	}
	link := strings.TrimSuffix(workspace, "/") + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
	if thread != "" {
		link += "?thread_ts=" + thread + "&cid=" + channel
	}
	return link
}

// openDM returns the id of the user's direct messages with the bot.
func (r *responder) openDM(ctx context.Context) (string, error) {
	dm, _, _, err := r.api.OpenConversationContext(r.mark(ctx), &slack.OpenConversationParameters{Users: []string{r.user}})
	if err != nil {
		return "", wrap(err, "open a direct message with %s", r.user)
	}
	return dm.ID, nil
}

// mark lets Transport find the id of the request that brought the event.
func (r *responder) mark(ctx context.Context) context.Context {
	return context.WithValue(ctx, requestIDKey{}, r.requestID)
}

// options are the parameters of the call that posts a message, in a thread or "".
func options(m consumer.Rendered, thread string) []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(m.Text, false)}
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	if m.Unfurl {
		options = append(options, slack.MsgOptionEnableLinkUnfurl())
	} else {
		options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	}
	if a := m.Attachment; a != nil {
		options = append(options, slack.MsgOptionAttachments(slack.Attachment{Title: a.Title, Text: a.Text, Footer: a.Footer, Fallback: a.Title}))
	}
	return options
}

func isSlackError(err error, code string) bool {
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	return ok && e.Err == code
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
