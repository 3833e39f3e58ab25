package sim

import (
	"fmt"
	"slices"
	"time"
)

func addReaction(w *Workspace, f form) (map[string]any, string) {
	m := w.message(f["channel"], f["timestamp"])
	switch {
	case w.channel(f["channel"]) == nil:
		return nil, "channel_not_found"
	case m == nil || m.EphemeralFor != "":
		return nil, "message_not_found"
	case f["name"] == "":
		return nil, "no_reaction"
	case !w.react(m, BotUserID, f["name"]):
		return nil, "already_reacted"
	}
	if err := w.sendReaction("reaction_added", BotUserID, f["name"], m); err != nil {
		w.opts.Log.Warn().Err(err).Msg("the event of the bot's own reaction is lost")
	}
	return nil, ""
}

// react adds a person's emoji to a message, or returns false if it is there. w.mu is held.
func (w *Workspace) react(m *Message, user, name string) bool {
	reactions := slices.Clone(m.Reactions) // watchers may be reading the original
	i := slices.IndexFunc(reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i < 0:
		reactions = append(reactions, Reaction{name, []string{user}})
	case slices.Contains(reactions[i].Users, user):
		return false
	default:
		reactions[i].Users = append(slices.Clone(reactions[i].Users), user)
	}
	m.Reactions = reactions
	w.tell("message", *m)
	return true
}

// React adds an emoji of a person to a message, such as "x" for ❌. The app gets the event reaction_added.
func (w *Workspace) React(user, channel, ts, name string) error {
	return w.reaction(user, channel, ts, name, "reaction_added", func(m *Message) error {
		if !w.react(m, user, name) {
			return fmt.Errorf("the reaction %s of %s is already there", name, user)
		}
		return nil
	})
}

// Unreact removes an emoji of a person from a message. The app gets the event reaction_removed.
func (w *Workspace) Unreact(user, channel, ts, name string) error {
	return w.reaction(user, channel, ts, name, "reaction_removed", func(m *Message) error {
		var reactions []Reaction
		found := false
		for _, r := range m.Reactions {
			if r.Name == name && slices.Contains(r.Users, user) {
				found = true
				r.Users = slices.DeleteFunc(slices.Clone(r.Users), func(u string) bool { return u == user })
			}
			if len(r.Users) > 0 {
				reactions = append(reactions, r)
			}
		}
		if !found {
			return fmt.Errorf("reaction %s of %s: %w", name, user, ErrNotFound)
		}
		m.Reactions = append([]Reaction{}, reactions...)
		w.tell("message", *m)
		return nil
	})
}

func (w *Workspace) reaction(user, channel, ts, name, kind string, change func(*Message) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.message(channel, ts)
	if m == nil || m.EphemeralFor != "" || name == "" {
		return fmt.Errorf("react to %s in %s: %w", ts, channel, ErrNotFound)
	}
	if err := w.join(user, channel); err != nil {
		return err
	}
	if err := change(m); err != nil {
		return err
	}
	return w.sendReaction(kind, user, name, m)
}

// sendReaction sends the event about a reaction, also to the bot about its own. w.mu is held.
// Source: https://docs.slack.dev/reference/events/reaction_added
func (w *Workspace) sendReaction(kind, user, name string, m *Message) error {
	return w.send(map[string]any{
		"type": kind, "user": user, "reaction": name, "item_user": m.User, "event_ts": stamp(time.Now()),
		"item": map[string]any{"type": "message", "channel": m.Channel, "ts": m.TS},
	}, nil)
}

// stamp writes a time as Slack writes timestamps.
func stamp(t time.Time) string { return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000) }
