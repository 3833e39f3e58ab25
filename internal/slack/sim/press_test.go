package sim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

// controls are the blocks of a message with a button, a menu and one with type-ahead.
func controls() list {
	return list{
		object{"type": "section", "block_id": "text", "text": object{"type": "mrkdwn", "text": "*choose*"}},
		object{"type": "actions", "block_id": "row", "elements": list{
			object{"type": "button", "action_id": "approve", "text": plain("Approve"), "value": "17"},
			object{"type": "static_select", "action_id": "menu", "options": list{option("one"), option("two")}},
			object{"type": "external_select", "action_id": "lookup", "min_query_length": 1},
			object{"type": "button", "action_id": "link", "text": plain("Look"), "url": "https://go.dev"},
		}},
	}
}

// typedPayload decodes a payload with the types of a client library.
func typedPayload(t *testing.T, h heard) slack.InteractionCallback {
	t.Helper()
	raw, err := json.Marshal(h.body)
	if err != nil {
		t.Fatal(err)
	}
	var c slack.InteractionCallback
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (s served) post(arguments object) string {
	s.t.Helper()
	method := "chat.postMessage"
	if arguments["user"] != nil {
		method = "chat.postEphemeral"
	}
	ts, _ := s.ok(method, arguments)["ts"].(string)
	if ts == "" {
		ts = s.last().TS
	}
	return ts
}

func TestPress_Payload(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		ts := s.post(object{"channel": "C01GENERAL", "text": "choose", "blocks": controls(), "thread_ts": "1.2"})
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"); err != nil {
			t.Fatal(err)
		}
		h := next(t, told)
		c := typedPayload(t, h)
		if h.kind != "interactive" || c.Type != slack.InteractionTypeBlockActions || c.Team.ID != "T1" || c.Team.Domain != "simulated" || c.User.ID != "U01ADA" ||
			h.object("user")["username"] != "ada" || c.APIAppID != "A1" || c.TriggerID == "" || !strings.HasPrefix(c.ResponseURL, s.api) {
			t.Errorf("%+v", h)
		}
		if c.Container.Type != "message" || c.Container.MessageTs != ts || c.Container.ChannelID != "C01GENERAL" || c.Container.IsEphemeral || c.Container.ThreadTs != "1.2" {
			t.Errorf("%+v", c.Container)
		}
		if c.Channel.ID != "C01GENERAL" || c.Channel.Name != "general" || c.Message.Timestamp != ts || c.Message.User != slacksim.BotUserID || len(c.Message.Blocks.BlockSet) != 2 {
			t.Errorf("%+v", c.Message)
		}
		if len(c.ActionCallback.BlockActions) != 1 {
			t.Fatalf("%v", h.body["actions"])
		}
		if a := c.ActionCallback.BlockActions[0]; a.ActionID != "approve" || a.BlockID != "row" || a.Type != "button" || a.Value != "17" || a.Text.Text != "Approve" || a.ActionTs == "" {
			t.Errorf("%+v", a)
		}

		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "menu", "two"); err != nil {
			t.Fatal(err)
		}
		again := typedPayload(t, next(t, told))
		if a := again.ActionCallback.BlockActions[0]; a.SelectedOption.Value != "two" || a.SelectedOption.Text.Text != "the two" {
			t.Errorf("%+v", a)
		}
		if got := again.BlockActionState.Values["row"]["menu"].SelectedOption.Value; got != "two" {
			t.Errorf("the state has %q", got)
		}
		if again.TriggerID == c.TriggerID {
			t.Error("two presses share a trigger")
		}
		if err := s.PressIn(t.Context(), "U01ADA", "C01GENERAL", ts, "row", "link"); err != nil {
			t.Fatal(err)
		}
		if a := typedPayload(t, next(t, told)).ActionCallback.BlockActions[0]; a.ActionID != "link" {
			t.Errorf("a link button sent %+v", a)
		}
		for name, err := range map[string]error{
			"no such element": s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "none"),
			"no such block":   s.PressIn(t.Context(), "U01ADA", "C01GENERAL", ts, "text", "link"),
			"no such option":  s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "menu", "three"),
			"no such message": s.Press(t.Context(), "U01ADA", "C01GENERAL", "1.2", "approve"),
			"no such person":  s.Press(t.Context(), "U0", "C01GENERAL", ts, "approve"),
		} {
			if err == nil {
				t.Errorf("%s: pressed", name)
			}
		}
	})
}

