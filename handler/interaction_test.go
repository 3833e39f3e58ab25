package handler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// say returns a Run function that replies with a text and the interaction's Data.
func say(text string) func(context.Context, handler.Interaction, handler.Responder) error {
	return func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
		return r.Reply(ctx, handler.Text(text+i.Data))
	}
}

const moderator handler.Role = "moderator"

var (
	asModerator = []handler.Role{"reader", moderator}
	teaForm     = &handler.Form{
		ID: "tea", Title: "Order tea", Run: say("tea is coming"), OnClose: say("no tea"),
		Fields: []handler.Field{{Name: "kind", Label: "Which?"}},
		Validate: func(_ context.Context, i handler.Interaction) (handler.Validation, error) {
			switch i.Values.First("kind") {
			case "coffee":
				return handler.Validation{Errors: map[string]string{"kind": "is no tea"}}, nil
			case "help":
				return handler.Validation{Next: &handler.Form{ID: "tea", Title: "All teas", Intro: "black, green"}}, nil
			}
			return handler.Validation{}, nil
		},
	}
	restrictedForm = &handler.Form{ID: "closing", Title: "Close", Only: moderator, Run: say("closed"), Fields: []handler.Field{{Name: "why", Label: "Why?"}}}
)

// pressed is a registry of everything that people press, type or fill in.
func pressed(t *testing.T) *handler.Registry {
	t.Helper()
	restricted := func(context.Context, handler.Message, handler.Responder) error { return errors.New("must not run") }
	return handlertest.Registry(t,
		handler.Help{Trigger: "help", Help: "lists what I answer to", Home: true},
		handler.Command{Trigger: "flip a coin", Help: "flips a coin", Text: "heads"},
		handler.Command{Trigger: "lock up", Help: "closes the library", Run: restricted, Only: moderator},
		handler.Prefix{Prefix: "define ", Argument: "term", Arguments: []handler.Argument{{Name: "map"}}, Help: "explains a term", Run: func(ctx context.Context, m handler.Message, term string, r handler.Responder) error {
			return r.Reply(ctx, handler.Text(term+" for "+strings.Join(m.Mentions, " ")))
		}},
		handler.Prefix{Prefix: "ban ", Argument: "reader", Help: "bans a reader", Only: moderator, Run: func(context.Context, handler.Message, string, handler.Responder) error {
			return errors.New("must not run")
		}},
		handler.Reaction{Words: []string{"coin"}, Emoji: []string{"coin"}},
		handler.Phrase{Phrases: []string{"coin"}, Text: "a phrase", Help: "h"},
		handler.Listener{Title: "all", Help: "h", Match: func(handler.Message) bool { return true }, Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			return r.Reply(ctx, handler.Text("a listener"))
		}},
		handler.SlashCommand{Command: "gopher", Help: "does all of it", Usage: "[anything]", Commands: true, Examples: []handler.Example{{Say: "/gopher flip a coin", Want: "heads"}}},
		handler.SlashCommand{Command: "staff", Help: "does it for moderators", Commands: true, Only: moderator},
		handler.SlashCommand{Command: "tea", Help: "brings tea", Form: teaForm},
		handler.SlashCommand{Command: "ring", Help: "rings", Run: say("dong")},
		handler.SlashCommand{Command: "shut", Help: "shuts", Run: say("shut"), Only: moderator},
		handler.Action{ID: "more", Help: "brings more", Run: say("more ")},
		handler.Action{ID: "order", Help: "orders tea", Form: teaForm},
		handler.Action{ID: "approve", Help: "approves", Run: say("approved "), Only: moderator},
		handler.Action{ID: "close", Help: "closes", Form: restrictedForm},
		handler.Shortcut{ID: "tea", Title: "Order tea", Help: "brings tea", Form: teaForm},
		handler.Shortcut{ID: "shelve", Title: "Shelve it", Help: "shelves a message", OnMessage: true, Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			return r.Reply(ctx, handler.Text("shelved "+i.Message.Text))
		}},
		handler.Shortcut{ID: "burn", Title: "Burn it", Help: "burns", Run: say("burnt"), Only: moderator},
		handler.ReactionAdded{Emoji: []string{"books", "book"}, Help: "shelves a message", Run: say("shelved")},
		handler.ReactionAdded{Emoji: []string{"book"}, Channel: "reading", Help: "lends it", Run: say("lent")},
		handler.ReactionAdded{Emoji: []string{"fire"}, Help: "burns a message", Run: say("burnt"), Only: moderator},
	)
}

