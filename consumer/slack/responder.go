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
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

// responder answers one message, or greets one join.
type responder struct {
	api       API
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

// React implements handler.Responder.
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

// Reply implements handler.Responder.
func (r *responder) Reply(ctx context.Context, reply handler.Reply) error {
	if r.channel == "" {
		return r.DM(ctx, reply)
	}
	ts, err := r.post(ctx, r.channel, r.thread, reply)
	if err == nil {
		r.posted(ts)
	}
	return wrap(err, "reply in %s", r.channel)
}

// post posts a message, and returns an unknownError when that may have worked.
func (r *responder) post(ctx context.Context, channel, thread string, reply handler.Reply) (ts string, err error) {
	options := r.options(reply, thread)
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

// Link implements consumer.Responder.
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

// ReplyEphemeral implements handler.Responder.
func (r *responder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	if r.channel == "" {
		return r.DM(ctx, reply)
	}
	err := attempt(r.mark(ctx), func(ctx context.Context) (string, error) {
		return r.api.PostEphemeralContext(ctx, r.channel, r.user, r.options(reply, r.thread)...)
	})
	return wrap(err, "reply to %s alone in %s", r.user, r.channel)
}

// DM implements handler.Responder.
func (r *responder) DM(ctx context.Context, reply handler.Reply) error {
	dm, err := r.openDM(ctx)
	if err != nil {
		return err
	}
	_, err = r.post(ctx, dm, "", reply)
	return wrap(err, "send %s a direct message", r.user)
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

// Split implements consumer.Responder.
func (r *responder) Split(reply handler.Reply) []handler.Reply {
	texts := split(r.text(reply), maxText)
	parts := make([]handler.Reply, len(texts))
	for i, text := range texts {
		parts[i] = handler.Reply{Text: text, Unfurl: reply.Unfurl}
	}
	parts[len(parts)-1].Attachment = reply.Attachment
	return parts
}

// maxAddressed is how many people a reply addresses: the first that the message
// mentions. It is more than anybody welcomes at once, and fewer than would let
// somebody use the bot to notify a whole workspace again.
const maxAddressed = 10

// text returns what a reply says, to whom it says it included. Whatever a
// handler says, it notifies nobody but the people that it mentions.
func (r *responder) text(reply handler.Reply) string {
	text := slacktext.Quiet(reply.Text)
	if !reply.MentionUsers || len(r.mentions) == 0 {
		return text
	}
	var people []string
	for _, id := range r.mentions[:min(len(r.mentions), maxAddressed)] {
		people = append(people, slacktext.Mention(id))
	}
	return strings.Join(people, " ") + " " + text
}

// options are the parameters of the call that says a reply, in a thread or "".
func (r *responder) options(reply handler.Reply, thread string) []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(r.text(reply), false)}
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	if reply.Unfurl {
		options = append(options, slack.MsgOptionEnableLinkUnfurl())
	} else {
		options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	}
	if a := reply.Attachment; a != nil {
		title, text, footer := slacktext.Quiet(a.Title), slacktext.Quiet(a.Text), slacktext.Quiet(a.Footer)
		options = append(options, slack.MsgOptionAttachments(slack.Attachment{Title: title, Text: text, Footer: footer, Fallback: title}))
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
