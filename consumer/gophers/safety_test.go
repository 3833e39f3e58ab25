package gophers

import (
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

func TestSafety_NamesTheContact(t *testing.T) {
	t.Parallel()
	for contact, want := range map[string]string{
		"":                        "• Please send an admin of this workspace a direct message.",
		"#moderators":             "• Please turn to #moderators.",
		"U012ABC":                 "• Please turn to <@U012ABC>.",
		"mods@example.org":        "• Please turn to mods@example.org.",
		"https://example.org/a&b": "• Please turn to <https://example.org/a&amp;b>.",
		"the café's *staff*":      "• Please turn to ",
	} {
		r := registry(t, Deps{AdminContact: contact})
		for _, say := range []string{"report", "RULES?", "mods", "someone was very rude to me"} {
			for kind, did := range map[string]handlertest.Result{"DM": handlertest.Say(t, r, say), "channel": handlertest.Mention(t, r, say)} {
				if len(did.Replies) != map[string]int{"DM": 1}[kind] || len(did.Replies)+len(did.Ephemerals) != 1 || !strings.Contains(did.String(), "\n"+want) {
					t.Errorf("%s, in a %s, with contact %q: %s", say, kind, contact, did)
				}
			}
			if did := handlertest.SayInChannel(t, r, say); did.String() != "" {
				t.Errorf("%s, to nobody: %s", say, did)
			}
		}
	}
}

// TestSafety_GuessesNothing says sensitive words in many ways.
func TestSafety_GuessesNothing(t *testing.T) {
	t.Parallel()
	r := everything(t)
	for _, word := range (safety{}).command().Sensitive {
		for _, say := range []string{word, "can somebody help, " + word + " in #general", "what do I do about " + word + "?", "hello! " + word} {
			if got := kindOfAnswer(r.Message(handler.Message{Text: say, Mentioned: true})); got != safe {
				t.Errorf("%q: %s", say, got)
			}
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := registry(t, Deps{Reports: "C0REPORTS"})
	button := handlertest.Say(t, r, "report").Replies[0].Components
	if len(button) != 1 {
		t.Fatalf("%+v", button)
	}
	opened := handlertest.Action(t, r, button[0].ID, handler.Interaction{}).Opened
	if len(opened) != 1 || opened[0].Form.ID != reportID {
		t.Fatalf("%+v", opened)
	}
	_, did := handlertest.Submit(t, r, reportID, handler.Interaction{User: "UADA", Values: handler.Values{
		whatField: {"He called me *names*,\n<!channel> & more."}, whereField: {" #general "},
	}})
	want := "*A report by <@UADA>:*\n> " + "He called me "
	if len(did.Posts) != 1 || did.Posts[0].Channel != "C0REPORTS" || !strings.HasPrefix(did.Posts[0].Reply.Text, want) || len(did.DMs) != 1 || len(did.Replies) > 0 {
		t.Errorf("%s", did)
	}
	if text := did.Posts[0].Reply.Text; strings.Contains(text, "<!") || strings.Count(text, "\n> ") != 3 || !strings.Contains(text, "\nWhere:\n> ") {
		t.Errorf("%s", text)
	}
	without := registry(t, Deps{})
	if without.Form(reportID) != nil || len(handlertest.Say(t, without, "report").Replies[0].Components) > 0 {
		t.Error("there is a form without a channel for it")
	}
}
