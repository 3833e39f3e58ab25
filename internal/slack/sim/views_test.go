package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/slack-go/slack"
)

func TestViews_Triggers(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		open := func(method, trigger string) any {
			return s.call(method, object{"trigger_id": trigger, "view": form("f", nil)})["error"]
		}
		if got := open("views.open", "1.2.x"); got != "invalid_trigger_id" {
			t.Error(got)
		}
		press := func() string {
			t.Helper()
			if err := s.GlobalShortcut(t.Context(), "U01ADA", "x"); err != nil {
				t.Fatal(err)
			}
			return next(t, told).text("trigger_id")
		}
		trigger := press()
		if got := open("views.push", trigger); got != "invalid_trigger_id" {
			t.Errorf("pushed without a modal: %v", got)
		}
		if answer := s.call("views.open", object{"trigger_id": trigger, "view": form("f", object{"title": plain(strings.Repeat("t", 25))})}); answer["error"] != "invalid_arguments" ||
			!strings.Contains(fmt.Sprint(answer["response_metadata"]), "/view/title/text") {
			t.Errorf("%v", answer)
		}
		if got := open("views.open", trigger); got != nil {
			t.Error(got)
		}
		if got := open("views.open", trigger); got != "exchanged_trigger_id" {
			t.Error(got)
		}
	})
}

func TestViews_TriggersExpire(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", ""); err != nil {
			t.Fatal(err)
		}
		trigger := next(t, told).text("trigger_id")
		s.clock.forward(3*time.Second + time.Millisecond)
		if got := s.call("views.open", object{"trigger_id": trigger, "view": form("f", nil)})["error"]; got != "expired_trigger_id" {
			t.Error(got)
		}
	})
}

func TestViews_Object(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		v := opened(t, s, told, form("f", object{"external_id": "e", "notify_on_close": true}))
		want := object{
			"type": "modal", "team_id": "T1", "app_id": "A1", "bot_id": slacksim.BotID, "callback_id": "f", "private_metadata": "data", "external_id": "e",
			"root_view_id": v["id"], "previous_view_id": nil, "notify_on_close": true, "clear_on_close": false,
		}
		for key, want := range want {
			if v[key] != want {
				t.Errorf("%s is %v, want %v", key, v[key], want)
			}
		}
		if v["hash"] == "" || len(v["blocks"].(list)) != 3 || len(v["state"].(object)["values"].(object)) != 2 {
			t.Errorf("%v", v)
		}
	})
}

func TestViews_Update(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		v := opened(t, s, told, form("f", object{"external_id": "e"}))
		fill(t, s, map[string]string{"term": "typed"})
		update := func(more object) object {
			t.Helper()
			arguments := object{"view": form("g", object{"external_id": "e", "blocks": list{textInput("term"), textInput("other")}})}
			for key, value := range more {
				arguments[key] = value
			}
			return s.call("views.update", arguments)
		}
		if got := update(object{"view_id": "V0"})["error"]; got != "not_found" {
			t.Error(got)
		}
		if got := update(object{"view_id": v["id"], "hash": "1.old"})["error"]; got != "hash_conflict" {
			t.Error(got)
		}
		answer := update(object{"view_id": v["id"], "hash": v["hash"]})
		if answer["ok"] != true || answer["view"].(object)["hash"] == v["hash"] || answer["view"].(object)["id"] != v["id"] {
			t.Errorf("%v", answer)
		}
		now := s.Modal("U01ADA").Views[0]
		if now.State["term"]["value"]["value"] != "typed" || now.State["other"]["value"]["value"] != nil || now.State["meaning"] != nil {
			t.Errorf("%v", now.State)
		}
		if answer := update(object{"external_id": "e", "hash": v["hash"]}); answer["error"] != "hash_conflict" {
			t.Errorf("with the hash before: %v", answer)
		}
		if answer := update(object{"external_id": "e"}); answer["ok"] != true {
			t.Errorf("by its external id: %v", answer)
		}
		large := form("f", object{"blocks": list{}})
		for i := range 95 {
			large["blocks"] = append(large["blocks"].(list), object{"type": "section", "block_id": fmt.Sprint(i), "text": plain(strings.Repeat("x", 2900))})
		}
		if answer := update(object{"view_id": v["id"], "view": large}); answer["error"] != "view_too_large" {
			t.Errorf("%v", answer)
		}
	})
}