const refused = "ephemeral: Only people with the role `moderator` can do that."

func TestSlashCommand_Commands(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	for text, want := range map[string]string{
		"/gopher flip a coin":     "reply: heads", // and neither the reaction nor the phrase nor the listener
		"/gopher  FLIP a coin?":   "reply: heads",
		"/gopher define map":      "reply: map for ",
		"/gopher lock up":         refused,
		"/gopher ban ada":         refused,
		"/gopher coin":            "ephemeral: Did you mean `flip a coin`?",
		"/gopher zebra":           "ephemeral: I don't know anything about that, sorry. Say `/gopher` to see everything.",
		"/gopher flip a coyn":     "reply: heads",
		"/gopher <!channel>":      "ephemeral: I don't know anything about that, sorry. Say `/gopher` to see everything.",
		"/gopher help define":     "ephemeral: `define &lt;term&gt;` – explains a term\nSay it anywhere.",
		"/staff flip a coin":      refused,
		"/ring":                   "reply: dong",
		"/tea green":              "form: tea",
		"/shut":                   refused,
		"/gopher help /gopher":    "ephemeral: `/gopher [anything]` – does all of it\nType it anywhere. For example:\n• `/gopher flip a coin`",
		"/gopher help shelve it?": "ephemeral: *Shelve it* (in the menu of a message) – shelves a message\nChoose it in the menu of a message.",
		"/gopher help Order tea":  "ephemeral: *Order tea* (a shortcut) – brings tea\nChoose it in the list of shortcuts.",
	} {
		if got := handlertest.SlashCommand(t, r, text).String(); got != want {
			t.Errorf("%s: %s\nwant %s", text, got, want)
		}
	}
	everything := handlertest.Mention(t, r, "help").String()
	for _, text := range []string{"/gopher", "/gopher  ", "/gopher help"} {
		if got := handlertest.SlashCommand(t, r, text).String(); got+"\nreply: a listener" != everything {
			t.Errorf("%s: %s\nwant help:\n%s", text, got, everything)
		}
	}
	if got := handlertest.SlashCommand(t, r, "/staff flip a coin", moderator).String(); got != "reply: heads" {
		t.Errorf("as a moderator: %s", got)
	}
	if got := r.SlashCommand("nothing", handler.Interaction{}); len(got) != 0 {
		t.Errorf("a slash command that is not declared: %+v", got)
	}
	i := handler.Interaction{Text: "define map", Mentions: []string{"U2", "U3"}}
	for _, match := range r.SlashCommand("gopher", i) {
		if match.Name != `prefix "define "` || !match.Direct {
			t.Errorf("%+v", match)
		}
	}
}

// TestOnly_RefusesPrivately uses everything that is for moderators, with and without
// the role.
func TestOnly_RefusesPrivately(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	filled := handler.Values{"why": {"late"}}
	for name, c := range map[string]struct {
		use               func(as []handler.Role) handlertest.Result
		others, permitted string
	}{
		"slash command": {func(as []handler.Role) handlertest.Result { return handlertest.SlashCommand(t, r, "/shut", as...) }, refused, "reply: shut"},
		"action": {func(as []handler.Role) handlertest.Result {
			return handlertest.Action(t, r, "approve", handler.Interaction{Roles: as, Data: "17"})
		}, refused, "reply: approved 17"},
		"action with a form for some": {func(as []handler.Role) handlertest.Result {
			return handlertest.Action(t, r, "close", handler.Interaction{Roles: as})
		}, refused, "form: closing"},
		"shortcut": {func(as []handler.Role) handlertest.Result {
			return handlertest.Shortcut(t, r, "burn", handler.Interaction{Roles: as})
		}, refused, "reply: burnt"},
		"form": {func(as []handler.Role) handlertest.Result {
			_, result := handlertest.Submit(t, r, "closing", handler.Interaction{Roles: as, Values: filled})
			return result
		}, refused, "reply: closed"},
		"emoji": {func(as []handler.Role) handlertest.Result {
			return handlertest.ReactionAdded(t, r, "fire", handler.Interaction{Roles: as})
		}, "", "reply: burnt"},
	} {
		if got := c.use([]handler.Role{"reader"}).String(); got != c.others {
			t.Errorf("%s, used by others: %q, want %q", name, got, c.others)
		}
		if got := c.use(asModerator).String(); got != c.permitted {
			t.Errorf("%s, used by a moderator: %q, want %q", name, got, c.permitted)
		}
	}
	for _, said := range []string{"lock up", "ban ada"} {
		if got := handlertest.Mention(t, r, said).String(); got != refused+"\nreply: a listener" {
			t.Errorf("%s: %s", said, got)
		}
		runs := false
		for _, match := range r.Message(handler.Message{Text: said, Mentioned: true, Roles: asModerator}) {
			err := match.Run(t.Context(), printer{})
			runs = runs || err != nil && err.Error() == "must not run"
		}
		if !runs {
			t.Errorf("%s, said by a moderator: it does not run", said)
		}
	}
}

