package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// say posts a message, by REST or not, and returns its id.
func (s *server) say(t *testing.T, from, channel, body string, rest bool) int64 {
	t.Helper()
	id, err := s.Say(sim.Post{From: from, Channel: channel, Body: body, REST: rest})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ask sends a request and returns the reply, whose ref is "1".
func (c *socket) ask(kind, d string) string {
	c.t.Helper()
	c.send(fmt.Sprintf(`{"type":%q,"d":%s,"ref":"1"}`, kind, d))
	for {
		if text := testenv.Next(c.t, c.frames); strings.Contains(text, `"ref":"1"`) {
			return text
		}
	}
}

func TestSocket_Requests(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 18, 9, 52, 0, time.UTC)
	s := start(t, sim.Options{Now: func() time.Time { return at }, Without: []sim.Oddity{sim.EchoBeforeAnswer}})
	s.channel(t, "town", true, "alice", "gopher")
	s.channel(t, "secret", false, "alice")
	c := s.dial(t, "gopher", "/ws")
	for _, test := range []struct{ kind, d, want string }{
		{"ping", `{}`, `{"type":"pong","ref":"1","ok":true}`},
		{"version", `null`, `{"type":"reply","d":{"version":"dev"},"ref":"1","ok":true}`},
		{"nonsense", `{}`, `{"type":"error","d":{"message":"unknown type: nonsense"},"ref":"1","ok":false}`},
		{"channel_invite", `{"channel":"town","username":"bob"}`, `"message":"permission denied: invite_channel"`},
		{"channel_list", `{}`, `[{"name":"town","public":true,"member":true},{"name":"secret","public":false,"member":false}]`},
		{"dm_list", `{}`, `{"dms":null}`},
		{"history", `{"channel":"town"}`, `{"channel":"town","messages":null}`},
		{"send_message", `{"channel":"town","body":"hello @alice","metadata":"not json"}`, `{"type":"reply","d":{"id":1},"ref":"1","ok":true}`},
		{"send_message", `{"channel":"town","body":"x","metadata":{}}`, `"message":"invalid arguments"`},
		{"send_message", `{"channel":"secret","body":"x"}`, `"message":"you are not a participant of this channel"`},
		{"send_message", `{"channel":"town","body":"x","thread_id":999}`, `parent message not found: 999`},
		{"history", `{"channel":"town"}`, `[{"id":1,"channel":"town","from":"gopher","body":"hello @alice","sent_at":"2026-11-26T18:09:52Z","mentions":["alice"],"metadata":"not json"}]`},
		{"history", `{"channel":"secret"}`, `"message":"you are not a participant of this channel"`},
		{"channel_join", `{"channel":"town"}`, `"message":"already a member"`},
		{"channel_join", `{"channel":"secret"}`, `{"type":"reply","ref":"1","ok":true}`}, // although it is private
		{"mark_read", `{}`, `"message":"channel is required"`},
	} {
		if got := c.ask(test.kind, test.d); !strings.Contains(got, test.want) {
			t.Errorf("%s %s: %s, want %s", test.kind, test.d, got, test.want)
		}
	}
	c.send(`{"type":"ping","ref":1}`) // a ref that is a number
	if got := c.next("error"); got != `{"type":"error","d":{"message":"invalid JSON"},"ok":false}` {
		t.Error(got)
	}
	notices := s.dial(t, "bob", "/ws?notifications_only=true")
	if got := notices.ask("channel_list", `{}`); !strings.Contains(got, "notification-only connection") {
		t.Error(got)
	}
	if got := notices.ask("unread_counts", `{}`); !strings.Contains(got, `"ok":true`) {
		t.Error(got)
	}
}

func TestPush(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 18, 9, 52, 0, time.UTC)
	s := start(t, sim.Options{Now: func() time.Time { return at }})
	s.channel(t, "town", true, "alice", "gopher")
	alice, gopher, bob := s.dial(t, "alice", "/ws"), s.dial(t, "gopher", "/ws"), s.dial(t, "bob", "/ws")
	alice.none("x")
	gopher.none("x")
	bob.none("x")
	gopher.ask("send_message", `{"channel":"town","body":"hello @alice @nobody","metadata":"{\"gopher\":\"h1\"}"}`)
	want := `{"type":"message.new","d":{"body":"hello @alice @nobody","channel":"town","channel_type":"channel","from":"gopher","id":1,` +
		`"mentions":["alice"],"metadata":"{\"gopher\":\"h1\"}","sent_at":"2026-11-26T18:09:52Z"}}`
	if got := alice.next("message.new"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	bob.none("message.new") // not a member
	s.want(t, "gopher", "POST", "/api/v1/channels/town/messages", `{"body":"by rest"}`, 201, `"id":2`)
	s.say(t, "gopher", "town", "after it", false)
	if got := alice.next("message.new"); !strings.Contains(got, `"id":3`) {
		t.Error(got)
	}
}