func TestViews_Stack(t *testing.T) {
	t.Parallel()
	withButton := func(id string) object {
		return form(id, object{"notify_on_close": true, "external_id": id, "blocks": list{
			object{"type": "actions", "block_id": "row", "elements": list{object{"type": "button", "action_id": "more", "text": plain("More")}}},
		}})
	}
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		root := opened(t, s, told, withButton("one"))
		push := func(id string) object {
			t.Helper()
			if err := s.Fill(t.Context(), "U01ADA", "row", "more"); err != nil {
				t.Fatal(err)
			}
			h := next(t, told)
			if h.text("type") != "block_actions" || h.object("container")["type"] != "view" || h.object("view")["id"] != h.object("container")["view_id"] || h.body["message"] != nil {
				t.Errorf("%+v", h)
			}
			return s.call("views.push", object{"trigger_id": h.text("trigger_id"), "view": withButton(id)})
		}
		if answer := push("one"); answer["error"] != "duplicate_external_id" {
			t.Errorf("%v", answer)
		}
		two := push("two")["view"].(object)
		three := push("three")["view"].(object)
		if two["previous_view_id"] != root["id"] || three["previous_view_id"] != two["id"] || three["root_view_id"] != root["id"] {
			t.Errorf("%v", three)
		}
		if answer := push("four"); answer["error"] != "push_limit_reached" {
			t.Errorf("%v", answer)
		}
		if err := s.Cancel(t.Context(), "U01ADA"); err != nil {
			t.Fatal(err)
		}
		c := typedPayload(t, next(t, told))
		if c.Type != slack.InteractionTypeViewClosed || c.View.ID != three["id"] || c.IsCleared || ids(s) != "one two" {
			t.Errorf("%+v, and %s are left", c.View, ids(s))
		}
		if err := s.Close(t.Context(), "U01ADA"); err != nil {
			t.Fatal(err)
		}
		c = typedPayload(t, next(t, told))
		if c.View.ID != root["id"] || !c.IsCleared || ids(s) != "" {
			t.Errorf("the × named %s, want the root %s; %s are left", c.View.ID, root["id"], ids(s))
		}
	})
}

func TestHome(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		open := func() object {
			t.Helper()
			if err := s.OpenHome("U01ADA"); err != nil {
				t.Fatal(err)
			}
			return next(t, told).object("event")
		}
		if e := open(); e["type"] != "app_home_opened" || e["tab"] != "home" || e["user"] != "U01ADA" || e["channel"] != "D01ADA" || e["view"] != nil {
			t.Errorf("%v", e)
		}
		home := object{"type": "home", "callback_id": "home", "blocks": list{
			object{"type": "actions", "block_id": "row", "elements": list{
				object{"type": "button", "action_id": "more", "text": plain("More")},
				object{"type": "external_select", "action_id": "lookup", "min_query_length": 0},
			}},
		}}
		first := s.ok("views.publish", object{"user_id": "U01ADA", "view": home})["view"].(object)
		if e := open(); e["view"].(object)["hash"] != first["hash"] {
			t.Errorf("%v", e)
		}
		if answer := s.call("views.publish", object{"user_id": "U01ADA", "view": home, "hash": "1.old"}); answer["error"] != "hash_conflict" {
			t.Errorf("%v", answer)
		}
		second := s.ok("views.publish", object{"user_id": "U01ADA", "view": home, "hash": first["hash"]})["view"].(object)
		if second["id"] != first["id"] || second["hash"] == first["hash"] {
			t.Errorf("%v", second)
		}
		if err := s.PressHome(t.Context(), "U01ADA", "row", "more"); err != nil {
			t.Fatal(err)
		}
		h := next(t, told)
		if h.object("view")["type"] != "home" || h.object("container")["view_id"] != first["id"] {
			t.Errorf("%+v", h)
		}
		// A modal can be opened from there, and not pushed.
		trigger := h.text("trigger_id")
		if answer := s.call("views.push", object{"trigger_id": trigger, "view": form("f", nil)}); answer["error"] != "invalid_trigger_id" {
			t.Errorf("%v", answer)
		}
		s.ok("views.open", object{"trigger_id": trigger, "view": form("f", nil)})
		if _, err := s.SuggestHome(t.Context(), "U01ADA", "row", "lookup", ""); err != nil {
			t.Error(err)
		}
		next(t, told)
		if v, ok := s.Home("U01ADA"); !ok || v.ID != first["id"] {
			t.Errorf("%+v", v)
		}
		if _, ok := s.Home("U02ROB"); ok {
			t.Error("somebody else has the home")
		}
		if answer := s.call("views.publish", object{"user_id": "U0", "view": home}); answer["error"] != "user_not_found" {
			t.Errorf("%v", answer)
		}
		if answer := s.call("views.publish", object{"user_id": "U01ADA", "view": form("f", nil)}); answer["error"] != "invalid_arguments" {
			t.Errorf("a modal as home: %v", answer)
		}
	})
	s := serve(t, func(o *slacksim.Options) { o.NoHome = true })
	if answer := s.call("views.publish", object{"user_id": "U01ADA", "view": object{"type": "home", "blocks": list{}}}); answer["error"] != "not_enabled" {
		t.Errorf("%v", answer)
	}
}
