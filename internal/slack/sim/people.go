package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// add makes a person and their direct messages with the bot. w.mu is held, or
// w is new.
func (w *Workspace) add(name string) (Person, Channel) {
	n, handle := len(w.people), strings.ReplaceAll(name, " ", "")
	p := Person{ID: fmt.Sprintf("U%02d%s", n, strings.ToUpper(handle)), Name: strings.ToLower(handle), RealName: name, Email: strings.ToLower(handle) + "@example.com"}
	dm := Channel{ID: "D" + p.ID[1:], Kind: directKind, Members: []string{p.ID, BotUserID}}
	w.people = append(w.people, p)
	w.channels = append(w.channels, dm)
	return p, dm
}

// newcomers are the names of people who join, in this order.
var newcomers = []string{"Grace", "Alan", "Barbara", "Edsger", "Frances", "Ken", "Hedy", "Niklaus", "Radia", "Donald"}

// JoinChannel lets a person join a channel. Joining twice does nothing.
func (w *Workspace) JoinChannel(user, channel string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.join(user, channel)
}

func (w *Workspace) join(user, channel string) error {
	c, p := w.channel(channel), w.person(user)
	if c == nil || p == nil || p.Bot {
		return fmt.Errorf("person %q or channel %q: %w", user, channel, ErrNotFound)
	}
	if slices.Contains(c.Members, user) {
		return nil
	}
	if c.Kind != publicKind {
		return fmt.Errorf("%s is a private conversation of others: %w", channel, ErrNotFound)
	}
	c.Members = append(slices.Clone(c.Members), user)
	w.tell("channel", *c)
	line := w.post(Message{Channel: channel, User: user, Subtype: "channel_join", Text: "<@" + user + "> joined #" + c.Name})
	return errors.Join(
		// Slack sends both: the line in the channel, and the event about it.
		w.send(map[string]any{
			"type": "message", "subtype": "channel_join", "channel": channel, "channel_type": "channel",
			"user": user, "text": line.Text, "ts": line.TS, "event_ts": line.TS,
		}, nil),
		w.send(map[string]any{
			"type": "member_joined_channel", "user": user, "channel": channel, "channel_type": "C",
			"team": w.opts.TeamID, "event_ts": line.TS,
		}, line),
	)
}

// JoinWorkspace lets someone new join the workspace, and #general, which all
// are in.
func (w *Workspace) JoinWorkspace() (Person, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.people) - 3 // without the bot and the first two
	name := fmt.Sprintf("Newcomer %d", n+1)
	if n < len(newcomers) {
		name = newcomers[n]
	}
	p, dm := w.add(name)
	w.tell("person", p)
	w.tell("channel", dm)
	line := w.post(Message{Channel: dm.ID, User: p.ID, Subtype: "channel_join", Text: "<@" + p.ID + "> joined the workspace"})
	err := w.send(map[string]any{
		"type": "team_join", "event_ts": line.TS,
		"user": map[string]any{
			"id": p.ID, "team_id": w.opts.TeamID, "name": p.Name, "real_name": p.RealName, "is_bot": false,
			"profile": map[string]any{"real_name": p.RealName, "display_name": p.Name},
		},
	}, line)
	return p, errors.Join(err, w.join(p.ID, w.channels[0].ID))
}

func (w *Workspace) person(id string) *Person {
	for i := range w.people {
		if w.people[i].ID == id {
			return &w.people[i]
		}
	}
	return nil
}
