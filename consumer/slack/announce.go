package slack

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/notification"
)

// ChannelID looks up a channel's id.
type ChannelID interface {
	// ID returns "" when no public channel has that name.
	ID(ctx context.Context, name string) (string, error)
}

// Announcer posts announcements in Slack's channels.
type Announcer struct {
	api      API
	channels ChannelID
	bot      Identity
}

// NewAnnouncer returns an Announcer for a bot. One that is not identified finds
// earlier posts by their metadata alone.
func NewAnnouncer(api API, channels ChannelID, bot Identity) *Announcer {
	return &Announcer{api, channels, bot}
}

// channelID matches the ids of public and private channels; names have no capital
// letters.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

// IsChannelID reports whether a channel is named by its id.
func IsChannelID(channel string) bool { return channelID.MatchString(channel) }

// Announcement implements consumer.Announcer. A channel that is not in the
// directory is an error and not a refusal: an operator can create it while the
// announcement waits for its next try.
func (a *Announcer) Announcement(ctx context.Context, n notification.Notification) (consumer.Responder, handler.Reply, error) {
	id := n.Channel
	if !IsChannelID(id) {
		var err error
		if id, err = a.channels.ID(ctx, n.Channel); err != nil {
			return nil, handler.Reply{}, err
		}
		if id == "" {
			return nil, handler.Reply{}, fmt.Errorf("announce in #%s: no public channel has that name; create it, or name another where this one is configured", n.Channel)
		}
	}
	return &responder{api: a.api, bot: a.bot, channel: id}, handler.Text(announcement(n)), nil
}

// Announce posts an announcement once. An error says whether it may have been
// posted all the same.
func (a *Announcer) Announce(ctx context.Context, n notification.Notification) error {
	r, reply, err := a.Announcement(ctx, n)
	if err != nil {
		return err
	}
	return r.Reply(ctx, reply)
}

// announcement writes a notification in the dialect of handler/markup. Marks in its
// text keep their meaning.
func announcement(n notification.Notification) string {
	var parts []string
	if n.Text != "" {
		parts = append(parts, markup.EscapeReferences(n.Text))
	}
	switch {
	case n.Link != "" && n.Title != "":
		parts = append(parts, "<"+linkEscaper.Replace(n.Link)+"|"+labelEscaper.Replace(n.Title)+">")
	case n.Link != "":
		parts = append(parts, "<"+linkEscaper.Replace(n.Link)+">")
	}
	return strings.Join(parts, " ")
}

// What would end a link, or its address, is written otherwise.
var (
	linkEscaper  = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\n", "%0A")
	labelEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ")
)
