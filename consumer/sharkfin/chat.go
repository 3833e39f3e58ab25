package sharkfin

import (
	"context"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
)

// refusal is the error of a message that is refused before the server is asked, or whose refusal
// by the server means something else here.
type refusal struct {
	code, text string
	kind       consumer.OutcomeKind
}

func (e *refusal) Error() string { return e.text }

// The codes of refusals.
const (
	codeUnknownChat   = "unknown_chat"
	codeUnknownThread = "unknown_thread"
	codeNotPrivate    = "not_private"
	codeNoFiles       = "no_files"
)

// chatID returns the channel to post in: that of a name, or of the direct messages of "@name".
// The server knows no e-mail addresses. It is not asked whether a channel exists: the post tells.
func (o *outbox) chatID(ctx context.Context, c event.Chat) (string, error) {
	name := strings.TrimPrefix(c.Name, "#")
	switch {
	case c.ID != "":
		return c.ID, nil
	case strings.HasPrefix(name, "@"):
		return o.openDM(ctx, name[1:])
	case name != "":
		return name, nil
	default:
		return "", &refusal{codeUnknownChat, "Sharkfin knows no e-mail addresses: name a channel, or a person as @name", consumer.Final}
	}
}

// threadIn returns the thread that a message names, by the sync_id of a message in the chat, or by
// its number. 0 is none.
func threadIn(chat, thread string) (int64, error) {
	if thread == "" {
		return 0, nil
	}
	ref, ok := sharkfin.ParseRef(thread)
	if !ok || ref.Channel != "" && ref.Channel != chat {
		return 0, &refusal{codeUnknownThread, "the thread is not in the chat: want the sync_id of a message there, or its number", consumer.Final}
	}
	return ref.ID, nil
}
