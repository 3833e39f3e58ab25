package sim

import "slices"

// list returns a list as the server writes it: an empty one is null. s.mu is held.
func list[T any](s *Server, items []T) any {
	if len(items) == 0 && s.is(NullLists) {
		return nil
	}
	if items == nil {
		items = []T{}
	}
	return items
}

// userList returns all users. Those with a /presence are online. s.mu is held.
func (s *Server) userList() any {
	type item struct {
		Username string `json:"username"`
		Online   bool   `json:"online"`
		Type     string `json:"type"`
		State    string `json:"state,omitempty"`
	}
	var items []item
	for _, u := range s.store.users {
		i := item{Username: u.name, Type: u.kind, Online: s.presence[u.name] != nil}
		if i.Online {
			if i.State = s.states[u.name]; i.State == "" {
				i.State = "idle"
			}
		}
		items = append(items, i)
	}
	return list(s, items)
}

// channelItem is a channel in a list.
type channelItem struct {
	ID     int64  `json:"id,omitempty"`
	Name   string `json:"name"`
	Public bool   `json:"public"`
	Member *bool  `json:"member,omitempty"`
}

// channelItems returns all channels but direct conversations. s.mu is held.
func (s *Server) channelItems(u *user) []channelItem {
	var items []channelItem
	for _, c := range s.store.channels {
		if !c.dm {
			items = append(items, channelItem{c.id, c.name, c.public, new(c.has(u.name))})
		}
	}
	return items
}

// channelList returns the channels as sockets get them, foreign private ones among them, or as
// MCP does. s.mu is held.
func (s *Server) channelList(u *user, socket bool) any {
	items := s.channelItems(u)
	if !socket {
		items = slices.DeleteFunc(items, func(i channelItem) bool { return !i.Public && !*i.Member })
	}
	for i := range items {
		items[i].ID = 0
		if !socket {
			items[i].Member = nil
		}
	}
	return list(s, items)
}

// item is a message in an answer.
type item struct {
	ID       int64    `json:"id,omitempty"`
	Channel  string   `json:"channel,omitempty"`
	From     string   `json:"from"`
	Body     string   `json:"body"`
	SentAt   string   `json:"sent_at"`
	ThreadID *int64   `json:"thread_id,omitempty"`
	Mentions []string `json:"mentions,omitempty"`
	Metadata *string  `json:"metadata,omitempty"`
}

func (m *message) item() item {
	return item{m.id, m.channel.name, m.from.name, m.body, timestamp(m.sentAt), m.thread, m.mentions, m.metadata}
}

// history returns a page of a channel that u is in. s.mu is held.
func (s *Server) history(u *user, a args) (any, error) {
	c, err := s.findOwn(u, a.Channel)
	if err != nil {
		return nil, err
	}
	var items []item
	for _, m := range s.page(c, query{a.Before, a.After, a.ThreadID, a.Limit}) {
		items = append(items, m.item())
	}
	return list(s, items), nil
}

// unread returns the messages of others that u has not read, and marks them as read. s.mu is held.
func (s *Server) unread(u *user, a args) (any, error) {
	if a.Channel != "" {
		if _, err := s.findOwn(u, a.Channel); err != nil {
			return nil, err
		}
	}
	var items []item
	for _, c := range s.store.channels {
		if !c.has(u.name) || a.Channel != "" && c.name != a.Channel {
			continue
		}
		for _, m := range c.messages {
			switch {
			case m.id <= c.read[u.name] || m.from == u:
			case a.MentionsOnly && !slices.Contains(m.mentions, u.name):
			case a.ThreadID != nil && (m.thread == nil || *m.thread != *a.ThreadID):
			default:
				i := m.item()
				if s.is(UnreadMarksRead) {
					i.ID = 0
					c.read[u.name] = m.id
				}
				items = append(items, i)
			}
		}
	}
	return list(s, items), nil
}

// unreadCounts returns the channels that have unread messages. s.mu is held.
func (s *Server) unreadCounts(u *user) any {
	type count struct {
		Channel      string `json:"channel"`
		Type         string `json:"type"`
		UnreadCount  int    `json:"unread_count"`
		MentionCount int    `json:"mention_count"`
	}
	var counts []count
	for _, c := range s.store.channels {
		n := count{Channel: c.name, Type: c.kind()}
		for _, m := range c.messages {
			if c.has(u.name) && m.id > c.read[u.name] && m.from != u {
				n.UnreadCount++
				if slices.Contains(m.mentions, u.name) {
					n.MentionCount++
				}
			}
		}
		if n.UnreadCount > 0 {
			counts = append(counts, n)
		}
	}
	return list(s, counts)
}

// dmList returns the direct conversations of u. s.mu is held.
func (s *Server) dmList(u *user) any {
	type row struct {
		Channel      string   `json:"channel"`
		Participant  string   `json:"participant,omitempty"`
		Participants []string `json:"participants,omitempty"`
	}
	var rows []row
	for _, c := range s.store.channels {
		if !c.dm || !c.has(u.name) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(c.members), func(name string) bool { return name == u.name })
		if !s.is(DMRows) {
			rows = append(rows, row{Channel: c.name, Participants: others})
			continue
		}
		for _, name := range others {
			rows = append(rows, row{Channel: c.name, Participant: name})
		}
	}
	return list(s, rows)
}
