package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
)

func textInput(block string) object {
	return object{"type": "input", "block_id": block, "label": plain(block), "element": object{"type": "plain_text_input", "action_id": "value"}}
}

// form is a modal with two inputs.
func form(callbackID string, more object) object {
	v := object{
		"type": "modal", "callback_id": callbackID, "title": plain("Suggest a term"), "submit": plain("Send"), "close": plain("Not now"),
		"private_metadata": "data", "blocks": list{object{"type": "section", "block_id": "intro", "text": plain("hello")}, textInput("term"), textInput("meaning")},
	}
	for key, value := range more {
		v[key] = value
	}
	return v
}

// opened has Ada choose a shortcut and the app open a view.
func opened(t *testing.T, s served, told <-chan heard, view object) object {
	t.Helper()
	if err := s.GlobalShortcut(t.Context(), "U01ADA", "x"); err != nil {
		t.Fatal(err)
	}
	answer, _ := s.ok("views.open", object{"trigger_id": next(t, told).text("trigger_id"), "view": view})["view"].(object)
	return answer
}

func fill(t *testing.T, s served, values map[string]string) {
	t.Helper()
	for block, value := range values {
		if err := s.Fill(t.Context(), "U01ADA", block, "value", value); err != nil {
			t.Fatal(err)
		}
	}
}

// ids returns the callback ids of Ada's modals.
func ids(s served) string {
	var all []string
	for _, v := range s.Modal("U01ADA").Views {
		all = append(all, fmt.Sprint(v.Content["callback_id"]))
	}
	return strings.Join(all, " ")
}