// Each oddity on and off, seen by a socket.
func TestOddities_OfPushes(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		s := start(t, sim.Options{})
		for _, o := range []sim.Oddity{sim.SilentREST, sim.EchoToSender, sim.GroupsInPushes} {
			s.Set(o, on)
		}
		s.channel(t, "town", true, "alice", "gopher")
		alice, gopher := s.dial(t, "alice", "/ws"), s.dial(t, "gopher", "/ws")
		if got := alice.ask("mention_group_create", `{"slug":"ops"}`); !strings.Contains(got, `"ok":true`) {
			t.Fatal(got)
		}
		alice.ask("mention_group_add_member", `{"slug":"ops","username":"gopher"}`)
		gopher.none("x")
		alice.send(`{"type":"send_message","d":{"channel":"town","body":"hey @ops"},"ref":"2"}`)
		got := gopher.next("message.new")
		if named := strings.Contains(got, `"mentions":["ops"]`); named != on || !on && !strings.Contains(got, `"mentions":["gopher"]`) {
			t.Errorf("on %t: %s", on, got)
		}
		if got := gopher.ask("history", `{"channel":"town"}`); !strings.Contains(got, `"mentions":["gopher"]`) {
			t.Error(got)
		}
		s.say(t, "gopher", "town", "from gopher", false)
		alice.next("message.new")
		s.say(t, "alice", "town", "by REST", true)
		s.say(t, "alice", "town", "the last", false)
		seen := ""
		for !strings.Contains(seen, "the last") {
			seen += gopher.next("message.new")
		}
		if echo, rest := strings.Contains(seen, "from gopher"), strings.Contains(seen, "by REST"); echo != on || rest == on {
			t.Errorf("on %t: echo %t, REST %t", on, echo, rest)
		}
	}
}

func TestReplaceSockets(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		s := start(t, sim.Options{})
		s.Set(sim.ReplaceSockets, on)
		s.channel(t, "town", true, "alice", "gopher")
		first := s.dial(t, "gopher", "/ws")
		first.none("x")
		second := s.dial(t, "gopher", "/ws")
		second.none("x")
		s.say(t, "alice", "town", "hello", false)
		second.next("message.new")
		if on {
			first.none("message.new")
		} else {
			first.next("message.new")
		}
		if got := first.ask("ping", "{}"); !strings.Contains(got, "pong") {
			t.Error(got)
		}
		second.ws.Close()
		testenv.Eventually(t, "the second is gone", func() bool { return s.Stats().Open == 1 })
		s.say(t, "alice", "town", "hello again", false)
		if !on {
			first.next("message.new")
			continue
		}
		testenv.Eventually(t, "it is handled", func() bool { return s.Stats().Pushed == 1 })
		first.none("message.new") // it is not restored
	}
}

func TestOfflineOnReplace(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		s := start(t, sim.Options{})
		s.Set(sim.OfflineOnReplace, on)
		alice, first := s.dial(t, "alice", "/ws"), s.dial(t, "gopher", "/ws")
		first.none("x")
		second := s.dial(t, "gopher", "/ws")
		second.none("x")
		first.ws.Close()
		testenv.Eventually(t, "the first is gone", func() bool { return s.Stats().Open == 2 })
		second.ask("set_state", `{"state":"active"}`)
		seen := ""
		for !strings.Contains(seen, `"active"`) {
			seen += alice.next("presence")
		}
		if offline := strings.Contains(seen, `"offline"`); offline != on {
			t.Errorf("on %t: %s", on, seen)
		}
	}
}

// Pushes are dropped when 64 wait on the bus, or as many as there is room for at a connection.
func TestDropPushes(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{Bus: 8})
	s.channel(t, "town", true, "alice", "gopher")
	c := s.dial(t, "gopher", "/ws")
	c.none("x")
	s.HoldBus(true)
	for range 50 {
		s.say(t, "alice", "town", "hello", false)
	}
	dropped := s.Stats().Dropped
	if dropped < 50-8-1 || dropped > 50-8 {
		t.Errorf("%d were dropped", dropped)
	}
	s.HoldBus(false)
	for range 50 - dropped {
		c.next("message.new")
	}
	s.DropPushes("gopher", 2)
	for range 3 {
		s.say(t, "alice", "town", "hello", false)
	}
	c.next("message.new")
	testenv.Eventually(t, "two more are dropped", func() bool { return s.Stats().Dropped == dropped+2 })
	c.none("message.new")
}

func TestDisorderPushes(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		s := start(t, sim.Options{Without: []sim.Oddity{sim.DropPushes}})
		s.Set(sim.DisorderPushes, on)
		s.channel(t, "town", true, "alice", "gopher")
		c := s.dial(t, "gopher", "/ws")
		c.none("x")
		for range 60 {
			s.say(t, "alice", "town", "hello", false)
		}
		disorder, last := 0, 0
		for range 60 {
			var id int
			text := c.next("message.new")
			if _, err := fmt.Sscanf(text[strings.Index(text, `"id":`):], `"id":%d`, &id); err != nil {
				t.Fatal(err)
			}
			if id < last {
				disorder++
			}
			last = id
		}
		if (disorder > 0) != on {
			t.Errorf("on %t: %d pushes came late", on, disorder)
		}
	}
}

func TestStallWriter(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{Ping: 50 * time.Millisecond})
	c := s.dial(t, "gopher", "/ws")
	c.none("x")
	s.StallWriter("gopher")
	c.send(`{"type":"ping","ref":"5"}`)
	testenv.Eventually(t, "it still reads", func() bool { return s.Stats().Frames == 2 })
	c.ended() // it misses the pongs, because it sends no pings
	for text := range c.frames {
		t.Errorf("got %s", text)
	}
}

func TestRestart_EndsSockets(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	s.channel(t, "town", true, "alice", "gopher")
	s.say(t, "alice", "town", "hello", false)
	c := s.dial(t, "gopher", "/ws")
	c.none("x")
	s.Restart()
	c.ended()
	if n := len(s.Messages("town")); n != 1 {
		t.Errorf("%d messages", n)
	}
	s.dial(t, "gopher", "/ws").none("x")
}
