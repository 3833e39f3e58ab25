package sim_test

import (
	"fmt"
	"strings"
	"testing"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

func TestReact_SendsEvents(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		ts := s.post(object{"channel": "C01GENERAL", "text": "hi"})
		if err := s.React("U01ADA", "C01GENERAL", ts, "x"); err != nil {
			t.Fatal(err)
		}
		want := object{"type": "message", "channel": "C01GENERAL", "ts": ts}
		if e := next(t, told).object("event"); e["type"] != "reaction_added" || e["user"] != "U01ADA" || e["reaction"] != "x" || e["item_user"] != slacksim.BotUserID ||
			fmt.Sprint(e["item"]) != fmt.Sprint(want) || e["event_ts"] == "" {
			t.Errorf("%v", e)
		}
		s.ok("reactions.add", object{"channel": "C01GENERAL", "timestamp": ts, "name": "x"})
		if e := next(t, told).object("event"); e["user"] != slacksim.BotUserID {
			t.Errorf("the bot's own reaction: %v", e)
		}
		if err := s.React("U01ADA", "C01GENERAL", ts, "x"); err == nil {
			t.Error("reacted twice")
		}
		if err := s.Unreact("U01ADA", "C01GENERAL", ts, "x"); err != nil {
			t.Fatal(err)
		}
		if e := next(t, told).object("event"); e["type"] != "reaction_removed" {
			t.Errorf("%v", e)
		}
		if r := s.last().Reactions; len(r) != 1 || fmt.Sprint(r[0].Users) != "["+slacksim.BotUserID+"]" {
			t.Errorf("%v", r)
		}
		if err := s.Unreact("U01ADA", "C01GENERAL", ts, "x"); err == nil {
			t.Error("removed twice")
		}
		if err := s.React("U01ADA", "C01GENERAL", "1.2", "x"); err == nil {
			t.Error("reacted to nothing")
		}
	})
}

func TestEditAndDelete_SendEvents(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		ts, err := s.Say("U01ADA", "C01GENERAL", "before", "")
		if err != nil {
			t.Fatal(err)
		}
		next(t, told)
		for _, change := range []func(string, string) error{
			func(user, ts string) error { return s.Edit(user, "C01GENERAL", ts, "after") },
			func(user, ts string) error { return s.Delete(user, "C01GENERAL", ts) },
		} {
			if change("U02ROB", ts) == nil || change("U01ADA", "1.2") == nil {
				t.Error("changed somebody else's message, or none")
			}
		}
		if err := s.Edit("U01ADA", "C01GENERAL", ts, "after"); err != nil {
			t.Fatal(err)
		}
		e := next(t, told).object("event")
		now, _ := e["message"].(object)
		before, _ := e["previous_message"].(object)
		if e["subtype"] != "message_changed" || e["hidden"] != true || e["channel_type"] != "channel" || now["text"] != "after" || now["ts"] != ts || before["text"] != "before" ||
			now["edited"].(object)["user"] != "U01ADA" || e["ts"] == ts {
			t.Errorf("%v", e)
		}
		if m := s.last(); m.Text != "after" || m.Edited == "" {
			t.Errorf("%+v", m)
		}
		if err := s.Delete("U01ADA", "C01GENERAL", ts); err != nil {
			t.Fatal(err)
		}
		e = next(t, told).object("event")
		before, _ = e["previous_message"].(object)
		if e["subtype"] != "message_deleted" || e["deleted_ts"] != ts || before["text"] != "after" {
			t.Errorf("%v", e)
		}
		if n := len(s.Snapshot().Messages); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

func TestChatUpdate(t *testing.T) {
	t.Parallel()
	s := serve(t, same)
	ts := s.post(object{"channel": "C01GENERAL", "text": "one", "blocks": controls()})
	said, err := s.Say("U01ADA", "C01GENERAL", "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	message := func() slacksim.Message { return s.Snapshot().Messages[0] }
	for _, test := range []struct {
		arguments object
		err       any
		text      string
		blocks    int
	}{
		{object{"ts": ts, "blocks": list{object{"type": "divider"}}}, nil, "", 1},
		{object{"ts": ts, "text": "two", "blocks": controls()}, nil, "two", 2},
		{object{"ts": ts}, nil, "two", 2}, // nothing changes
		{object{"ts": ts, "text": "three", "blocks": list{object{"type": "header"}}}, "invalid_blocks", "two", 2},
		{object{"ts": ts, "text": "three"}, nil, "three", 0},
		{object{"ts": ts, "text": ""}, "no_text", "three", 0},
		{object{"ts": said, "text": "x"}, "cant_update_message", "three", 0},
		{object{"ts": "1.2", "text": "x"}, "message_not_found", "three", 0},
		{object{"ts": ts, "text": "x", "channel": "C0"}, "channel_not_found", "three", 0},
	} {
		if test.arguments["channel"] == nil {
			test.arguments["channel"] = "C01GENERAL"
		}
		answer := s.call("chat.update", test.arguments)
		if m := message(); answer["error"] != test.err || m.Text != test.text || len(m.Blocks) != test.blocks {
			t.Errorf("%v: %v, and the message is %q with %d blocks", test.arguments, answer, m.Text, len(m.Blocks))
		}
	}
	if answer := s.call("chat.delete", object{"channel": "C01GENERAL", "ts": said}); answer["error"] != "cant_delete_message" {
		t.Errorf("%v", answer)
	}
	s.ok("chat.delete", object{"channel": "C01GENERAL", "ts": ts})
	if answer := s.call("chat.delete", object{"channel": "C01GENERAL", "ts": ts}); answer["error"] != "message_not_found" {
		t.Errorf("%v", answer)
	}
}

func TestPostMessage_ExplainsInvalidBlocks(t *testing.T) {
	t.Parallel()
	s := serve(t, same)
	for _, arguments := range []object{
		{"channel": "C01GENERAL", "text": "x", "blocks": list{object{"type": "header", "text": plain(strings.Repeat("x", 151))}}},
		{"channel": "C01GENERAL", "user": "U01ADA", "text": "x", "blocks": list{object{"type": "header", "text": plain(strings.Repeat("x", 151))}}},
	} {
		method := map[bool]string{true: "chat.postEphemeral", false: "chat.postMessage"}[arguments["user"] != nil]
		answer := s.call(method, arguments)
		if answer["error"] != "invalid_blocks" || !strings.Contains(fmt.Sprint(answer["response_metadata"]), "must be less than 151 characters [json-pointer:/blocks/0/text/text]") {
			t.Errorf("%s: %v", method, answer)
		}
	}
	if n := len(s.Snapshot().Messages); n != 0 {
		t.Errorf("%d messages were posted", n)
	}
}
