package sim

import (
	"errors"
	"fmt"
)

// errNoTool is the error of a tool that the server does not have.
var errNoTool = errors.New("no such tool")

// arguments are those of a tool. One of a wrong type is as if it were not there.
type arguments map[string]any

func (a arguments) text(name string) string {
	text, _ := a[name].(string)
	return text
}

func (a arguments) number(name string) *int64 {
	if n, ok := a[name].(float64); ok {
		return new(int64(n))
	}
	return nil
}

func (a arguments) flag(name string) bool {
	on, _ := a[name].(bool)
	return on
}

func (a arguments) names(name string) []string {
	items, _ := a[name].([]any)
	var names []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			names = append(names, text)
		}
	}
	return names
}

// numbers are the arguments that are numbers, flags those that are booleans; members is a list,
// and all others are texts.
var numbers = map[string]bool{"thread_id": true, "before": true, "after": true, "limit": true, "message_id": true}
var flags = map[string]bool{"public": true, "mentions_only": true}

// check returns an error for arguments of a wrong type.
func (a arguments) check() error {
	for name, value := range a {
		ok := false
		switch value.(type) {
		case nil:
			ok = true
		case float64:
			ok = numbers[name]
		case bool:
			ok = flags[name]
		case []any:
			ok = name == "members"
		case string:
			ok = !numbers[name] && !flags[name] && name != "members"
		}
		if !ok {
			return refusal("argument " + name + " has the wrong type")
		}
	}
	return nil
}

// callTool runs a tool and answers its text, or an error.
func (s *Server) callTool(u *user, name string, a arguments, answer func(string, error)) {
	s.mu.Lock()
	var err error
	if !s.is(LooseMCP) {
		err = a.check()
	}
	if permission := needs[name]; err == nil && permission != "" && !u.may(permission) {
		err = mayNot(permission)
	}
	s.mu.Unlock()
	switch {
	case err != nil:
		answer("", err)
	case name == "send_message":
		s.toolSend(u, a, answer)
	case name == "set_state":
		answer("state set to "+a.text("state"), s.setState(u, a.text("state")))
	default:
		s.mu.Lock()
		text, err := s.tool(u, name, a)
		s.mu.Unlock()
		answer(text, err)
	}
}

func (s *Server) toolSend(u *user, a arguments, answer func(string, error)) {
	d := draft{body: a.text("message"), thread: a.number("thread_id"), resolve: true}
	if text, ok := a["metadata"].(string); ok {
		d.metadata = &text
	}
	s.mu.Lock()
	c, err := s.findOwn(u, a.text("channel"))
	var m *message
	if err == nil {
		err = s.checkSend(d)
	}
	if err == nil {
		m, err = s.post(u, c, d)
	}
	s.mu.Unlock()
	if err != nil {
		answer("", err)
		return
	}
	s.publishAround(m, func() { answer(fmt.Sprintf("message sent (id: %d)", m.id), nil) })
}

// tool returns the text of a tool's result. s.mu is held.
func (s *Server) tool(u *user, name string, a arguments) (string, error) {
	request := args{
		Channel: a.text("channel"), Username: a.text("username"), Before: a.number("before"), After: a.number("after"),
		ThreadID: a.number("thread_id"), MentionsOnly: a.flag("mentions_only"), MessageID: a.number("message_id"), Slug: a.text("slug"),
	}
	if limit := a.number("limit"); limit != nil {
		request.Limit = int(*limit)
	}
	done := func(text string, err error) (string, error) { return text, err }
	switch name {
	case "user_list":
		return string(encode(s.userList())), nil
	case "channel_list":
		return string(encode(s.channelList(u, false))), nil
	case "channel_create":
		c, err := s.create(u, a.text("name"), a.flag("public"), a.names("members"))
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("created channel %s (id: %d)", c.name, c.id), nil
	case "channel_invite":
		return done(fmt.Sprintf("invited %s to %s", request.Username, request.Channel), s.invite(u, request.Channel, request.Username))
	case "channel_join":
		return done("joined "+request.Channel, s.join(u, request.Channel, false))
	case "history":
		return text(s.history(u, request))
	case "unread_messages":
		return text(s.unread(u, request))
	case "unread_counts":
		return text(s.unreadCounts(u), nil)
	case "mark_read":
		return done("marked "+request.Channel+" as read", s.markRead(u, request.Channel, request.MessageID))
	case "dm_list":
		return text(s.dmList(u), nil)
	case "dm_open":
		return text(s.dmOpen(u, request.Username))
	case "capabilities":
		return text(roles[u.role], nil)
	case "mention_group_list":
		return text(s.groupList(), nil)
	}
	known, result, err := s.groupRequest(u, name, request)
	switch {
	case !known:
		return "", errNoTool
	case name == "mention_group_get":
		return text(result, err)
	}
	return done(name+" @"+request.Slug, err)
}

// text returns a result as the JSON text that MCP has.
func text(result any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return string(encode(result)), nil
}
