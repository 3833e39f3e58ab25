package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/slack/blockkit"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

const (
	// maxText is the maximum length of a message's text. Slack advises up to 4,000
	// characters; counted in bytes, no text exceeds that.
	// Source: https://docs.slack.dev/reference/methods/chat.postMessage
	maxText = 4000
	// maxAddressed is how many people a reply addresses: the first that the message
	// mentions. It is more than anybody welcomes at once, and fewer than would let
	// somebody use the bot to notify a whole workspace again.
	maxAddressed = 10
)

// Render renders a reply for Slack. It notifies nobody but the people whom
// it mentions by id: see slacktext.Mrkdwn. Until the channel directory is filled,
// channels are not linked and no line is left out. Another error of the directory
// is returned, so that the event is retried. Controls are below the last message. A
// rendering of the reply's own for Slack makes one message.
func (r *responder) Render(ctx context.Context, reply handler.Reply) ([]consumer.Rendered, error) {
	native := reply.Native[event.Slack]
	if err := checkControls(native, reply.Components); err != nil {
		return nil, err
	}
	text := markup.Parse(reply.Text)
	docs := []*markup.Doc{&text}
	var title, body, footer markup.Doc
	if a := reply.Attachment; a != nil {
		title, body, footer = markup.Parse(a.Title), markup.Parse(a.Text), markup.Parse(a.Footer)
		docs = append(docs, &title, &body, &footer)
	}
	named := len(text.ChannelNames()) > 0
	if err := r.linkChannels(ctx, docs); err != nil {
		return nil, err
	}
	if named && text.Blank() && reply.Attachment == nil && native == nil {
		return nil, nil
	}
	if reply.MentionUsers {
		text = text.Address(r.mentions[:min(len(r.mentions), maxAddressed)]...)
	}
	var messages []consumer.Rendered
	if whole := slacktext.Mrkdwn(text); len(whole) <= maxText {
		messages = append(messages, consumer.Rendered{Text: whole, Unfurl: reply.Unfurl})
	} else {
		for _, part := range markup.Split(text, maxText, func(d markup.Doc) int { return len(slacktext.Mrkdwn(d)) }) {
			messages = append(messages, consumer.Rendered{Text: slacktext.Mrkdwn(part), Unfurl: reply.Unfurl})
		}
	}
	if native != nil {
		messages = messages[:1] // the text is for notifications
		messages[0].Native = native
		return messages, nil
	}
	last := &messages[len(messages)-1]
	last.Components = reply.Components
	if reply.Attachment != nil {
		last.Attachment = &handler.Attachment{
			Title: slacktext.Mrkdwn(title), Text: slacktext.Mrkdwn(body), Footer: slacktext.Mrkdwn(footer),
		}
	}
	return messages, nil
}

// checkControls returns an error for what Slack would refuse after the first messages of a
// reply were posted.
func checkControls(native json.RawMessage, components []handler.Component) error {
	if native != nil {
		_, err := blockkit.ParseNative(native)
		return err
	}
	return handler.CheckComponents(components)
}

// linkChannels adds the ids of the channels that docs name, and removes lines that name
// a channel that does not exist. It looks up all names at once.
func (r *responder) linkChannels(ctx context.Context, docs []*markup.Doc) error {
	var names []string
	for _, d := range docs {
		names = append(names, d.ChannelNames()...)
	}
	if len(names) == 0 || r.channels == nil {
		return nil
	}
	ids, err := r.channels.IDs(ctx, names...)
	if errors.Is(err, channeldir.ErrNotFilled) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("link channels in a reply: %w", err)
	}
	idOf := map[string]string{}
	for i, name := range names {
		idOf[name] = ids[i]
	}
	for _, d := range docs {
		*d = d.LinkChannels(func(name string) (id string, ok bool) { return idOf[name], idOf[name] != "" })
	}
	return nil
}
