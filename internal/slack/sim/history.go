package sim

import (
	"slices"
)

// metadata is data that an app attaches to a message for other apps.
type metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// history answers conversations.history: the messages of a channel, without those
// in threads, the latest first.
func history(w *Workspace, f form) (map[string]any, string) {
	return w.readMessages(f, func(m *Message) bool { return m.ThreadTS == "" || m.ThreadTS == m.TS })
}

// replies answers conversations.replies: a message and those in its thread, the
// first first.
func replies(w *Workspace, f form) (map[string]any, string) {
	if f["ts"] == "" {
		return nil, "thread_not_found"
	}
	return w.readMessages(f, func(m *Message) bool { return m.TS == f["ts"] || m.ThreadTS == f["ts"] })
}

// readMessages returns a page of the messages of a channel. The cursor is the place
// of the page's first message. w.mu is held.
func (w *Workspace) readMessages(f form, wanted func(*Message) bool) (map[string]any, string) {
	c := w.channel(f["channel"])
	switch {
	case c == nil:
		return nil, "channel_not_found"
	case !slices.Contains(c.Members, BotUserID):
		return nil, "not_in_channel"
	case !w.hasOf(c.Kind, "history"):
		return nil, "missing_scope"
	}
	asked, code := f.paging(999)
	if code != "" {
		return nil, code
	}
	var all []any
	for _, m := range w.messages {
		if m.Channel == c.ID && m.EphemeralFor == "" && m.TS > f["oldest"] && wanted(m) {
			all = append(all, w.stored(m, f["include_all_metadata"] == "1"))
		}
	}
	if f["ts"] == "" {
		slices.Reverse(all)
	}
	part, next := pageOf(all, asked)
	return map[string]any{
		"messages": append([]any{}, part...), "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next},
	}, ""
}

// stored returns a message in the Web API's form. The caller holds w.mu.
func (w *Workspace) stored(m *Message, withMetadata bool) map[string]any {
	shown := map[string]any{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text, "team": w.opts.TeamID}
	if m.ThreadTS != "" {
		shown["thread_ts"] = m.ThreadTS
	}
	if m.Subtype != "" {
		shown["subtype"] = m.Subtype
	}
	if m.User == BotUserID {
		shown["bot_id"], shown["app_id"] = BotID, w.opts.AppID
	}
	if len(m.Blocks) > 0 {
		shown["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		shown["attachments"] = m.Attachments
	}
	if len(m.Files) > 0 {
		var files []any
		for _, f := range m.Files {
			files = append(files, w.describe(f))
		}
		shown["files"] = files
	}
	if m.Edited != "" {
		shown["edited"] = map[string]any{"user": m.User, "ts": m.Edited}
	}
	if withMetadata && m.metadata.EventType != "" && !w.opts.HideMetadata {
		shown["metadata"] = m.metadata
	}
	return shown
}
