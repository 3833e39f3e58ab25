package sim

import (
	"fmt"
	"slices"
	"time"
)

// Message is a message as the server keeps it.
type Message struct {
	ID       int64
	Channel  string
	Direct   bool // the channel is a direct conversation
	From     string
	Body     string
	SentAt   time.Time
	ThreadID *int64
	Mentions []string
	Metadata *string
}

// Post is a message to be posted.
type Post struct {
	From, Channel, Body string
	// ThreadID is the message that it replies to, 0 for none.
	ThreadID int64
	// REST posts by REST, so that no socket gets it.
	REST bool
}

// AddChannel makes a channel with members, who must be known.
func (s *Server) AddChannel(name string, public bool, members ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.channel(name) != nil {
		return fmt.Errorf("channel %q exists", name)
	}
	for _, m := range members {
		if s.store.user(m) == nil {
			return fmt.Errorf("nobody is named %q", m)
		}
	}
	s.store.addChannel(name, public, members...)
	return nil
}

// AddGroup makes a mention group, which Admin created.
func (s *Server) AddGroup(slug string, members ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.lastGrp++
	s.store.groups = append(s.store.groups, &group{id: s.store.lastGrp, slug: slug, createdBy: Admin, members: members, createdAt: s.opts.Now()})
}

// Join adds a user to a channel, also to a direct conversation, as REST lets anybody do.
func (s *Server) Join(name, channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.store.user(name)
	if u == nil {
		return fmt.Errorf("nobody is named %q", name)
	}
	return s.join(u, channel, true)
}

// OpenDM finds or makes the direct conversation of two users, and returns its channel.
func (s *Server) OpenDM(name, other string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.store.user(name)
	if u == nil {
		return "", fmt.Errorf("nobody is named %q", name)
	}
	c, _, err := s.openDM(u, other)
	if err != nil {
		return "", err
	}
	return c.name, nil
}

// Say posts a message and returns its id.
func (s *Server) Say(p Post) (int64, error) {
	s.mu.Lock()
	u, c := s.store.user(p.From), s.store.channel(p.Channel)
	if u == nil || c == nil {
		s.mu.Unlock()
		return 0, fmt.Errorf("%s posts to %q: no such user or channel", p.From, p.Channel)
	}
	d := draft{body: p.Body, resolve: !p.REST || !s.is(RESTWithoutMentions)}
	if p.ThreadID != 0 {
		d.thread = &p.ThreadID
	}
	m, err := s.post(u, c, d)
	s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	s.publish(delivery{m: m, rest: p.REST})
	return m.id, nil
}

// Messages returns the messages of a channel, the oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.store.channel(channel)
	if c == nil {
		return nil
	}
	var all []Message
	for _, m := range c.messages {
		all = append(all, m.export())
	}
	return all
}

// export returns a message as tests and the demo see it. Nothing of it changes.
func (m *message) export() Message {
	return Message{m.id, m.channel.name, m.channel.dm, m.from.name, m.body, m.sentAt, m.thread, slices.Clone(m.mentions), m.metadata}
}

// Members returns the members of a channel.
func (s *Server) Members(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.store.channel(channel); c != nil {
		return slices.Clone(c.members)
	}
	return nil
}

// SetRole gives a user a role: "admin", "user", "agent" or "bot".
func (s *Server) SetRole(name, role string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.store.user(name)
	if u == nil || roles[role] == nil {
		return fmt.Errorf("no user %q or no role %q", name, role)
	}
	u.role = role
	return nil
}
