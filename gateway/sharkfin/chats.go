package sharkfin

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
)

// Chats reads the chats and messages that senders of notifications name, and says what
// Sharkfin cannot do. It calls nobody.
type Chats struct{}

// maxChannel is how many bytes the name of a chat may have. The server names no limit.
const maxChannel = 200

// Chat returns the channel that a text names: its name, with "#" or without, which is its id.
// known is false, because consumers find out whether the bot is in it. It returns the zero
// Chat for a text that no channel can have as its name.
func (Chats) Chat(_ context.Context, text string) (chat event.Chat, known bool, err error) {
	name := strings.TrimPrefix(text, "#")
	if name == "" || len(name) > maxChannel || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return event.Chat{}, true, nil
	}
	return event.Chat{ID: name, Name: name}, false, nil
}

// Thread returns the message that a text names as that of a receipt's sync_id, such as
// general/17: the text itself, or the id of a message in chat. It reports false for a text
// that names none there.
func (Chats) Thread(text string, chat event.Chat) (message string, ok bool) {
	ref, ok := sharkfin.ParseRef(text)
	switch {
	case !ok, ref.Channel != "" && chat.ID != "" && ref.Channel != chat.ID:
		return "", false
	case ref.Channel == "" && chat.ID == "":
		return text, true
	case ref.Channel == "":
		ref.Channel = chat.ID
	}
	return ref.String(), true
}

// Unsupported returns the wishes of a message that Sharkfin cannot fulfil, each with why, or
// with another way to get the same.
func (Chats) Unsupported(m event.Message) map[string]string {
	wishes := map[string]string{}
	wish := func(wanted bool, name, why string) {
		if wanted {
			wishes[name] = why
		}
	}
	wish(m.Options.Silent, "opts.silent", "Sharkfin cannot hide the answers of people")
	wish(m.Options.Stealth, "opts.stealth", "Sharkfin has no stealth mode")
	wish(m.Options.ForceDND, "opts.force_dnd", "Sharkfin has no \"do not disturb\"")
	wish(m.Options.NoNotify, "opts.no_notify", "Sharkfin has no silent messages")
	wish(len(m.Mentions) > 0, "mentions", "they are BotX's; write @name into the message")
	return wishes
}
