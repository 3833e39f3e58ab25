// Package callback runs the handlers of callback rules: it passes events of chats on to
// commands (Exec), to other servers (Webhook), and to functions that a community registers.
// The events come from the queue, so that each is retried until its handler took it or it
// is a dead letter.
//
// The package knows no chat platform, and not which events a rule is for: whoever queues
// an event names the rules.
package callback

import (
	"encoding/json"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

// ids are the ids in a body.
type ids struct {
	sync, bot, chat, user string
}

// idsOf reads the ids in a callback's body, "" for each that it does not have.
func idsOf(c handler.Callback) ids {
	var body struct {
		SyncID any `json:"sync_id"`
		BotID  any `json:"bot_id"`
		From   struct {
			Chat any `json:"group_chat_id"`
			User any `json:"user_huid"`
		} `json:"from"`
	}
	// A body of another shape has no ids that we know of, and its handler may do without.
	_ = json.Unmarshal(c.Body, &body)
	return ids{text(body.SyncID), text(body.BotID), text(body.From.Chat), text(body.From.User)}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// maxID is how many bytes an id may have as a variable or a header. Ids are short; Linux
// starts no process with a variable of 128 KiB.
const maxID = 1 << 10

// passable reports whether a value from outside can be a variable of the environment.
func passable(value string) bool {
	return len(value) <= maxID && !strings.Contains(value, "\x00")
}
