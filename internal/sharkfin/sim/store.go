package sim

import (
	"slices"
	"time"
)

// store is the server's database. The Server's lock guards it.
type store struct {
	users    []*user
	channels []*channel
	lastID   int64 // of messages
	groups   []*group
	lastGrp  int64
	hooks    []*webhook
	settings map[string]string
}

// channel is a channel or a direct conversation.
type channel struct {
	id       int64
	name     string
	public   bool
	dm       bool
	members  []string
	messages []*message
	read     map[string]int64 // the last message that a user has read
}

// message is a message of a channel.
type message struct {
	id       int64
	channel  *channel
	from     *user
	body     string
	sentAt   time.Time
	thread   *int64
	metadata *string
	named    []string // the users and the groups that the text names, as it names them
	mentions []string // the users whom it mentions, members of groups among them
}

type group struct {
	id        int64
	slug      string
	createdBy string
	members   []string
	createdAt time.Time
}

type webhook struct {
	id    string
	owner string
	url   string
}

func newStore() store { return store{settings: map[string]string{}} }

func (st *store) user(name string) *user {
	for _, u := range st.users {
		if u.name == name {
			return u
		}
	}
	return nil
}

func (st *store) channel(name string) *channel {
	for _, c := range st.channels {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (st *store) group(slug string) *group {
	for _, g := range st.groups {
		if g.slug == slug {
			return g
		}
	}
	return nil
}

func (st *store) addChannel(name string, public bool, members ...string) *channel {
	c := &channel{id: int64(len(st.channels) + 1), name: name, public: public, members: members, read: map[string]int64{}}
	st.channels = append(st.channels, c)
	return c
}

func (c *channel) has(name string) bool { return slices.Contains(c.members, name) }

func (c *channel) kind() string {
	if c.dm {
		return "dm"
	}
	return "channel"
}

// message returns the message with an id, or nil.
func (c *channel) message(id int64) *message {
	i, found := slices.BinarySearchFunc(c.messages, id, func(m *message, id int64) int { return int(m.id - id) })
	if !found {
		return nil
	}
	return c.messages[i]
}

// query selects a page of a channel's messages.
type query struct {
	before, after, thread *int64
	limit                 int
}

// page returns a page, the oldest first. s.mu is held.
func (s *Server) page(c *channel, q query) []*message {
	if q.before != nil && q.after != nil && s.is(BeforeWins) {
		q.after = nil
	}
	limit := q.limit
	switch {
	case limit <= 0:
		limit = defaultPage
	case limit > longestPage && s.is(LongLimitIs50):
		limit = defaultPage
	case limit > longestPage:
		limit = longestPage
	}
	var found []*message
	for _, m := range c.messages {
		if (q.before == nil || m.id < *q.before) && (q.after == nil || m.id > *q.after) && (q.thread == nil || m.thread != nil && *m.thread == *q.thread) {
			found = append(found, m)
		}
	}
	if len(found) <= limit {
		return found
	}
	if q.after != nil {
		return found[:limit]
	}
	return found[len(found)-limit:]
}
