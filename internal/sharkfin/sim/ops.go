package sim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// refusal is an error that the server explains to its caller.
type refusal string

func (r refusal) Error() string { return string(r) }

// failure is an error of the server's own. Over MCP it is a JSON-RPC error.
type failure string

func (f failure) Error() string { return string(f) }

// notMember is the refusal of actions that only members of a channel may do.
const notMember = refusal("you are not a participant of this channel")

func mayNot(permission string) refusal { return refusal("permission denied: " + permission) }

// may reports whether a user has a permission.
func (u *user) may(permission string) bool { return slices.Contains(roles[u.role], permission) }

// find returns a channel. s.mu is held.
func (s *Server) find(name string) (*channel, error) {
	if c := s.store.channel(name); c != nil {
		return c, nil
	}
	return nil, refusal("channel not found: " + name)
}

// findOwn returns a channel that u is in. s.mu is held.
func (s *Server) findOwn(u *user, name string) (*channel, error) {
	c, err := s.find(name)
	if err == nil && !c.has(u.name) {
		return nil, notMember
	}
	return c, err
}

// create makes a channel. s.mu is held.
func (s *Server) create(u *user, name string, public bool, members []string) (*channel, error) {
	for _, m := range members {
		if s.store.user(m) == nil {
			return nil, refusal("user not found: " + m)
		}
	}
	if s.store.channel(name) != nil {
		return nil, failure("create channel: insert channel: constraint failed: UNIQUE constraint failed: channels.name (2067)")
	}
	all := []string{u.name}
	for _, m := range members {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return s.store.addChannel(name, public, all...), nil
}

// join adds u to a channel. s.mu is held.
func (s *Server) join(u *user, name string, private bool) error {
	c, err := s.find(name)
	switch {
	case err != nil:
		return err
	case !c.public && !private:
		return refusal("channel is private, requires an invite")
	case c.has(u.name):
		return refusal("already a member")
	}
	c.members = append(c.members, u.name)
	return nil
}

// invite adds another user to a channel. s.mu is held.
func (s *Server) invite(u *user, name, other string) error {
	c, err := s.findOwn(u, name)
	switch {
	case err != nil:
		return err
	case s.store.user(other) == nil:
		return refusal("user not found: " + other)
	case c.has(other):
		return refusal("already a member")
	}
	c.members = append(c.members, other)
	return nil
}

// draft is a message that is to be sent.
type draft struct {
	body     string
	thread   *int64
	metadata *string
	resolve  bool // mentions
}

// post adds a message to a channel. s.mu is held.
func (s *Server) post(u *user, c *channel, d draft) (*message, error) {
	if d.thread != nil {
		if err := s.checkThread(c, *d.thread); err != nil {
			return nil, err
		}
	}
	s.store.lastID++
	m := &message{
		id: s.store.lastID, channel: c, from: u, body: d.body, sentAt: s.opts.Now(), thread: d.thread, metadata: d.metadata,
	}
	if d.resolve {
		m.named, m.mentions = s.resolve(d.body)
	}
	c.messages = append(c.messages, m)
	return m, nil
}

func (s *Server) checkThread(c *channel, parent int64) error {
	for _, other := range s.store.channels {
		m := other.message(parent)
		switch {
		case m == nil:
			continue
		case other != c:
			return failure("send message: parent message is in a different channel")
		case m.thread != nil:
			return failure("send message: cannot reply to a reply (threads are 1 level deep)")
		}
		return nil
	}
	return failure(fmt.Sprintf("send message: parent message not found: %d", parent))
}

// checkSend refuses a message that is too long or whose metadata is no JSON, where the server
// checks that. s.mu is held.
func (s *Server) checkSend(d draft) error {
	if len(d.body) > maxBody && !s.is(UnboundedMessages) {
		return refusal("message is too long")
	}
	if d.metadata != nil && !json.Valid([]byte(*d.metadata)) && !s.is(UncheckedMetadata) {
		return refusal("metadata must be JSON")
	}
	return nil
}

var mentionPattern = regexp.MustCompile(`@([a-zA-Z0-9_-]+)`)

// resolve returns the users and groups that a text names, and the users whom it mentions. Names
// are case-sensitive, and an address of mail counts as a mention. s.mu is held.
func (s *Server) resolve(text string) (named, mentions []string) {
	if !strings.Contains(text, "@") {
		return nil, nil // the pattern takes seconds for 9 MB
	}
	for _, match := range mentionPattern.FindAllStringSubmatch(text, -1) {
		name := match[1]
		var people []string
		if s.store.user(name) != nil {
			people = []string{name}
		} else if g := s.store.group(name); g != nil {
			people = g.members
		} else {
			continue
		}
		if !slices.Contains(named, name) {
			named = append(named, name)
		}
		for _, p := range people {
			if !slices.Contains(mentions, p) {
				mentions = append(mentions, p)
			}
		}
	}
	return named, mentions
}

// openDM finds or makes the direct conversation of two users. s.mu is held.
func (s *Server) openDM(u *user, other string) (*channel, bool, error) {
	switch {
	case other == u.name:
		return nil, false, refusal("cannot open DM with yourself")
	case s.store.user(other) == nil:
		return nil, false, refusal("user not found: " + other)
	}
	for _, c := range s.store.channels {
		if c.dm && c.has(u.name) && c.has(other) { // also when a third has joined it
			return c, false, nil
		}
	}
	names := []string{u.name, other}
	slices.Sort(names)
	name := "dm-" + strings.Join(names, "-")
	if s.store.channel(name) != nil {
		if s.is(DMNamesCollide) {
			return nil, false, failure("open dm: insert channel: constraint failed: UNIQUE constraint failed: channels.name (2067)")
		}
		name = fmt.Sprintf("%s-%d", name, len(s.store.channels))
	}
	c := s.store.addChannel(name, false, u.name, other)
	c.dm = true
	return c, true, nil
}