func TestViews_Triggers(t *testing.T) {
	t.Parallel()
	clock := newClock()
	bothTransports(t, func(o *slacksim.Options) { o.Now = clock.now }, nothing, func(t *testing.T, s served, told <-chan heard) {
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
	clock := newClock()
	bothTransports(t, func(o *slacksim.Options) { o.Now = clock.now }, nothing, func(t *testing.T, s served, told <-chan heard) {
		if err := s.SlashCommand(t.Context(), "U01ADA", "C01GENERAL", "/gopher", ""); err != nil {
			t.Fatal(err)
		}
		trigger := next(t, told).text("trigger_id")
		clock.forward(3*time.Second + time.Millisecond)
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

func TestCancel_WithoutNotification(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, nothing, func(t *testing.T, s served, told <-chan heard) {
		opened(t, s, told, form("f", nil))
		if err := s.Close(t.Context(), "U01ADA"); err != nil {
			t.Fatal(err)
		}
		if len(told) > 0 || ids(s) != "" {
			t.Error("the app was told")
		}
		if err := s.Close(t.Context(), "U01ADA"); err == nil {
			t.Error("closed what is not open")
		}
	})
}

// TestSubmit_Answers has the app answer each submission with the next answer.
func TestSubmit_Answers(t *testing.T) {
	t.Parallel()
	errs := func(block string) object {
		return object{"response_action": "errors", "errors": object{block: "not that"}}
	}
	for _, test := range []struct {
		name   string
		answer any
		left   string // the modals afterwards
		lines  string
		shown  string
		wrong  string // a mistake
	}{
		{"empty", nil, "", "", "", ""},
		{"an empty object", object{}, "", "", "", ""},
		{"clear", object{"response_action": "clear"}, "", "", "", ""},
		{"errors", errs("term"), "f", "map[term:not that]", "", ""},
		{"errors at a section", errs("intro"), "f", "map[]", "", `"intro", which is no input block`},
		{"update", object{"response_action": "update", "view": form("g", nil)}, "g", "map[]", "", ""},
		{"push", object{"response_action": "push", "view": form("g", nil)}, "f g", "map[]", "", ""},
		{"a bad view", object{"response_action": "update", "view": object{"type": "modal"}}, "f", "map[]", "trouble_connecting", "invalid_arguments"},
		{"an unknown action", object{"response_action": "jump"}, "f", "map[]", "trouble_connecting", `"jump"`},
		{"no object", "text", "f", "map[]", "trouble_connecting", "no JSON object"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bothTransports(t, same, func(h heard) any {
				if h.text("type") == "view_submission" {
					return test.answer
				}
				return nil
			}, func(t *testing.T, s served, told <-chan heard) {
				opened(t, s, told, form("f", nil))
				fill(t, s, map[string]string{"term": "a", "meaning": "b"})
				err := s.Submit(t.Context(), "U01ADA")
				if test.shown != "" {
					wantShown(t, err, test.shown)
				} else if err != nil {
					t.Error(err)
				}
				if ids(s) != test.left {
					t.Errorf("the modals are %q, want %q", ids(s), test.left)
				}
				if views := s.Modal("U01ADA").Views; len(views) > 0 && fmt.Sprint(views[0].Errors) != test.lines {
					t.Errorf("the lines are %v, want %s", views[0].Errors, test.lines)
				}
				if mistakes := s.Mistakes(); (len(mistakes) > 0) != (test.wrong != "") || test.wrong != "" && !strings.Contains(mistakes[0], test.wrong) {
					t.Errorf("the mistakes are %q, want %q", mistakes, test.wrong)
				}
			})
		})
	}
}

func TestSubmit_Payload(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, func(h heard) any {
		if h.text("type") != "view_submission" {
			return nil
		}
		if h.object("view")["state"].(object)["values"].(object)["term"].(object)["value"].(object)["value"] == "wrong" {
			return object{"response_action": "errors", "errors": object{"term": "not that"}}
		}
		return nil
	}, func(t *testing.T, s served, told <-chan heard) {
		v := opened(t, s, told, form("f", nil))
		fill(t, s, map[string]string{"term": "wrong", "meaning": ""})
		if err := s.Submit(t.Context(), "U01ADA"); err != nil {
			t.Fatal(err)
		}
		if lines := s.Modal("U01ADA").Views[0].Errors; len(told) > 0 || lines["meaning"] == "" {
			t.Errorf("an empty input was submitted; the lines are %q", lines)
		}
		fill(t, s, map[string]string{"meaning": "x"})
		var triggers, hashes []string
		for _, term := range []string{"wrong", "right"} {
			fill(t, s, map[string]string{"term": term})
			if err := s.Submit(t.Context(), "U01ADA"); err != nil {
				t.Fatal(err)
			}
			c := typedPayload(t, next(t, told))
			if c.Type != slack.InteractionTypeViewSubmission || c.View.ID != v["id"] || c.View.CallbackID != "f" || c.View.PrivateMetadata != "data" || c.View.RootViewID != v["id"] ||
				c.View.State.Values["term"]["value"].Value != term || c.View.State.Values["term"]["value"].Type != "plain_text_input" {
				t.Errorf("%+v", c.View)
			}
			triggers, hashes = append(triggers, c.TriggerID), append(hashes, c.View.Hash)
		}
		if triggers[0] == triggers[1] || hashes[0] != hashes[1] {
			t.Errorf("triggers %q must differ, and hashes %q must not", triggers, hashes)
		}
		if ids(s) != "" {
			t.Error("the modal is still open")
		}
	})
}

func TestSubmit_Late(t *testing.T) {
	t.Parallel()
	bothTransports(t, func(o *slacksim.Options) { o.Timeout = 300 * time.Millisecond }, func(h heard) any {
		if h.text("type") == "view_submission" {
			return ignore{}
		}
		return nil
	}, func(t *testing.T, s served, told <-chan heard) {
		opened(t, s, told, form("f", nil))
		fill(t, s, map[string]string{"term": "a", "meaning": "b"})
		wantShown(t, s.Submit(t.Context(), "U01ADA"), "operation_timeout")
		if v := s.Modal("U01ADA").Views; len(v) != 1 || v[0].State["term"]["value"]["value"] != "a" {
			t.Errorf("the form is %+v, want it with what was typed", v)
		}
	})
}

func TestFill_DispatchesAndSuggests(t *testing.T) {
	t.Parallel()
	bothTransports(t, same, func(h heard) any {
		if h.text("type") == "block_suggestion" {
			return object{"options": list{option("goroutine")}}
		}
		return nil
	}, func(t *testing.T, s served, told <-chan heard) {
		dispatching := textInput("loud")
		dispatching["dispatch_action"] = true
		where := object{"type": "input", "block_id": "where", "label": plain("where"), "element": object{
			"type": "conversations_select", "action_id": "value", "response_url_enabled": true,
		}}
		lookup := object{"type": "input", "block_id": "lookup", "label": plain("lookup"), "element": object{"type": "external_select", "action_id": "value"}}
		opened(t, s, told, form("f", object{"blocks": list{dispatching, textInput("quiet"), where, lookup}}))
		fill(t, s, map[string]string{"quiet": "a"})
		if len(told) > 0 {
			t.Error("the app was told of what is typed")
		}
		fill(t, s, map[string]string{"loud": "b"})
		c := typedPayload(t, next(t, told))
		if a := c.ActionCallback.BlockActions[0]; a.Value != "b" || a.BlockID != "loud" || c.View.State.Values["loud"]["value"].Value != "b" || c.View.State.Values["quiet"]["value"].Value != "a" {
			t.Errorf("%+v", c)
		}
		if _, err := s.Suggest(t.Context(), "U01ADA", "lookup", "value", "go"); err == nil {
			t.Error("two characters were sent")
		}
		if options, err := s.Suggest(t.Context(), "U01ADA", "lookup", "value", "gor"); err != nil || len(options) != 1 {
			t.Errorf("%v (%v)", options, err)
		}
		if h := next(t, told); h.object("container")["type"] != "view" || h.object("view")["callback_id"] != "f" {
			t.Errorf("%+v", h)
		}
		fill(t, s, map[string]string{"lookup": "goroutine", "where": "C03REVIEWS"})
		if err := s.Submit(t.Context(), "U01ADA"); err != nil {
			t.Fatal(err)
		}
		c = typedPayload(t, next(t, told))
		if len(c.ResponseURLs) != 1 || c.ResponseURLs[0].ChannelID != "C03REVIEWS" || c.ResponseURLs[0].BlockID != "where" {
			t.Fatalf("%+v", c.ResponseURLs)
		}
		if status, _ := s.respond(c.ResponseURLs[0].ResponseURL, `{"text":"hi","response_type":"in_channel"}`); status != 200 || s.last().Channel != "C03REVIEWS" {
			t.Errorf("%d %+v", status, s.last())
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