func TestPress_EphemeralMessage(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		ts := s.post(object{"channel": "C01GENERAL", "user": "U01ADA", "text": "choose", "blocks": controls()})
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"); err != nil {
			t.Fatal(err)
		}
		h := next(t, told)
		if h.object("container")["is_ephemeral"] != true || h.body["message"] != nil {
			t.Errorf("%+v", h)
		}
		if err := s.Press(t.Context(), "U02ROB", "C01GENERAL", ts, "approve"); err == nil {
			t.Error("somebody else pressed it")
		}
		// Only the response_url changes it.
		for method, arguments := range map[string]object{"chat.update": {"channel": "C01GENERAL", "ts": ts, "text": "x"}, "chat.delete": {"channel": "C01GENERAL", "ts": ts}} {
			if answer := s.call(method, arguments); answer["error"] != "message_not_found" {
				t.Errorf("%s: %v", method, answer)
			}
		}
		if status, body := s.respond(h.text("response_url"), `{"text":"done","replace_original":true}`); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if m := s.last(); m.TS != ts || m.Text != "done" || m.EphemeralFor != "U01ADA" || len(m.Blocks) > 0 {
			t.Errorf("%+v", m)
		}
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"); err == nil {
			t.Error("a button that is gone was pressed")
		}
	})
}

func TestPress_NoInteractivity(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		ts := s.post(object{"channel": "C01GENERAL", "text": "choose", "blocks": controls()})
		s.SetInteractivity(false)
		wantShown(t, s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"), "interactivity_off")
		wantShown(t, s.GlobalShortcut(t.Context(), "U01ADA", "suggest"), "interactivity_off")
		wantShown(t, s.MessageShortcut(t.Context(), "U01ADA", "C01GENERAL", ts, "share"), "interactivity_off")
		if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", ""); err != nil {
			t.Errorf("a slash command: %v", err)
		}
		next(t, told)
		s.SetInteractivity(true)
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"); err != nil {
			t.Error(err)
		}
		next(t, told)
		if len(told) > 0 {
			t.Error("the app heard of a press while interactivity was off")
		}
	})
}

