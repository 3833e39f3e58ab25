package slack

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// Post posts a rendered message. A person who joined the workspace, or who used something
// outside channels, gets all posts as direct messages.
//
// A slash command is answered through its response_url, which works where the bot is no
// member. Where it may not speak, and no response_url is left, it sends a direct message.
func (r *responder) Post(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	switch {
	case kind == consumer.PostChannel:
		channel, err := r.channelID(ctx, m.Channel)
		if err == nil {
			_, err = r.post(ctx, channel, "", m)
		}
		return wrap(err, "post in %s", m.Channel)
	case kind == consumer.PostDM, r.channel == "":
		return r.postDM(ctx, kind, m)
	case !r.elsewhere:
		return r.postHere(ctx, kind, m)
	}
	ways := []func(context.Context, consumer.PostKind, consumer.Rendered) error{r.postHere, r.postHook}
	if r.hook != nil && r.hook.first {
		ways[0], ways[1] = ways[1], ways[0]
	}
	for _, post := range ways {
		if err := post(ctx, kind, m); !blocked(err) {
			return err
		}
	}
	return r.postDM(ctx, kind, m)
}

// blocked reports whether an error means that nothing was posted, and that another way to
// the person may be open.
func blocked(err error) bool {
	if _, unknown := errors.AsType[*unknownError](err); unknown {
		return false
	}
	if answer, ok := errors.AsType[slack.SlackErrorResponse](err); ok && slackapi.Elsewhere(answer.Err) {
		return true
	}
	_, spent := errors.AsType[*hookError](err)
	return spent
}

// postHere posts in the channel.
func (r *responder) postHere(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	if kind == consumer.PostEphemeral {
		options, err := r.options(m, r.thread)
		if err == nil {
			err = attempt(r.mark(ctx), func(ctx context.Context) (string, error) {
				return r.api.PostEphemeralContext(ctx, r.channel, r.user, options...)
			})
		}
		if err == nil {
			r.remember(said{})
		}
		return wrap(err, "reply to %s alone in %s", r.user, r.channel)
	}
	ts, err := r.post(ctx, r.channel, r.threadOf(kind), m)
	if err == nil {
		r.posted(kind, ts)
	}
	return wrap(err, "reply in %s", r.channel)
}

// postDM posts to the person's direct messages with the bot.
func (r *responder) postDM(ctx context.Context, kind consumer.PostKind, m consumer.Rendered) error {
	dm, err := r.openDM(ctx)
	if err != nil {
		return err
	}
	ts, err := r.post(ctx, dm, "", m)
	if err == nil && kind != consumer.PostDM {
		r.remember(said{channel: dm, ts: ts})
	}
	return wrap(err, "send %s a direct message", r.user)
}

// post posts a message that is kept, and returns an unknownError when that may have
// worked.
func (r *responder) post(ctx context.Context, channel, thread string, m consumer.Rendered) (ts string, err error) {
	options, err := r.options(m, thread)
	if err != nil {
		return "", err
	}
	metadata, err := r.metadata(consumer.PostKey(ctx), m)
	if err != nil {
		return "", err
	}
	if len(metadata.EventPayload) > 0 {
		options = append(options, slack.MsgOptionMetadata(metadata))
	}
	err = attempt(r.mark(ctx), func(ctx context.Context) (string, error) {
		_, ts, err = r.api.PostMessageContext(ctx, channel, options...)
		return ts, err
	})
	return ts, err
}

// metadata is the metadata of a post with a key.
func (r *responder) metadata(key string, m consumer.Rendered) (slack.SlackMetadata, error) {
	payload := map[string]any{}
	if sender := m.Notice.Metadata; len(sender) > 0 {
		if err := json.Unmarshal(sender, &payload); err != nil {
			return slack.SlackMetadata{}, &noticeError{"invalid_metadata", "metadata must be a JSON object", false}
		}
		if key != "" {
			payload[sendKey] = key
		}
		return slack.SlackMetadata{EventType: sendEvent, EventPayload: payload}, nil
	}
	if key != "" {
		payload[postKey] = key
	}
	if r.user != "" {
		payload[postAsker] = r.user
	}
	return slack.SlackMetadata{EventType: postEvent, EventPayload: payload}, nil
}

// options are the parameters of the call that posts a message, in a thread or "".
func (r *responder) options(m consumer.Rendered, thread string) ([]slack.MsgOption, error) {
	c, err := contentOf(m, r.user)
	if err != nil {
		return nil, err
	}
	options := []slack.MsgOption{slack.MsgOptionText(c.text, false)}
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	if m.Unfurl {
		options = append(options, slack.MsgOptionEnableLinkUnfurl())
	} else {
		options = append(options, slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	}
	if m.Notice.Literal {
		options = append(options, slack.MsgOptionDisableMarkdown())
	}
	if len(c.blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(c.blocks...))
	}
	return append(options, slack.MsgOptionAttachments(c.attachments...)), nil
}

// content is a message as Slack has it. Without blocks its text is shown; with them the
// text is for notifications.
type content struct {
	text        string
	blocks      []slack.Block
	attachments []slack.Attachment
}

// style puts the text of a notice below a bar of its colour, and adds its images.
// Source: https://docs.slack.dev/messaging/formatting-message-text#secondary_attachments
func (c *content) style(n consumer.NoticeStyle) {
	if color := colors[n.Status]; color != "" {
		a := slack.Attachment{Color: color, Text: c.text, Fallback: n.Fallback}
		if !n.Literal {
			a.MarkdownIn = []string{"text"}
		}
		c.text, c.attachments = "", []slack.Attachment{a}
	}
	for _, address := range n.Images {
		c.attachments = append(c.attachments, slack.Attachment{ImageURL: address, Fallback: markup.EscapeReferences(address)})
	}
}

var colors = map[event.Status]string{event.OK: "good", event.Error: "danger"}

// contentOf returns the content of a message that answers a person.
func contentOf(m consumer.Rendered, asker string) (content, error) {
	c := content{text: m.Text}
	if m.Native != nil {
		native, err := blockkit.ParseNative(m.Native)
		c.blocks, c.attachments = native.Blocks, native.Attachments
		return c, err
	}
	c.style(m.Notice)
	if a := m.Attachment; a != nil {
		c.attachments = []slack.Attachment{{Title: a.Title, Text: a.Text, Footer: a.Footer, Fallback: a.Title}}
	}
	if len(m.Components) == 0 {
		return c, nil
	}
	// What Mrkdwn has written is read as it was meant.
	blocks, err := blockkit.Message(markup.Parse(m.Text), m.Components, asker)
	c.blocks = blocks
	return c, err
}
