package sim

import (
	"net/http"
	"slices"
)

// servePresence serves /presence. A user who has one is online.
func (s *Server) servePresence(w http.ResponseWriter, r *http.Request) {
	c := s.upgrade(w, r, presenceKind)
	if c == nil {
		return
	}
	defer c.leave()
	name := c.user.name
	s.mu.Lock()
	s.presence[name] = c
	s.mu.Unlock()
	c.serve(func([]byte) {})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.presence[name] == c {
		delete(s.presence, name)
	}
}

// serveNotifications serves /notifications/subscribe. All connections of an identity get all.
func (s *Server) serveNotifications(w http.ResponseWriter, r *http.Request) {
	c := s.upgrade(w, r, noticeKind)
	if c == nil {
		return
	}
	defer c.leave()
	c.serve(func([]byte) {})
}

// concern is the kind of a message for a user.
type concern int

const (
	nothing concern = iota
	traffic
	mention
	direct
)

// concerns returns the kind of a message for u. s.mu is held.
func (s *Server) concerns(m *message, u *user) concern {
	if m.from == u {
		return nothing
	}
	member := m.channel.has(u.name)
	_, mentions := s.resolve(m.body) // of REST posts, too
	switch {
	case member && m.channel.dm:
		return direct
	case slices.Contains(mentions, u.name) && (member || s.is(BlindHints)):
		return mention
	case member:
		return traffic
	}
	return nothing
}

// pushHint tells the /presence of services of every message in their channels, and that of people
// and agents of mentions and direct messages.
func (s *Server) pushHint(d delivery) {
	m := d.m
	frame := encode(map[string]any{"type": "message.new", "d": map[string]any{
		"channel": m.channel.name, "channel_type": m.channel.kind(), "from": m.from.name, "message_id": m.id,
	}})
	s.mu.Lock()
	var receivers []*conn
	for c := range s.open {
		if c.kind != presenceKind || s.is(ReplaceSockets) && s.presence[c.user.name] != c {
			continue
		}
		if what := s.concerns(m, c.user); what > traffic || what == traffic && c.user.kind == Service {
			receivers = append(receivers, c)
		}
	}
	s.mu.Unlock()
	s.hint(receivers, frame)
}

// pushNotice tells every /notifications/subscribe of messages, without their ids.
func (s *Server) pushNotice(d delivery) {
	m := d.m
	frames := map[concern][]byte{
		traffic: encode(map[string]string{"title": "New message in #" + m.channel.name, "urgency": "passive", "route": "/chat"}),
		mention: encode(map[string]string{"title": "Mention in #" + m.channel.name, "body": m.body, "urgency": "active", "route": "/chat"}),
		direct:  encode(map[string]string{"title": "DM from " + m.from.name, "body": m.body, "urgency": "active", "route": "/chat"}),
	}
	receivers := map[concern][]*conn{}
	s.mu.Lock()
	for c := range s.open {
		if c.kind == noticeKind {
			what := s.concerns(m, c.user)
			receivers[what] = append(receivers[what], c)
		}
	}
	s.mu.Unlock()
	for what, frame := range frames {
		s.hint(receivers[what], frame)
	}
}

// hint queues a frame for sockets, and counts those that have no room for it.
func (s *Server) hint(receivers []*conn, frame []byte) {
	wait := !s.has(DropPushes)
	for _, c := range receivers {
		if !c.put(frame, wait) {
			s.mu.Lock()
			s.stats.HintsDropped++
			s.mu.Unlock()
		}
	}
}
