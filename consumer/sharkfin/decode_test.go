package sharkfin_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	wire "github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestPlatform_DecodesMessages(t *testing.T) {
	t.Parallel()
	p := start(t).platform()
	at := time.Date(2026, 11, 26, 18, 9, 52, 0, time.UTC)
	town := handler.Channel{ID: "town", Name: "town", Kind: handler.Public}
	for _, test := range []struct {
		name string
		m    wire.Message
		want handler.Message
	}{
		{"said to nobody", wire.Message{ID: 7, Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "hello <b> & *c*"},
			handler.Message{Channel: town, ID: "7", User: "alice", Text: "hello <b> & *c*", RawText: "hello <b> & *c*"}},
		{"said to the bot, in a thread", wire.Message{ID: 8, Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "@gopher, newbie resources @bob", ThreadID: new(int64(7))},
			handler.Message{Channel: town, ID: "8", Thread: "7", User: "alice", Text: "newbie resources", RawText: "@gopher, newbie resources @bob", Mentioned: true, Mentions: []string{"bob"}}},
		{"said to a group of the bot's", wire.Message{ID: 9, Channel: "a b/c?é", ChannelType: "channel", From: "bob", FromType: "user", Body: "hey @ops"},
			handler.Message{Channel: handler.Channel{ID: "a b/c?é", Name: "a b/c?é", Kind: handler.Private}, ID: "9", User: "bob", Text: "hey", RawText: "hey @ops", Mentioned: true}},
		{"said to another group", wire.Message{ID: 10, Channel: "town", ChannelType: "channel", Public: true, From: "bob", FromType: "user", Body: "hey @devs"},
			handler.Message{Channel: town, ID: "10", User: "bob", Text: "hey", RawText: "hey @devs"}},
		{"direct", wire.Message{ID: 11, Channel: "dm-alice-gopher", ChannelType: "dm", From: "alice", FromType: "user", Body: "help"},
			handler.Message{Channel: handler.Channel{ID: "dm-alice-gopher", Kind: handler.Direct}, ID: "11", User: "alice", Text: "help", RawText: "help"}},
		{"of an agent that mentions the bot", wire.Message{ID: 12, Channel: "town", ChannelType: "channel", Public: true, From: "robo", FromType: "agent", Body: "@gopher help"},
			handler.Message{Channel: town, ID: "12", User: "robo", Text: "help", RawText: "@gopher help", Mentioned: true}},
		{"with the metadata of a person's client", wire.Message{ID: 13, Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "x", Metadata: new("not json")},
			handler.Message{Channel: town, ID: "13", User: "alice", Text: "x", RawText: "x"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Decode(t.Context(), eventOf(t, test.m))
			if err != nil {
				t.Fatal(err)
			}
			test.want.Platform, test.want.Workspace, test.want.Time = "sharkfin", host, at
			if m, ok := got.(consumer.Message); !ok || !reflect.DeepEqual(m.Message, test.want) {
				t.Errorf("%+v\nwant %+v", got, test.want)
			}
		})
	}
}

// TestPlatform_DropsMessages that nobody is to answer: two bots that answered each other would not
// stop.
func TestPlatform_DropsMessages(t *testing.T) {
	t.Parallel()
	p := start(t).platform()
	mark := wire.Mark{Post: "k"}.String()
	for _, test := range []struct {
		m    wire.Message
		want string
	}{
		{wire.Message{From: "gopher", FromType: "service", Body: "@gopher help"}, "our own message"},
		{wire.Message{From: "other", FromType: "service", Body: "@gopher help"}, "another bot's message"},
		{wire.Message{From: "alice", FromType: "user", Body: "@gopher help", Metadata: &mark}, "another bot's message"},
		{wire.Message{From: "robo", FromType: "agent", Body: "help"}, "a message of an agent that does not mention the bot"},
		{wire.Message{From: "robo", FromType: "agent", Body: "help", ChannelType: "dm"}, "a message of an agent that does not mention the bot"},
		{wire.Message{From: "unlisted", Body: "help"}, "a message of an agent that does not mention the bot"},
	} {
		test.m.ID, test.m.Channel = 7, "town"
		if test.m.ChannelType == "" {
			test.m.ChannelType = "channel"
		}
		_, err := p.Decode(t.Context(), eventOf(t, test.m))
		if discard, ok := errors.AsType[*workqueue.DiscardError](err); !ok || discard.Reason != test.want {
			t.Errorf("%+v: %v, want %q", test.m, err, test.want)
		}
	}
}

