package sim

import (
	"fmt"
	"time"
)

// Edit changes the text of a person's message. The app gets a message event of subtype message_changed.
func (w *Workspace) Edit(user, channel, ts, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.ofPerson(user, channel, ts)
	if err != nil {
		return fmt.Errorf("edit a message: %w", err)
	}
	before := w.stored(m, false)
	m.Text, m.Edited = text, stamp(time.Now())
	w.tell("message", *m)
	return w.sendChange(m, "message_changed", map[string]any{"message": w.stored(m, false), "previous_message": before})
}

// Delete deletes a person's message. The app gets a message event of subtype message_deleted.
func (w *Workspace) Delete(user, channel, ts string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.ofPerson(user, channel, ts)
	if err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	before := w.stored(m, false)
	w.remove(m)
	return w.sendChange(m, "message_deleted", map[string]any{"deleted_ts": m.TS, "previous_message": before})
}

// ofPerson returns a message that a person may change. w.mu is held.
func (w *Workspace) ofPerson(user, channel, ts string) (*Message, error) {
	m := w.message(channel, ts)
	switch {
	case m == nil || m.EphemeralFor != "":
		return nil, fmt.Errorf("%s in %s: %w", ts, channel, ErrNotFound)
	case m.User != user || m.Subtype != "":
		return nil, fmt.Errorf("%s in %s: %w", ts, channel, errNotYours)
	}
	return m, nil
}

// sendChange sends the event about a changed message. w.mu is held.
// Source: https://docs.slack.dev/reference/events/message/message_changed
func (w *Workspace) sendChange(m *Message, subtype string, fields map[string]any) error {
	now := stamp(time.Now())
	event := map[string]any{
		"type": "message", "subtype": subtype, "hidden": true, "channel": m.Channel, "channel_type": w.channel(m.Channel).Kind, "ts": now, "event_ts": now,
	}
	for name, value := range fields {
		event[name] = value
	}
	return w.send(event, nil)
}
