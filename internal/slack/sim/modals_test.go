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
	bothTransports(t, func(o *slacksim.Options) { o.Timeout = 2 * time.Second }, func(h heard) any {
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
