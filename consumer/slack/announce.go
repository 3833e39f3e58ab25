package slack

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
)

// channelID is the form of the ids of public and private channels; a name has no
// capital letters.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

// IsChannelID reports whether a channel is named by its id.
func IsChannelID(channel string) bool { return channelID.MatchString(channel) }

// Post implements consumer.Poster. A channel that is not in the directory is an
// error and not a refusal: an operator can create it while the message is retried.
func (p *Platform) Post(ctx context.Context, m event.Message) (consumer.Responder, handler.Reply, error) {
	id := m.Chat.ID
	switch {
	case id != "":
	case IsChannelID(m.Chat.Name):
		id = m.Chat.Name
	default:
		var err error
		if id, err = p.channels.ID(ctx, m.Chat.Name); err != nil {
			return nil, handler.Reply{}, err
		}
		if id == "" {
			return nil, handler.Reply{}, fmt.Errorf("post in #%s: no public channel has that name; create it, or name another where this one is configured", m.Chat.Name)
		}
	}
	return &responder{api: p.api, bot: p.bot, channel: id}, handler.Text(posting(m)), nil
}

// posting writes a message to post in the dialect of handler/markup. Marks in its
// text keep their meaning.
func posting(m event.Message) string {
	var parts []string
	if m.Text != "" {
		parts = append(parts, markup.EscapeReferences(m.Text))
	}
	switch {
	case m.Link != "" && m.Title != "":
		parts = append(parts, "<"+linkEscaper.Replace(m.Link)+"|"+labelEscaper.Replace(m.Title)+">")
	case m.Link != "":
		parts = append(parts, "<"+linkEscaper.Replace(m.Link)+">")
	}
	return strings.Join(parts, " ")
}

// These characters would end a link or its address, so they are replaced.
var (
	linkEscaper  = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\n", "%0A")
	labelEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ")
)