func TestAction_GetsData(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	if got := handlertest.Action(t, r, "more", handler.Interaction{Data: "milk"}).String(); got != "reply: more milk" {
		t.Error(got)
	}
	opened := handlertest.Action(t, r, "order", handler.Interaction{Data: "table 3"}).Opened
	if len(opened) != 1 || opened[0].Form != teaForm || opened[0].Data != "table 3" {
		t.Errorf("%+v", opened)
	}
	if _, ok := r.Action("of-an-earlier-release", handler.Interaction{}); ok {
		t.Error("an action that is not declared matches")
	}
	if _, ok := r.Shortcut("of-an-earlier-release", handler.Interaction{}); ok {
		t.Error("a shortcut that is not declared matches")
	}
}

func TestShortcut_GetsItsMessage(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	got := handlertest.Shortcut(t, r, "shelve", handler.Interaction{Message: &handler.Message{ID: "1", Text: "Moby Dick"}})
	if got.String() != "reply: shelved Moby Dick" {
		t.Error(got)
	}
	if got := handlertest.Shortcut(t, r, "tea", handler.Interaction{}); got.String() != "form: tea" {
		t.Error(got)
	}
}

func TestForm_IsValidatedAndRun(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	kind := func(kind string) handler.Interaction {
		return handler.Interaction{Values: handler.Values{"kind": {kind}}}
	}
	if v, got := handlertest.Submit(t, r, "tea", kind("black")); !v.Taken() || got.String() != "reply: tea is coming" {
		t.Errorf("%+v, %s", v, got)
	}
	if v, got := handlertest.Submit(t, r, "tea", kind("coffee")); v.Taken() || v.Errors["kind"] != "is no tea" || got.String() != "" {
		t.Errorf("an error: %+v, %s", v, got)
	}
	if v, got := handlertest.Submit(t, r, "tea", kind("help")); v.Taken() || v.Next.Intro != "black, green" || got.String() != "" {
		t.Errorf("a next form: %+v, %s", v, got)
	}
	if got := handlertest.Close(t, r, "tea", handler.Interaction{}); got.String() != "reply: no tea" {
		t.Errorf("closed: %s", got)
	}
	if got := handlertest.Close(t, r, "closing", handler.Interaction{}); got.String() != "" {
		t.Errorf("closed without OnClose: %s", got)
	}
	if r.Form("tea") != teaForm || r.Form("nothing") != nil {
		t.Error("Form finds another form")
	}
	shown := handler.Form{ID: "shown", Title: "t"}
	if err := r.Submit(&shown, handler.Interaction{}).Run(t.Context(), printer{}); err != nil {
		t.Errorf("a form without Run: %v", err)
	}
}

