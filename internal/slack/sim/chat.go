package sim

import (
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/slack/sim/blockkit"
)

// content is what an app has a message say.
type content struct {
	text        string
	literal     bool
	blocks      []blockkit.Object
	attachments []Attachment
}

// content reads and checks the content of a message. It returns Slack's error for a bad one, and the
// answer that explains it.
func (f form) content() (c content, answer map[string]any, code string) {
	c.text, c.literal = f["text"], f["mrkdwn"] == "false"
	if f["attachments"] != "" {
		if err := json.Unmarshal([]byte(f["attachments"]), &c.attachments); err != nil {
			return c, nil, "invalid_attachments"
		}
	}
	if f["blocks"] != "" {
		var err error
		if c.blocks, err = blockkit.Parse([]byte(f["blocks"]), blockkit.Message); err != nil {
			return c, explain(err), "invalid_blocks"
		}
	}
	switch {
	case c.text == "" && len(c.blocks) == 0 && len(c.attachments) == 0:
		return c, nil, "no_text"
	case utf8.RuneCountInString(c.text) > 40_000:
		return c, nil, "msg_too_long"
	}
	return c, nil, ""
}

// explain returns the part of an answer that says what is wrong with blocks or a view.
func explain(err error) map[string]any {
	return map[string]any{"response_metadata": map[string]any{"messages": blockkit.Messages(err)}}
}

// put has a message say c. w.mu is held, or the message is new.
func (m *Message) put(c content) {
	m.Text, m.Literal, m.Blocks, m.Attachments = c.text, c.literal, c.blocks, c.attachments
	m.controls = &controls{} // those before are gone
}

func postMessage(w *Workspace, f form) (map[string]any, string) {
	return sayAsBot(w, f, Message{})
}

func postEphemeral(w *Workspace, f form) (map[string]any, string) {
	if c := w.channel(f["channel"]); c != nil && !slices.Contains(c.Members, f["user"]) {
		return nil, "user_not_in_channel"
	}
	answer, code := sayAsBot(w, f, Message{EphemeralFor: f["user"]})
	if code == "" {
		answer["message_ts"] = answer["ts"]
	}
	return answer, code
}

func sayAsBot(w *Workspace, f form, m Message) (map[string]any, string) {
	if w.channel(f["channel"]) == nil {
		return nil, "channel_not_found"
	}
	said, answer, code := f.content()
	switch c := w.channel(f["channel"]); {
	case code == "invalid_attachments":
		return nil, code
	case !c.seenBy(BotUserID):
		return nil, "channel_not_found"
	case c.Kind == publicKind && !slices.Contains(c.Members, BotUserID) && (m.EphemeralFor != "" || !w.has("chat:write.public")):
		return nil, "not_in_channel"
	case c.Archived:
		return nil, "is_archived"
	case code != "":
		return answer, code
	}
	if f["metadata"] != "" && m.EphemeralFor == "" {
		if err := json.Unmarshal([]byte(f["metadata"]), &m.metadata); err != nil || m.metadata.EventType == "" {
			return nil, "invalid_metadata_format"
		}
	}
	m.put(said)
	m.Channel, m.ThreadTS, m.User = f["channel"], f["thread_ts"], BotUserID
	posted := w.post(m)
	return map[string]any{"channel": posted.Channel, "ts": posted.TS, "message": w.stored(posted, false)}, ""
}

// ofBot returns a message of the bot's that can be changed. w.mu is held.
func (w *Workspace) ofBot(f form, refused string) (m *Message, code string) {
	m = w.message(f["channel"], f["ts"])
	switch {
	case w.channel(f["channel"]) == nil:
		return nil, "channel_not_found"
	case m == nil, m.EphemeralFor != "": // Slack does not know them any more
		return nil, "message_not_found"
	case m.User != BotUserID:
		return nil, refused
	}
	return m, ""
}

// updateMessage answers chat.update. Blocks stay if neither they nor a text is given.
// Source: https://docs.slack.dev/reference/methods/chat.update
func updateMessage(w *Workspace, f form) (map[string]any, string) {
	m, code := w.ofBot(f, "cant_update_message")
	if code != "" {
		return nil, code
	}
	said, answer, code := f.content()
	if _, given := f["attachments"]; !given {
		said.attachments = m.Attachments
	}
	_, hasBlocks := f["blocks"]
	_, hasText := f["text"]
	if !hasBlocks && !hasText {
		said.text, said.literal, said.blocks = m.Text, m.Literal, m.Blocks
	}
	if code == "no_text" && (said.text != "" || len(said.blocks)+len(said.attachments) > 0) {
		code = ""
	}
	if code != "" {
		return answer, code
	}
	m.put(said)
	w.tell("message", *m)
	return map[string]any{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": w.stored(m, false)}, ""
}

func deleteMessage(w *Workspace, f form) (map[string]any, string) {
	m, code := w.ofBot(f, "cant_delete_message")
	if code != "" {
		return nil, code
	}
	w.remove(m)
	return map[string]any{"channel": m.Channel, "ts": m.TS}, ""
}

// remove deletes a message. w.mu is held.
func (w *Workspace) remove(m *Message) {
	w.messages = slices.DeleteFunc(w.messages, func(other *Message) bool { return other == m })
	w.forget(m)
	w.tell("deleted", *m)
}

// errNotYours is returned when a person changes somebody else's message.
var errNotYours = errors.New("the message is somebody else's")
