package callback

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gobridge/gopherbot/gateway"
)

const (
	// maxBody is how many bytes a body may have, and maxText the text of one that would
	// have more: JSON has at most six bytes for one of them.
	maxBody = 1 << 20
	maxText = maxBody / 8
)

// occurrence is an event in the shape in which BotX tells its bots of one, so that the
// scripts of express-botx's users read it.
type occurrence struct {
	SyncID  string  `json:"sync_id"`
	Event   string  `json:"event"` // ours
	Command command `json:"command"`
	From    from    `json:"from"`
	BotID   string  `json:"bot_id"`
	// Platform and Truncated are ours.
	Platform  string     `json:"platform"`
	Truncated *truncated `json:"truncated,omitempty"`
}

type command struct {
	Body string   `json:"body"`
	Type string   `json:"command_type"` // "user" or "system"
	Data struct{} `json:"data"`
	Meta struct{} `json:"metadata"`
}

type from struct {
	User string  `json:"user_huid"`
	Chat *string `json:"group_chat_id"`
	Type *string `json:"chat_type"`
}

// truncated says that a text was cut, and how many bytes it had.
type truncated struct {
	Size int `json:"size"`
}

// body returns the body of an event's callbacks, and whether the text in it was cut.
func body(o gateway.Occurrence, source string) (encoded []byte, cut bool, err error) {
	b := occurrence{
		SyncID: o.ID, Event: o.Name, Command: command{Body: o.Text, Type: "user"}, From: from{User: o.User}, BotID: source, Platform: source,
	}
	if o.System {
		b.Command = command{Body: "system:" + o.Name, Type: "system"}
	}
	if o.Chat != "" {
		kind := "group_chat"
		if o.Direct {
			kind = "chat"
		}
		b.From.Chat, b.From.Type = &o.Chat, &kind
	}
	encoded, err = encode(b)
	if err != nil || len(encoded) <= maxBody {
		return encoded, false, err
	}
	b.Truncated = &truncated{len(o.Text)}
	b.Command.Body = strings.ToValidUTF8(o.Text[:min(len(o.Text), maxText)], "")
	encoded, err = encode(b)
	return encoded, true, err
}

// encode returns the JSON of a body without the escapes that HTML needs. Bytes that are no
// UTF-8 become U+FFFD.
func encode(b occurrence) ([]byte, error) {
	var to bytes.Buffer
	encoder := json.NewEncoder(&to)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(b)
	return bytes.TrimSuffix(to.Bytes(), []byte("\n")), err
}