func TestReactionAdded_Matches(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	reading, elsewhere := handler.Channel{Name: "reading"}, handler.Channel{Name: "general"}
	for _, c := range []struct {
		emoji   string
		channel handler.Channel
		want    string
	}{
		{"books", elsewhere, "reply: shelved"},
		{"book", elsewhere, "reply: shelved"},
		{"book", reading, "reply: shelved\nreply: lent"},
		{"book", handler.Channel{}, "reply: shelved"},
		{"tada", reading, ""},
	} {
		if got := handlertest.ReactionAdded(t, r, c.emoji, handler.Interaction{Channel: c.channel}).String(); got != c.want {
			t.Errorf("%s in %q: %q, want %q", c.emoji, c.channel.Name, got, c.want)
		}
	}
	for emoji, want := range map[string]bool{"book": true, "books": true, "fire": true, "tada": false, "": false} {
		if r.Reacts(emoji) != want {
			t.Errorf("Reacts(%q) is %t", emoji, !want)
		}
	}
}

func TestRegistry_Home(t *testing.T) {
	t.Parallel()
	r := pressed(t)
	page, ok := r.Home()
	if !ok || len(page.Components) != 1 || handler.CheckComponents(page.Components) != nil {
		t.Fatalf("%+v, %t", page, ok)
	}
	for _, line := range []string{
		"`help`, `flip a coin`, `lock up`",
		"• `ban &lt;reader&gt;` – bans a reader (only for the role `moderator`)",
		"*Type anywhere:*", "• `/gopher [anything]` – does all of it", "• `/shut` – shuts (only for the role `moderator`)",
		"*In the menus:*", "• *Order tea* (a shortcut) – brings tea", "• *Shelve it* (in the menu of a message) – shelves a message",
		"*React to a message:*", "• :books: :book: – shelves a message", "• :fire: – burns a message (only for the role `moderator`)",
	} {
		if !strings.Contains(page.Text+"\n", line+"\n") {
			t.Errorf("no line %q in the page:\n%s", line, page.Text)
		}
	}
	search := page.Components[0].ID
	opened := handlertest.Action(t, r, search, handler.Interaction{}).Opened
	if len(opened) != 1 {
		t.Fatalf("%q opens %+v", search, opened)
	}
	for word, want := range map[string]string{
		"shelve": "*Here's what I found:*\n• *Shelve it* (in the menu of a message) – shelves a message\n• :books: :book: – shelves a message",
		"/tea":   "`/tea` – brings tea\nType it anywhere.",
		"zebra":  "I don't know anything about that, sorry. Say `help` to see everything.",
	} {
		v, ran := handlertest.Submit(t, r, opened[0].Form.ID, handler.Interaction{Values: handler.Values{"topic": {word}}})
		if v.Next == nil || v.Next.Intro != want || ran.String() != "" {
			t.Errorf("%s: %+v, want %q", word, v.Next, want)
		}
	}
	if _, ok := handlertest.Registry(t, handler.Help{Trigger: "help", Help: "h"}).Home(); ok {
		t.Error("a Help without Home has a page")
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	v := handler.Values{
		"text": {"a", "b"}, "checked": {"true"}, "other": {"yes"}, "date": {"2026-02-28"}, "time": {"2026-02-28T12:30:00+01:00"}, "none": {},
	}
	if v.First("text") != "a" || v.First("none") != "" || v.First("missing") != "" {
		t.Errorf("First: %q, %q, %q", v.First("text"), v.First("none"), v.First("missing"))
	}
	if !v.Bool("checked") || v.Bool("other") || v.Bool("missing") {
		t.Errorf("Bool: %t, %t, %t", v.Bool("checked"), v.Bool("other"), v.Bool("missing"))
	}
	for field, want := range map[string]time.Time{
		"date": time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC), "time": time.Date(2026, 2, 28, 11, 30, 0, 0, time.UTC), "text": {}, "missing": {},
	} {
		if got := v.Time(field); !got.Equal(want) {
			t.Errorf("Time of %s: %v, want %v", field, got, want)
		}
	}
	var none handler.Values
	if none.First("a") != "" || none.Bool("a") || !none.Time("a").IsZero() {
		t.Error("no values have a value")
	}
}

func TestInteraction_Has(t *testing.T) {
	t.Parallel()
	i := handler.Interaction{Roles: asModerator}
	if !i.Has(moderator) || !i.Has("reader") || i.Has("admin") || (handler.Interaction{}).Has(moderator) {
		t.Error("Has is wrong about a role")
	}
}

func TestSlashCommand_Examples(t *testing.T) { handlertest.Examples(t, pressed(t)) }
