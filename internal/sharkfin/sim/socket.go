package sim

import (
	"encoding/json"
	"net/http"
)

// serveSocket serves /ws.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	c := s.upgrade(w, r, wsKind)
	if c == nil {
		return
	}
	defer c.leave()
	c.noticeOnly = r.URL.Query().Get("notifications_only") == "true"
	name := c.user.name
	s.mu.Lock()
	s.sockets[name] = c
	s.states[name] = "idle"
	s.mu.Unlock()
	s.announce(name, "online", "idle")
	c.serve(func(data []byte) { s.request(c, data) })
	s.mu.Lock()
	current := s.sockets[name] == c
	if current {
		delete(s.sockets, name)
	}
	tell := current || s.is(OfflineOnReplace)
	s.mu.Unlock()
	if tell {
		s.announce(name, "offline", "")
	}
}

// frame is a request over /ws.
type frame struct {
	Type string          `json:"type"`
	D    json.RawMessage `json:"d"`
	Ref  string          `json:"ref"`
}

// request answers a frame.
func (s *Server) request(c *conn, data []byte) {
	s.mu.Lock()
	s.stats.Frames++
	s.mu.Unlock()
	var f frame
	if err := json.Unmarshal(data, &f); err != nil { // also for a ref that is no string
		s.reply(c, "", nil, refusal("invalid JSON"))
		return
	}
	if f.Type == "ping" {
		s.answer(c, envelope{Type: "pong", Ref: f.Ref, OK: new(true)})
		return
	}
	if f.Type == "send_message" {
		s.socketSend(c, f)
		return
	}
	result, err := s.handle(c, f)
	s.reply(c, f.Ref, result, err)
}

// reply replies a result, or an error.
func (s *Server) reply(c *conn, ref string, result any, err error) {
	if err != nil {
		s.answer(c, envelope{Type: "error", D: map[string]string{"message": err.Error()}, Ref: ref, OK: new(false)})
		return
	}
	s.answer(c, envelope{Type: "reply", D: result, Ref: ref, OK: new(true)})
}

// answer queues a reply. As at the server, it is dropped if there is no room.
func (s *Server) answer(c *conn, e envelope) {
	if c.loseReplies.Add(-1) >= 0 {
		return
	}
	c.put(encode(e), !s.has(DropPushes))
}

// needs is the permission that a request needs. Requests that are not listed need none.
var needs = map[string]string{
	"user_list": "user_list", "channel_list": "channel_list", "channel_create": "create_channel", "channel_invite": "invite_channel",
	"channel_join": "join_channel", "send_message": "send_message", "history": "history", "unread_messages": "unread_messages",
	"unread_counts": "unread_counts", "dm_list": "dm_list", "dm_open": "dm_open", "mark_read": "mark_read",
	"set_setting": "manage_roles", "get_settings": "manage_roles",
}

// always are the requests that a connection for notifications only may make.
var always = map[string]bool{"version": true, "capabilities": true, "set_state": true, "unread_counts": true}

// check refuses a request that the connection or its user may not make.
func (c *conn) check(kind string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.noticeOnly && !always[kind] {
		return refusal("notification-only connection")
	}
	if permission := needs[kind]; permission != "" && !c.user.may(permission) {
		return mayNot(permission)
	}
	return nil
}

// socketSend sends a message and replies its id.
func (s *Server) socketSend(c *conn, f frame) {
	m, err := s.socketPost(c, f.D)
	if err != nil {
		s.reply(c, f.Ref, nil, err)
		return
	}
	s.publishAround(m, func() { s.reply(c, f.Ref, map[string]any{"id": m.id}, nil) })
}

func (s *Server) socketPost(c *conn, data json.RawMessage) (*message, error) {
	if err := c.check("send_message"); err != nil {
		return nil, err
	}
	var d struct {
		Channel  string  `json:"channel"`
		Body     string  `json:"body"`
		ThreadID *int64  `json:"thread_id"`
		Metadata *string `json:"metadata"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, refusal("invalid arguments")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.findOwn(c.user, d.Channel)
	if err != nil {
		return nil, err
	}
	draft := draft{d.Body, d.ThreadID, d.Metadata, true}
	if err := s.checkSend(draft); err != nil {
		return nil, err
	}
	return s.post(c.user, ch, draft)
}
