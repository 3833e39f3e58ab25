package sim

import (
	"encoding/json"
	"fmt"
)

// args are the arguments of all requests over /ws.
type args struct {
	Name         string   `json:"name"`
	Public       bool     `json:"public"`
	Members      []string `json:"members"`
	Channel      string   `json:"channel"`
	Username     string   `json:"username"`
	State        string   `json:"state"`
	Before       *int64   `json:"before"`
	After        *int64   `json:"after"`
	Limit        int      `json:"limit"`
	ThreadID     *int64   `json:"thread_id"`
	MentionsOnly bool     `json:"mentions_only"`
	MessageID    *int64   `json:"message_id"`
	Key          string   `json:"key"`
	Value        string   `json:"value"`
	Slug         string   `json:"slug"`
}

// handle answers a request over /ws, but for ping and send_message. The result is JSON, or nil.
func (s *Server) handle(c *conn, f frame) (any, error) {
	if err := c.check(f.Type); err != nil {
		return nil, err
	}
	var a args
	if len(f.D) > 0 {
		if err := json.Unmarshal(f.D, &a); err != nil {
			return nil, refusal("invalid arguments")
		}
	}
	if f.Type == "set_state" {
		return nil, s.setState(c.user, a.State)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result, err := s.dispatch(c.user, f.Type, a)
	if result == nil || err != nil {
		return nil, err
	}
	return json.RawMessage(encode(result)), nil // while nobody changes it
}

// dispatch returns the result of a request. s.mu is held.
func (s *Server) dispatch(u *user, kind string, a args) (any, error) {
	switch kind {
	case "version":
		return map[string]string{"version": s.opts.Version}, nil
	case "capabilities":
		return map[string]any{"permissions": roles[u.role]}, nil
	case "user_list":
		return map[string]any{"users": s.userList()}, nil
	case "channel_list":
		return map[string]any{"channels": s.channelList(u, true)}, nil
	case "channel_create":
		if _, err := s.create(u, a.Name, a.Public, a.Members); err != nil {
			return nil, err
		}
		return map[string]string{"name": a.Name}, nil
	case "channel_invite":
		return nil, s.invite(u, a.Channel, a.Username)
	case "channel_join":
		return nil, s.join(u, a.Channel, s.is(OpenPrivateJoin))
	case "history":
		messages, err := s.history(u, a)
		return map[string]any{"channel": a.Channel, "messages": messages}, err
	case "unread_messages":
		messages, err := s.unread(u, a)
		return map[string]any{"messages": messages}, err
	case "unread_counts":
		return map[string]any{"counts": s.unreadCounts(u)}, nil
	case "mark_read":
		return nil, s.markRead(u, a.Channel, a.MessageID)
	case "dm_list":
		return map[string]any{"dms": s.dmList(u)}, nil
	case "dm_open":
		return s.dmOpen(u, a.Username)
	case "set_setting":
		s.store.settings[a.Key] = a.Value
		return nil, nil
	case "get_settings":
		return map[string]any{"settings": s.store.settings}, nil
	}
	if known, result, err := s.groupRequest(u, kind, a); known {
		return result, err
	}
	return nil, refusal(fmt.Sprintf("unknown type: %s", kind))
}

// setState sets a user's state and tells the others.
func (s *Server) setState(u *user, state string) error {
	if state != "active" && state != "idle" {
		return refusal("state must be 'active' or 'idle'")
	}
	s.mu.Lock()
	s.states[u.name] = state
	s.mu.Unlock()
	s.announce(u.name, "online", state)
	return nil
}

// dmOpen answers dm_open. s.mu is held.
func (s *Server) dmOpen(u *user, other string) (any, error) {
	if other == "" {
		return nil, refusal("username is required")
	}
	c, created, err := s.openDM(u, other)
	if err != nil {
		return nil, err
	}
	return map[string]any{"channel": c.name, "participant": other, "created": created}, nil
}

// markRead moves the mark of a channel forward. s.mu is held.
func (s *Server) markRead(u *user, name string, id *int64) error {
	if name == "" {
		return refusal("channel is required")
	}
	c, err := s.findOwn(u, name)
	if err != nil {
		return err
	}
	to := int64(0)
	if id != nil {
		to = *id
	} else if n := len(c.messages); n > 0 {
		to = c.messages[n-1].id
	}
	c.read[u.name] = max(c.read[u.name], to)
	return nil
}
