package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// CreateChannel makes a public channel and returns its id.
func (w *Workspace) CreateChannel(name string) (id string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.newPublic(name)
	w.channels = append(w.channels, c)
	w.tell("channel", c)
	return c.ID, w.changed("channel_created", map[string]any{"id": c.ID, "name": name, "created": time.Now().Unix(), "creator": w.people[1].ID})
}

// newPublic returns the next public channel, which only the bot is in. w.mu is held, or w is new.
func (w *Workspace) newPublic(name string) Channel {
	return Channel{ID: fmt.Sprintf("C%02d%s", len(w.channels)+1, strings.ToUpper(name)), Name: name, Kind: publicKind, Members: []string{BotUserID}}
}

// RemoveBot takes the bot out of a public channel.
func (w *Workspace) RemoveBot(id string) error {
	return w.change(id, func(c *Channel) error {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(member string) bool { return member == BotUserID })
		return nil
	})
}

// RenameChannel gives a public channel another name.
func (w *Workspace) RenameChannel(id, name string) error {
	return w.change(id, func(c *Channel) error {
		c.Name = name
		return w.changed("channel_rename", map[string]any{"id": id, "name": name, "created": time.Now().Unix()})
	})
}

// ArchiveChannel archives a public channel.
func (w *Workspace) ArchiveChannel(id string) error {
	return w.change(id, func(c *Channel) error {
		c.Archived = true
		return w.changed("channel_archive", id)
	})
}

// UnarchiveChannel brings an archived channel back.
func (w *Workspace) UnarchiveChannel(id string) error {
	return w.change(id, func(c *Channel) error {
		c.Archived = false
		return w.changed("channel_unarchive", id)
	})
}

// RestrictPosting has only admins post in a public channel, among whom the bot is.
func (w *Workspace) RestrictPosting(id string) error {
	return w.change(id, func(c *Channel) error {
		c.Restricted = true
		return nil
	})
}

func (w *Workspace) change(id string, do func(*Channel) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.channels, func(c Channel) bool { return c.ID == id && c.Kind == publicKind })
	if i < 0 {
		return fmt.Errorf("channel %q: %w", id, ErrNotFound)
	}
	err := do(&w.channels[i])
	w.tell("channel", w.channels[i])
	return err
}

// changed sends the event about a channel. w.mu is held.
func (w *Workspace) changed(kind string, channel any) error {
	now := time.Now()
	return w.send(map[string]any{"type": kind, "channel": channel, "event_ts": fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)}, nil)
}

func conversationInfo(w *Workspace, f form) (map[string]any, string) {
	c := w.channel(f["channel"])
	switch {
	case c == nil, !c.seenBy(BotUserID):
		return nil, "channel_not_found"
	case !w.hasOf(c.Kind, "read"):
		return nil, "missing_scope"
	}
	return map[string]any{"channel": conversation(*c)}, ""
}

// conversation is a channel as the Web API shows it.
// Source: https://docs.slack.dev/reference/objects/conversation-object
func conversation(c Channel) map[string]any {
	shown := map[string]any{
		"id": c.ID, "name": c.Name, "is_channel": c.Kind == publicKind || c.Kind == privateKind, "is_im": c.Kind == directKind, "is_mpim": c.Kind == groupKind,
		"is_private": c.Kind != publicKind, "is_archived": c.Archived, "is_member": slices.Contains(c.Members, BotUserID), "num_members": len(c.Members),
		"topic": map[string]any{"value": c.Topic},
	}
	if c.Restricted { // in a shape that is not documented, and that Slack was seen to answer
		shown["properties"] = map[string]any{"posting_restricted_to": []string{"admin"}}
	}
	return shown
}

func openConversation(w *Workspace, f form) (map[string]any, string) {
	if w.person(f["users"]) == nil {
		return nil, "user_not_found"
	}
	for _, c := range w.channels {
		if c.Kind == directKind && c.Members[0] == f["users"] {
			return map[string]any{"channel": map[string]any{"id": c.ID}}, ""
		}
	}
	return nil, "user_not_found"
}

// listConversations lists the public channels.
func listConversations(w *Workspace, f form) (map[string]any, string) {
	asked, code := f.paging(1000)
	if code != "" {
		return nil, code
	}
	public := slices.DeleteFunc(slices.Clone(w.channels), func(c Channel) bool {
		return c.Kind != publicKind || c.Archived && f["exclude_archived"] == "true"
	})
	part, next := pageOf(public, asked)
	list := []any{}
	for _, c := range part {
		list = append(list, conversation(c))
	}
	return map[string]any{"channels": list, "response_metadata": map[string]any{"next_cursor": next}}, ""
}
