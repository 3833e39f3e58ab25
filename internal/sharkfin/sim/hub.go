package sim

import (
	"encoding/json"
	"time"
)

// envelope is a frame of /ws.
type envelope struct {
	Type string `json:"type"`
	D    any    `json:"d,omitempty"`
	Ref  string `json:"ref,omitempty"`
	OK   *bool  `json:"ok,omitempty"`
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // v is of our own types
	}
	return data
}

func timestamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// pushMessage pushes a message to the sockets of its channel's members.
func (s *Server) pushMessage(d delivery) {
	if d.done != nil {
		defer close(d.done)
	}
	s.mu.Lock()
	if d.rest && s.is(SilentREST) {
		s.mu.Unlock()
		return
	}
	m := d.m
	data := map[string]any{
		"id": m.id, "channel": m.channel.name, "channel_type": m.channel.kind(), "from": m.from.name, "body": m.body, "sent_at": timestamp(m.sentAt),
	}
	if m.thread != nil {
		data["thread_id"] = *m.thread
	}
	mentions := m.named
	if !s.is(GroupsInPushes) {
		mentions = m.mentions
	}
	if len(mentions) > 0 {
		data["mentions"] = mentions
	}
	if m.metadata != nil {
		data["metadata"] = *m.metadata
	}
	wait := !s.is(DropPushes)
	var receivers []*conn
	for _, name := range m.channel.members {
		if name == m.from.name && !s.is(EchoToSender) {
			continue
		}
		if s.dropNext[name] > 0 {
			s.dropNext[name]--
			s.stats.Dropped++
			continue
		}
		receivers = append(receivers, s.receivers(name)...)
	}
	s.mu.Unlock()
	frame := encode(envelope{Type: "message.new", D: data})
	pushed := 0
	for _, c := range receivers {
		if c.put(frame, wait) {
			pushed++
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Pushed += pushed
	s.stats.Dropped += len(receivers) - pushed
}

// receivers returns the sockets of a user that get pushes. s.mu is held.
func (s *Server) receivers(name string) []*conn {
	if s.is(ReplaceSockets) {
		if c := s.sockets[name]; c != nil {
			return []*conn{c}
		}
		return nil
	}
	var all []*conn
	for c := range s.open {
		if c.kind == wsKind && c.user.name == name {
			all = append(all, c)
		}
	}
	return all
}

// PushCapabilities pushes a user's permissions to it, as the server does when its role changes.
func (s *Server) PushCapabilities(name string) {
	s.mu.Lock()
	u := s.store.user(name)
	if u == nil {
		s.mu.Unlock()
		return
	}
	receivers := s.receivers(name)
	frame := encode(envelope{Type: "capabilities", D: map[string]any{"permissions": roles[u.role]}})
	s.mu.Unlock()
	for _, c := range receivers {
		c.put(frame, false)
	}
}

// announce tells the sockets of all others that a user came, went or changed state.
func (s *Server) announce(name, status, state string) {
	data := map[string]any{"username": name, "status": status}
	if state != "" {
		data["state"] = state
	}
	s.mu.Lock()
	var receivers []*conn
	for _, u := range s.store.users {
		if u.name != name {
			receivers = append(receivers, s.receivers(u.name)...)
		}
	}
	s.mu.Unlock()
	frame := encode(envelope{Type: "presence", D: data})
	for _, c := range receivers {
		c.put(frame, false)
	}
}
