package slack

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/mention"
)

// Directory looks up public channels. A *channeldir.Directory is one.
type Directory interface {
	// ID returns the id of a channel, "" if none has the name, and channeldir.ErrNotFilled.
	ID(ctx context.Context, name string) (string, error)
	// Fresh reports whether a channel that it does not have does not exist.
	Fresh(ctx context.Context) (bool, error)
}

// Chats reads the chats and messages that senders of notifications name, and says what Slack
// cannot do. It calls no API.
type Chats struct{ directory Directory }

// NewChats returns Chats that look channels up in a directory.
func NewChats(d Directory) Chats { return Chats{d} }

var (
	// chatID is the form of the ids of channels, private channels and direct messages.
	chatID = lazyregexp.New(`^[CGD][A-Z0-9]{2,}$`)
	// personID is the form of people's ids.
	personID = lazyregexp.New(`^[UW][A-Z0-9]{2,}$`)
	// address is the form of an e-mail address, roughly: Slack knows those that exist.
	address = lazyregexp.New(`^[^\s@<>,;:"]{1,64}@[^\s@<>,;:"]{1,190}\.[^\s@<>,;:"]{2,63}$`)
	// timestamp is the form of a message's id.
	timestamp = lazyregexp.New(`^[0-9]{10}\.[0-9]{6}$`)
)

// maxChannelName is how many characters the name of a channel has at most.
// Source: https://docs.slack.dev/reference/methods/conversations.create
const maxChannelName = 80

// Chat returns the chat that a text names: an id, #name or name of a public channel, or a
// person's e-mail address. It returns the zero Chat if none has that name. known is false for
// a name that the directory does not have and may be too old to have.
func (c Chats) Chat(ctx context.Context, text string) (chat event.Chat, known bool, err error) {
	name := strings.TrimPrefix(text, "#")
	switch {
	case chatID().MatchString(text):
		return event.Chat{ID: text}, true, nil
	case address().MatchString(text):
		return event.Chat{Email: strings.ToLower(text)}, true, nil
	case !isChannelName(name):
		return event.Chat{}, true, nil
	}
	id, err := c.directory.ID(ctx, name)
	switch {
	case errors.Is(err, channeldir.ErrNotFilled):
		return event.Chat{Name: name}, false, nil
	case err != nil:
		return event.Chat{}, false, err
	case id != "":
		return event.Chat{ID: id, Name: name}, true, nil
	}
	fresh, err := c.directory.Fresh(ctx)
	if err != nil || fresh {
		return event.Chat{}, true, err
	}
	return event.Chat{Name: name}, false, nil
}

// isChannelName reports whether a channel may have a name. Names have letters of any script,
// of which none is a capital.
func isChannelName(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxChannelName && !strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsUpper(r) || !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
}

// Thread returns the message that a text names as that of a receipt's sync_id, such as
// C012ABCDEF0/1795700000.000100: the text itself, or the timestamp of a message in chat. It
// reports false for what names none there.
func (c Chats) Thread(text string, chat event.Chat) (message string, ok bool) {
	id, ts, both := strings.Cut(text, "/")
	if !both {
		id, ts = chat.ID, text
	}
	if !timestamp().MatchString(ts) || both && !chatID().MatchString(id) || chat.ID != "" && id != chat.ID {
		return "", false
	}
	if id == "" {
		return ts, true
	}
	return id + "/" + ts, true
}

// Unsupported returns the wishes of a message that Slack cannot fulfil, each with why, or
// with another way to get the same.
func (c Chats) Unsupported(m event.Message) map[string]string {
	wishes := map[string]string{}
	wish := func(wanted bool, name, why string) {
		if wanted {
			wishes[name] = why
		}
	}
	wish(m.Options.Silent, "opts.silent", "Slack cannot hide the answers of people")
	wish(m.Options.Stealth, "opts.stealth", "Slack has no stealth mode")
	wish(m.Options.ForceDND, "opts.force_dnd", "Slack lets nobody override \"do not disturb\"")
	wish(m.Options.NoNotify, "opts.no_notify", "Slack has no silent messages; a reply in a thread notifies fewer people")
	wish(len(m.Mentions) > 0, "mentions", "they are BotX's; write @mention[email:…] into the message")
	if m.Parse {
		for _, found := range mention.Find(m.Text) {
			wish(found.Kind == mention.ID && !personID().MatchString(found.Value), "mention[huid]", "Slack's ids of people are such as U012ABCDEF0; or write @mention[email:…]")
		}
	}
	return wishes
}
