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
	"github.com/gobridge/gopherbot/internal/outbound"
)

// responder answers one message or interaction, or greets one join.
type responder struct {
	api       API
	channels  ChannelIDs
	bot       Identity
	requestID string
	user      string
	mentions  []string
	channel   string // "" when there is none, as when someone joined the workspace
	message   string // "" for a join
	thread    string // "" when the message is in none
	replies   string // the thread of a reply, "" for none: thread, or a new one
	starts    string // the message at which a PostThread begins a thread, "" for none
	// edits is the message that was pressed or reacted to, nil if there is none.
	edits *said
	// hook is the response_url, nil if there is none.
	hook *hook
	// elsewhere has a person answered in a direct message if the bot may not speak in the
	// channel: they may use the bot where it is not.
	elsewhere bool

	first atomic.Pointer[said]   // that Reply or ReplyEphemeral posted
	link  atomic.Pointer[string] // to the first message that Reply posted
}

var errNoMessage = errors.New("there is no message to react to")

// React adds an emoji to the message. Without one, as for a join, it returns an error.
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
	return r.say(ctx, consumer.ReplyKind(reply), "", reply)
}

// ReplyEphemeral posts like Reply, for the author alone.
func (r *responder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostEphemeral, "", reply)
}

// DM posts to the author's direct messages with the bot.
func (r *responder) DM(ctx context.Context, reply handler.Reply) error {
	return r.say(ctx, consumer.PostDM, "", reply)
}

// PostIn posts in a channel by its name or id.
func (r *responder) PostIn(ctx context.Context, channel string, reply handler.Reply) error {
	return r.say(ctx, consumer.PostChannel, channel, reply)
}

// OpenForm returns handler.ErrUnsupported: only an interaction has a trigger.
func (r *responder) OpenForm(context.Context, *handler.Form, string) error {
	return handler.ErrUnsupported
}

// say renders and posts a reply. Only PostChannel has a channel.
func (r *responder) say(ctx context.Context, kind consumer.PostKind, channel string, reply handler.Reply) error {
	messages, err := r.Render(ctx, reply)
	if err != nil {
		return err
	}
	for _, m := range messages {
		m.Channel = channel
		if err := r.Post(ctx, kind, m); err != nil {
			return err
		}
	}
	return nil
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

// threadOf returns the thread of a post in the channel, "" for none.
func (r *responder) threadOf(kind consumer.PostKind) string {
	if kind == consumer.PostThread && r.replies == "" {
		return r.starts
	}
	return r.replies
}

// posted keeps the link to the first message that Reply posted.
func (r *responder) posted(kind consumer.PostKind, ts string) {
	link := permalink(r.bot.URL, r.channel, ts, r.threadOf(kind))
	r.link.CompareAndSwap(nil, &link)
	r.remember(said{channel: r.channel, ts: ts})
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

// mark lets outbound.Transport find the id of the request that brought the event.
func (r *responder) mark(ctx context.Context) context.Context {
	return outbound.WithRequestID(ctx, r.requestID)
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
