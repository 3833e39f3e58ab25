package sharkfin

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/text"
)

const (
	// maxText is the number of bytes of a message. The server takes up to 1 MiB by REST, and
	// more by its tools, but people's screens are smaller.
	maxText = 60_000
	// maxAddressed is how many people a reply addresses: the first that the message
	// mentions. It is more than anybody welcomes at once, and fewer than would let
	// somebody use the bot to notify a whole server again.
	maxAddressed = 10
)

// Render renders a reply for Sharkfin, as plain text: see text.Plain. An attachment and the
// fallbacks of controls are below the text. It notifies nobody but the people whom it
// mentions. An error of the server's lists of channels and people is returned, so that the
// event is retried.
func (r *responder) Render(ctx context.Context, reply handler.Reply) ([]consumer.Rendered, error) {
	if native := reply.Native[sharkfin.Source]; native != nil {
		message, err := parseNative(native)
		return []consumer.Rendered{message}, err
	}
	if err := handler.CheckComponents(reply.Components); err != nil {
		return nil, err
	}
	body := markup.Parse(reply.Text)
	docs := append([]*markup.Doc{&body}, below(reply)...)
	named := len(body.ChannelNames()) > 0
	if err := r.checkChannels(ctx, docs); err != nil {
		return nil, err
	}
	if named && body.Blank() && reply.Attachment == nil {
		return nil, nil
	}
	if reply.MentionUsers {
		body = body.Address(r.mentions[:min(len(r.mentions), maxAddressed)]...)
	}
	whole := body
	for _, d := range docs[1:] {
		if !d.Blank() {
			whole = append(whole[:len(whole):len(whole)], *d...)
		}
	}
	mentions, err := r.people.mentions(r.mark(ctx), whole)
	if err != nil {
		return nil, err
	}
	return split(whole, mentions), nil
}

// below returns what stands below the text of a reply.
func below(reply handler.Reply) []*markup.Doc {
	var docs []*markup.Doc
	add := func(text string) {
		d := markup.Parse(text)
		docs = append(docs, &d)
	}
	if a := reply.Attachment; a != nil {
		add(a.Title)
		add(a.Text)
		add(a.Footer)
	}
	for _, c := range reply.Components {
		switch {
		case c.URL != "":
			docs = append(docs, &markup.Doc{{Item: true, Nodes: []markup.Node{{Kind: markup.Link, Target: c.URL, Text: c.Label}}}})
		case c.Fallback != "":
			docs = append(docs, &markup.Doc{{Item: true, Nodes: []markup.Node{{Kind: markup.Text, Text: c.Label + ": " + c.Fallback}}}})
		}
	}
	return docs
}

// split returns the messages of a text, at least one.
func split(d markup.Doc, mentions func(string) bool) []consumer.Rendered {
	if whole := text.Plain(d, mentions); len(whole) <= maxText {
		return []consumer.Rendered{{Text: whole}}
	}
	var messages []consumer.Rendered
	for _, part := range markup.Split(d, maxText, func(d markup.Doc) int { return len(text.Plain(d, mentions)) }) {
		messages = append(messages, consumer.Rendered{Text: text.Plain(part, mentions)})
	}
	return messages
}

// parseNative reads a rendering of a reply's own for Sharkfin: an object with the message's
// text, {"message": "…"}.
func parseNative(native json.RawMessage) (consumer.Rendered, error) {
	var message struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(native, &message); err != nil || message.Message == "" {
		return consumer.Rendered{}, &refusal{"invalid_native", `a reply's own rendering for Sharkfin must be {"message": "…"}, with a text`, consumer.Final}
	}
	return consumer.Rendered{Text: message.Message}, nil
}

// checkChannels removes the lines of docs that name a channel that does not exist. It looks up
// all names at once. The others stay names.
func (r *responder) checkChannels(ctx context.Context, docs []*markup.Doc) error {
	var names []string
	for _, d := range docs {
		names = append(names, d.ChannelNames()...)
	}
	if len(names) == 0 || r.channels == nil {
		return nil
	}
	ids, err := r.channels.IDs(ctx, names...)
	if err != nil {
		return fmt.Errorf("look up the channels of a reply: %w", err)
	}
	exists := map[string]bool{}
	for i, name := range names {
		exists[name] = ids[i] != ""
	}
	for _, d := range docs {
		*d = d.LinkChannels(func(name string) (id string, ok bool) { return "", exists[name] })
	}
	return nil
}