func TestPress_IsNotRepeated(t *testing.T) {
	t.Parallel()
	bothTransports(t, short, noAnswer, func(t *testing.T, s served, told <-chan heard) {
		ts := s.post(object{"channel": "C01GENERAL", "text": "choose", "blocks": controls()})
		wantShown(t, s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "approve"), "operation_timeout")
		next(t, told)
		if shown := s.Errors("U01ADA"); len(shown) != 1 || shown[0].Action != "Approve" || shown[0].Channel != "C01GENERAL" {
			t.Errorf("%+v", shown)
		}
		if len(told) > 0 {
			t.Error("the press was sent again")
		}
	})
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) {
		o.Shortcuts = []slacksim.Shortcut{{Name: "Suggest", Type: "global", CallbackID: "suggest"}, {Name: "Share", Type: "message", CallbackID: "share"}}
	}, func(h heard) any {
		if h.kind == "interactive" {
			return object{"text": "has no effect"}
		}
		return nil
	}, func(t *testing.T, s served, told <-chan heard) {
		if err := s.GlobalShortcut(t.Context(), "U01ADA", "suggest"); err != nil {
			t.Fatal(err)
		}
		h := next(t, told)
		c := typedPayload(t, h)
		if c.Type != slack.InteractionTypeShortcut || c.CallbackID != "suggest" || c.ActionTs == "" || c.TriggerID == "" || h.body["channel"] != nil || h.body["response_url"] != nil {
			t.Errorf("%+v", h)
		}
		ts, err := s.Say("U02ROB", "C01GENERAL", "look", "")
		if err != nil {
			t.Fatal(err)
		}
		next(t, told)
		if err := s.MessageShortcut(t.Context(), "U01ADA", "C01GENERAL", ts, "share"); err != nil {
			t.Fatal(err)
		}
		h = next(t, told)
		c = typedPayload(t, h)
		if c.Type != slack.InteractionTypeMessageAction || c.CallbackID != "share" || c.MessageTs != ts || c.Message.Text != "look" || c.Message.User != "U02ROB" || c.Channel.ID != "C01GENERAL" {
			t.Errorf("%+v", h)
		}
		// The response cannot go into the message's thread.
		if status, body := s.respond(c.ResponseURL, `{"text":"hi","response_type":"in_channel","replace_original":false,"thread_ts":"`+ts+`"}`); status != 200 {
			t.Errorf("%d %s", status, body)
		}
		if m := s.last(); m.Text != "hi" || m.ThreadTS != "" {
			t.Errorf("%+v", m)
		}
		mine := s.post(object{"channel": "C01GENERAL", "user": "U01ADA", "text": "psst"})
		for name, err := range map[string]error{
			"on an ephemeral message": s.MessageShortcut(t.Context(), "U01ADA", "C01GENERAL", mine, "share"),
			"of the other type":       s.MessageShortcut(t.Context(), "U01ADA", "C01GENERAL", ts, "suggest"),
			"not registered":          s.GlobalShortcut(t.Context(), "U01ADA", "other"),
		} {
			if err == nil {
				t.Errorf("%s: chosen", name)
			}
		}
	})
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, func(h heard) any {
		switch h.text("value") {
		case "many":
			all := list{}
			for i := range 101 {
				all = append(all, option(fmt.Sprint(i)))
			}
			return object{"options": all}
		case "":
			return nil
		default:
			return object{"options": list{option(h.text("value"))}}
		}
	}, func(t *testing.T, s served, told <-chan heard) {
		ts := s.post(object{"channel": "C01GENERAL", "text": "choose", "blocks": controls()})
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "lookup", "goroutine"); err == nil {
			t.Error("chose an option that was not suggested")
		}
		options, err := s.SuggestIn(t.Context(), "U01ADA", "C01GENERAL", ts, "row", "lookup", "goroutine")
		if err != nil || len(options) != 1 || options[0]["value"] != "goroutine" {
			t.Errorf("%v (%v)", options, err)
		}
		h := next(t, told)
		if h.text("type") != "block_suggestion" || h.text("value") != "goroutine" || h.text("block_id") != "row" || h.text("action_id") != "lookup" ||
			h.object("container")["message_ts"] != ts || h.body["trigger_id"] != nil {
			t.Errorf("%+v", h)
		}
		if err := s.Press(t.Context(), "U01ADA", "C01GENERAL", ts, "lookup", "goroutine"); err != nil {
			t.Error(err)
		}
		next(t, told)
		if options, err := s.SuggestIn(t.Context(), "U01ADA", "C01GENERAL", ts, "row", "lookup", "many"); err != nil || options != nil {
			t.Errorf("101 options: %v (%v)", options, err)
		}
		if mistakes := s.Mistakes(); len(mistakes) != 1 || !strings.Contains(mistakes[0], "no more than 100") {
			t.Errorf("%q", mistakes)
		}
		next(t, told)
		if _, err := s.SuggestIn(t.Context(), "U01ADA", "C01GENERAL", ts, "row", "lookup", ""); err == nil || len(told) > 0 {
			t.Errorf("less than min_query_length was sent (%v)", err)
		}
	})
}

func TestPress_Organization(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) { o.Organization = true }, nothing, func(t *testing.T, s served, told <-chan heard) {
		if err := s.GlobalShortcut(t.Context(), "U01ADA", "suggest"); err != nil {
			t.Fatal(err)
		}
		h := next(t, told)
		if team, there := h.body["team"]; !there || team != nil || h.object("user")["team_id"] != "T1" || h.body["is_enterprise_install"] != true {
			t.Errorf("%+v", h)
		}
	})
}
