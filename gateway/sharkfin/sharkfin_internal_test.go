package sharkfin

import (
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestGateway_QueuesMessages holds the event of a message by each way, in each kind of
// channel, of each kind of sender.
func TestGateway_QueuesMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	w.say(t, sim.Post{Body: "before the bot was there"})
	g := start(t, w.options()).settled(t)

	root := w.say(t, sim.Post{Body: "by a socket"})
	rest := w.say(t, sim.Post{Body: "by REST", REST: true})
	reply := w.say(t, sim.Post{Body: "in a thread", ThreadID: root})
	private := w.say(t, sim.Post{Channel: "den", Body: "in private"})
	agent := w.say(t, sim.Post{From: "claude", Body: "of an agent"})
	robot := w.say(t, sim.Post{From: "robot", Body: "of a service"})
	own := w.say(t, sim.Post{From: "gopher", Body: "of the bot"})
	w.queue.has(t, root, rest, reply, private, agent)

	host := strings.TrimPrefix(w.http.URL, "http://")
	for id, want := range map[int64]sharkfin.Message{
		root:    {Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "by a socket"},
		rest:    {Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "by REST"},
		reply:   {Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "in a thread", ThreadID: &root},
		private: {Channel: "den", ChannelType: "channel", From: "alice", FromType: "user", Body: "in private"},
		agent:   {Channel: "town", ChannelType: "channel", Public: true, From: "claude", FromType: "agent", Body: "of an agent"},
	} {
		e, _ := w.queue.event(id)
		m, err := sharkfin.Decode(e.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if m.ThreadID != nil && *m.ThreadID == root {
			m.ThreadID = &root
		}
		at, _ := m.Time()
		if want.ID, want.SentAt = id, m.SentAt; m != want || !e.Time.Equal(at) || time.Since(at) > time.Minute {
			t.Errorf("message %d is %+v, want %+v", id, m, want)
		}
		kind := "sharkfin_message_private"
		if want.Public {
			kind = "sharkfin_message_public"
		}
		if e.Type != kind || e.Key != sharkfin.Key(host, id) || e.Partition != m.Channel || e.Source != "sharkfin" || e.RequestID == "" {
			t.Errorf("the event of message %d is %+v", id, e)
		}
	}
	testenv.Eventually(t, "the cursor passes the messages of bots", func() bool { return w.cursor(t, "#town") >= own && w.cursor(t, "#den") == private })
	for _, id := range []int64{1, robot, own} {
		if e, ok := w.queue.event(id); ok {
			t.Errorf("queued: %s", e.Payload)
		}
	}
	if s := g.Stats(); s.Skipped[skippedOwn] == 0 || s.Skipped[skippedService] == 0 || s.Deaf != 0 || s.Alone {
		t.Errorf("%+v", s)
	}
	if err := g.Ready(); err != nil {
		t.Error(err)
	}
}

// TestGateway_DirectConversation opens conversations with the bot while it runs and while it
// does not: their first messages are found, by each way.
func TestGateway_DirectConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	g := start(t, w.options()).settled(t)
	open := func(name string) string {
		channel, err := w.OpenDM(name, "gopher")
		if err != nil {
			t.Fatal(err)
		}
		return channel
	}
	pushed := w.say(t, sim.Post{From: "alice", Channel: open("alice"), Body: "hello"})
	rest := w.say(t, sim.Post{From: "bob", Channel: open("bob"), Body: "hello by REST", REST: true})
	w.queue.has(t, pushed, rest)
	e, _ := w.queue.event(rest)
	if m, err := sharkfin.Decode(e.Payload); err != nil || !m.Direct() || m.Public || e.Type != "sharkfin_message_private" {
		t.Errorf("%+v, %v", m, err)
	}
	testenv.Eventually(t, "the mark has passed", func() bool { return w.cursor(t, "mark") >= rest })
	g.stop()
	missed := w.say(t, sim.Post{From: "claude", Channel: open("claude"), Body: "while nobody listened"})
	w.channel(t, "new", true, "alice", "gopher")
	invited := w.say(t, sim.Post{Channel: "new", Body: "in a channel that is new"})
	start(t, w.options())
	w.queue.has(t, missed, invited)
}

// TestGateway_ForeignChannel mentions the bot in a channel that it is not in, which the server
// hints at.
func TestGateway_ForeignChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	w.channel(t, "hidden", false, "alice")
	start(t, w.options()).settled(t)
	foreign := w.say(t, sim.Post{Channel: "hidden", Body: "@gopher secret words", REST: true})
	w.queue.has(t, w.say(t, sim.Post{Body: "later"}))
	testenv.Eventually(t, "channels were listed since", func() bool { return w.cursor(t, "mark") > foreign })
	if _, ok := w.queue.event(foreign); ok {
		t.Error("a message of a channel that the bot is not in was queued")
	}
}

// TestGateway_JoinsChannels joins those of the settings, also one that is made later.
func TestGateway_JoinsChannels(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Options{})
	w.channel(t, "news", true, "alice")
	opts := w.options()
	opts.Channels = []string{"news", "a b/c?é", "town"}
	start(t, opts).settled(t)
	testenv.Eventually(t, "it is logged that one does not exist", func() bool { return strings.Contains(w.log.String(), "join a channel of GOPHER_SHARKFIN_CHANNELS") })
	w.channel(t, "a b/c?é", false, "alice")
	testenv.Eventually(t, "the bot has joined", func() bool { return len(w.Members("a b/c?é")) == 2 && len(w.Members("news")) == 2 })
	w.queue.has(t, w.say(t, sim.Post{Channel: "news", Body: "one"}), w.say(t, sim.Post{Channel: "a b/c?é", Body: "two"}))
}
