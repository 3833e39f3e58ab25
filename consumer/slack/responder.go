package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/slacktext"
)

// responder answers one message, or greets one join.
type responder struct {
	api       API
	requestID string
	user      string
	mentions  []string
	channel   string // "" when someone joined the workspace
	message   string // "" for a join
	thread    string // "" when the message is in none
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
	_, _, err := r.api.PostMessageContext(r.mark(ctx), r.channel, r.options(reply)...)
	return wrap(err, "reply in %s", r.channel)
}

// ReplyEphemeral implements handler.Responder.
func (r *responder) ReplyEphemeral(ctx context.Context, reply handler.Reply) error {
	if r.channel == "" {
		return r.DM(ctx, reply)
	}
	_, err := r.api.PostEphemeralContext(r.mark(ctx), r.channel, r.user, r.options(reply)...)
	return wrap(err, "reply to %s alone in %s", r.user, r.channel)
}

// DM implements handler.Responder.
func (r *responder) DM(ctx context.Context, reply handler.Reply) error {
	ctx = r.mark(ctx)
	dm, _, _, err := r.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{r.user}})
	if err != nil {
		return wrap(err, "open a direct message with %s", r.user)
	}
	direct := *r
	direct.thread = "" // that was in another channel
	_, _, err = r.api.PostMessageContext(ctx, dm.ID, direct.options(reply)...)
	return wrap(err, "send %s a direct message", r.user)
}

// mark lets Transport find the id of the request that brought the event.
func (r *responder) mark(ctx context.Context) context.Context {
	return context.WithValue(ctx, requestIDKey{}, r.requestID)
}

func (r *responder) options(reply handler.Reply) []slack.MsgOption {
	text := reply.Text
	if reply.Address && len(r.mentions) > 0 {
		var people []string
		for _, id := range r.mentions {
			people = append(people, slacktext.Mention(id))
		}
		text = strings.Join(people, " ") + " " + text
	}
	options := []slack.MsgOption{slack.MsgOptionText(text, false)}
	if r.thread != "" {
		options = append(options, slack.MsgOptionTS(r.thread))
	}
	if reply.Unfurl {
		options = append(options, slack.MsgOptionEnableLinkUnfurl())
	} else {
		options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	}
	if a := reply.Attachment; a != nil {
		options = append(options, slack.MsgOptionAttachments(slack.Attachment{
			Title: a.Title, Text: a.Text, Footer: a.Footer, Fallback: a.Title,
		}))
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
