package sim_test

import (
	"testing"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// privateAndGroup makes a private channel and a group message of Ada.
func privateAndGroup(t *testing.T, s served) map[string]string {
	t.Helper()
	private, err := s.CreatePrivateChannel("organizers", "Plans", "U01ADA")
	if err != nil {
		t.Fatal(err)
	}
	group, err := s.OpenGroupMessage("U01ADA", "U02ROB")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"group": private, "mpim": group}
}

func TestPrivateChannel_SendsEventsOfItsKind(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		for kind, id := range privateAndGroup(t, s) {
			ts, err := s.Say("U01ADA", id, "hi", "")
			if err != nil {
				t.Fatal(err)
			}
			if e := next(t, told).object("event"); e["channel_type"] != kind || e["channel"] != id || e["text"] != "hi" {
				t.Errorf("%s: %v", kind, e)
			}
			if err := s.Edit("U01ADA", id, ts, "hello"); err != nil {
				t.Fatal(err)
			}
			if e := next(t, told).object("event"); e["channel_type"] != kind || e["subtype"] != "message_changed" {
				t.Errorf("%s: %v", kind, e)
			}
			s.ok("chat.postMessage", object{"channel": id, "text": "hi, too"})
			s.ok("chat.postEphemeral", object{"channel": id, "user": "U01ADA", "text": "hi, you"})
			s.ok("conversations.info", object{"channel": id})
			if err := s.SlashCommand(t.Context(), "U01ADA", id, "/gopher", "help"); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"group": "privategroup", "mpim": "mpdm-gopher--ada--rob-1"}[kind]
			if h := next(t, told); h.text("channel_name") != want {
				t.Errorf("%s: a slash command names it %q, want %q", kind, h.text("channel_name"), want)
			}
		}
	})
}

func TestPrivateChannel_IsForItsMembers(t *testing.T) {
	t.Parallel()
	s := serve(t, func(*slacksim.Options) {})
	private := privateAndGroup(t, s)["group"]
	if _, err := s.Say("U02ROB", private, "hi", ""); err == nil {
		t.Error("somebody else said something in it")
	}
	if err := s.JoinChannel("U02ROB", private); err == nil {
		t.Error("somebody else joined it")
	}
	for name, begin := range map[string]func() (string, error){
		"nobody":  func() (string, error) { return s.CreatePrivateChannel("empty", "") },
		"the bot": func() (string, error) { return s.OpenGroupMessage(slacksim.BotUserID) },
		"unknown": func() (string, error) { return s.OpenGroupMessage("U99") },
	} {
		if id, err := begin(); err == nil {
			t.Errorf("of %s: %s", name, id)
		}
	}
}

// TestPrivateChannel_NeedsItsScopes grants the scopes of public channels alone, and subscribes to their messages alone.
func TestPrivateChannel_NeedsItsScopes(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) {
		o.Scopes = []string{"channels:history", "channels:read", "chat:write"}
		o.Events = []string{"message.channels"}
	}, nothing, func(t *testing.T, s served, told <-chan heard) {
		for kind, id := range privateAndGroup(t, s) {
			if _, err := s.Say("U01ADA", id, "not for the app", ""); err != nil {
				t.Fatal(err)
			}
			for _, method := range []string{"conversations.history", "conversations.info"} {
				if code := s.call(method, object{"channel": id})["error"]; code != "missing_scope" {
					t.Errorf("%s of %s: %v", method, kind, code)
				}
			}
		}
		if _, err := s.Say("U01ADA", "C01GENERAL", "for the app", ""); err != nil {
			t.Fatal(err)
		}
		if e := next(t, told).object("event"); e["text"] != "for the app" {
			t.Errorf("the app got %v", e)
		}
	})
}
