package slack

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
)

// said is a message of the bot's. The zero value is one that cannot be changed: an
// ephemeral one.
type said struct {
	channel, ts string
	// hook is true for a message that the response_url replaces: an ephemeral one that was
	// pressed, or what it posted itself, which has no known timestamp.
	hook bool
}

// remember keeps the first message that Reply or ReplyEphemeral posted.
func (r *responder) remember(m said) { r.first.CompareAndSwap(nil, &m) }

// Edit replaces the message that was pressed or reacted to, or else the first message that
// this run posted. The zero Reply removes it. It returns handler.ErrUnsupported if there is
// no such message, or if Slack cannot change it.
func (r *responder) Edit(ctx context.Context, reply handler.Reply) error {
	target := r.edits
	if target == nil {
		target = r.first.Load()
	}
	switch {
	case target == nil:
		return fmt.Errorf("replace a message: none was pressed, and this run has posted none: %w", handler.ErrUnsupported)
	case *target == said{}:
		return fmt.Errorf("replace a message that only one person sees: %w", handler.ErrUnsupported)
	case removes(reply):
		return r.remove(ctx, *target)
	}
	messages, err := r.Render(ctx, reply)
	if err != nil || len(messages) == 0 {
		return err
	}
	c, err := wholeContent(messages, r.user)
	if err != nil {
		return err
	}
	if target.hook {
		unfurl := messages[0].Unfurl
		return wrap(r.hook.send(r.mark(ctx), hookMessage{
			Text: c.text, Blocks: c.blocks, Attachments: c.attachments, Replace: true, UnfurlLinks: unfurl, UnfurlMedia: unfurl,
		}), "replace a message through the response_url")
	}
	// Empty lists, unlike missing ones, remove what the message had.
	_, _, _, err = r.api.UpdateMessageContext(r.mark(ctx), target.channel, target.ts,
		slack.MsgOptionText(c.text, false), slack.MsgOptionParse(false),
		slack.MsgOptionBlocks(c.blocks...), slack.MsgOptionAttachments(append([]slack.Attachment{}, c.attachments...)...))
	return wrap(err, "replace a message in %s", target.channel)
}

// remove removes a message. One that is gone already is no error.
func (r *responder) remove(ctx context.Context, target said) error {
	if target.hook {
		return wrap(r.hook.send(r.mark(ctx), hookDeletion{true}), "remove a message through the response_url")
	}
	_, _, err := r.api.DeleteMessageContext(r.mark(ctx), target.channel, target.ts)
	if isSlackError(err, "message_not_found") {
		return nil
	}
	return wrap(err, "remove a message in %s", target.channel)
}

// removes reports whether a reply is the zero Reply.
func removes(r handler.Reply) bool {
	return r.Text == "" && r.Attachment == nil && len(r.Components) == 0 && len(r.Native) == 0
}

// wholeContent returns the content of one message for all parts of a reply. A long text is
// in its blocks.
func wholeContent(messages []consumer.Rendered, asker string) (content, error) {
	last := messages[len(messages)-1]
	if len(messages) == 1 {
		return contentOf(last, asker)
	}
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = m.Text
	}
	c, err := contentOf(last, asker)
	if err != nil {
		return content{}, err
	}
	c.text = messages[0].Text
	c.blocks, err = blockkit.Message(markup.Parse(strings.Join(texts, "\n")), last.Components, asker)
	return c, err
}