func TestPlatform_RejectsPayloads(t *testing.T) {
	t.Parallel()
	p := start(t).platform()
	for _, payload := range []string{
		"", "a secret", `"a secret"`, `{}`, `{"id":7}`, `{"id":"a secret","channel":"town"}`,
		`{"id":7,"channel":"town","channel_type":"a secret","from":"alice","body":"x","sent_at":"2026-11-26T18:09:52Z"}`,
		`{"id":7,"channel":"town","channel_type":"channel","from":"alice","body":"x","sent_at":"a secret"}`,
	} {
		_, err := p.Decode(t.Context(), workqueue.Event{Type: event.Type(wire.Source, event.MessagePublic), Source: wire.Source, Payload: []byte(payload)})
		if _, ok := errors.AsType[*workqueue.RejectError](err); !ok || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", payload, err)
		}
	}
	_, err := p.Decode(t.Context(), workqueue.Event{Type: event.Type(wire.Source, event.WorkspaceJoin), Source: wire.Source})
	if _, ok := errors.AsType[*workqueue.RejectError](err); !ok {
		t.Error(err)
	}
}

// TestPlatform_AsksForNames only if a text has an "@", and once a minute. While the server does not
// answer it uses what it knows.
func TestPlatform_AsksForNames(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.platform()
	decode := func(body string) error {
		_, err := p.Decode(t.Context(), eventOf(t, wire.Message{ID: 7, Channel: "town", ChannelType: "channel", From: "alice", FromType: "user", Body: body}))
		return err
	}
	asked := func() int { return s.Stats().Requests["POST /mcp"] }
	if err := decode("nobody"); err != nil || asked() != 0 {
		t.Errorf("%v after %d calls", err, asked())
	}
	s.Fail(sim.Fault{Path: "/mcp", Status: 503})
	if err := decode("@gopher"); err == nil || p.Outcome(err).Kind != consumer.Temporary {
		t.Errorf("nothing is known: %v", err)
	}
	for range 3 {
		if err := decode("@gopher"); err != nil {
			t.Fatal(err)
		}
	}
	if asked() != 4 { // the refused one, a session, users and groups
		t.Errorf("%d calls", asked())
	}
}

// TestPlatform_WithoutTools knows its own name and nobody else's.
func TestPlatform_WithoutTools(t *testing.T) {
	t.Parallel()
	s := start(t)
	got, err := s.restPlatform().Decode(t.Context(), eventOf(t, wire.Message{ID: 7, Channel: "town", ChannelType: "channel", From: "alice", FromType: "user", Body: "@gopher hi @bob @ops"}))
	if m, ok := got.(consumer.Message); err != nil || !ok || !m.Mentioned || m.Text != "hi @bob @ops" || m.Mentions != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if n := s.Stats().Requests["POST /mcp"]; n != 0 {
		t.Errorf("%d calls of tools", n)
	}
}

// FuzzDecode looks for a payload that is neither a message that somebody may answer, nor dropped
// or refused, and for a panic.
func FuzzDecode(f *testing.F) {
	p := start(f).platform()
	for _, m := range []wire.Message{
		{ID: 7, Channel: "town", ChannelType: "channel", Public: true, From: "alice", FromType: "user", Body: "@gopher @bob @ops x@latest"},
		{ID: 8, Channel: "dm", ChannelType: "dm", From: "alice", FromType: "agent", Body: "\x00@\xff", ThreadID: new(int64(-1)), Metadata: new("{")},
	} {
		f.Add(eventOf(f, m).Payload)
	}
	for _, s := range []string{`{"id":1e3}`, `[]`, `{"id":7,"channel":"t","channel_type":"channel","from":"a","from_type":"user","body":"\ud800@gopher","sent_at":"2026-11-26T18:09:52Z"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		in, err := p.Decode(t.Context(), workqueue.Event{Type: event.Type(wire.Source, event.MessagePublic), Source: wire.Source, Payload: payload})
		_, discarded := errors.AsType[*workqueue.DiscardError](err)
		_, rejected := errors.AsType[*workqueue.RejectError](err)
		if err != nil {
			if !discarded && !rejected {
				t.Fatalf("%q: %v", payload, err)
			}
			return
		}
		m := in.(consumer.Message)
		if m.User == "gopher" || m.User == "" || m.Channel.ID == "" || m.Channel.Kind == 0 || m.ID == "" || m.Workspace != host || !json.Valid(payload) {
			t.Fatalf("%q became %+v", payload, m)
		}
		if len(m.Text) > len(m.RawText) {
			t.Fatalf("%q became %q", m.RawText, m.Text)
		}
	})
}
