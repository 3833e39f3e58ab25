package handlertest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// failures is a testing.TB that records how a test fails.
type failures struct {
	testing.TB
	lines []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf(format, args...))
}

func (f *failures) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// failuresOf runs a test and returns how it failed.
func failuresOf(t *testing.T, test func(testing.TB)) string {
	f := &failures{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(f)
	}()
	testenv.Next(t, done)
	return strings.Join(f.lines, "\n")
}

// answering is an Action that gives a reply.
func answering(id string, reply handler.Reply) handler.Action {
	return handler.Action{ID: id, Help: "h", Run: func(ctx context.Context, _ handler.Interaction, r handler.Responder) error {
		return r.Reply(ctx, reply)
	}}
}

func pressable(t *testing.T) *handler.Registry {
	t.Helper()
	nothing := func(context.Context, handler.Interaction, handler.Responder) error { return nil }
	field := []handler.Field{{Name: "term", Label: "Term"}}
	verdict := func(v handler.Validation) func(context.Context, handler.Interaction) (handler.Validation, error) {
		return func(context.Context, handler.Interaction) (handler.Validation, error) { return v, nil }
	}
	return handlertest.Registry(t,
		answering("good", handler.Reply{Text: "a", Components: []handler.Component{{ID: "good", Label: "Again"}, {Label: "Go", URL: "https://go.dev/"}}}),
		answering("unknown-button", handler.Reply{Text: "a", Components: []handler.Component{{ID: "nothing", Label: "Again"}}}),
		answering("long-label", handler.Reply{Text: "a", Components: []handler.Component{{ID: "good", Label: strings.Repeat("a", 76)}}}),
		handler.Shortcut{ID: "global", Title: "t", Help: "h", Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			return r.Reply(ctx, handler.Text(fmt.Sprint("in ", i.Channel.ID, ".")))
		}},
		handler.Shortcut{ID: "on-message", Title: "t", Help: "h", OnMessage: true, Run: nothing},
		&handler.Form{ID: "form", Title: "t", Fields: field, Run: nothing},
		&handler.Form{ID: "wrong-field", Title: "t", Fields: field, Validate: verdict(handler.Validation{Errors: map[string]string{"other": "no"}})},
		&handler.Form{ID: "unknown-next", Title: "t", Fields: field, Validate: verdict(handler.Validation{Next: &handler.Form{ID: "nowhere", Title: "t"}})},
		&handler.Form{ID: "bad-next", Title: "t", Fields: field, Validate: verdict(handler.Validation{Next: &handler.Form{ID: "form"}})},
		&handler.Form{ID: "bad-load", Title: "t", Run: nothing, Load: func(context.Context, handler.Interaction) ([]handler.Field, error) {
			return []handler.Field{{Name: "term"}}, nil
		}},
	)
}

// TestInteractions_FindMistakes does what a platform would refuse, or what nobody can do.
func TestInteractions_FindMistakes(t *testing.T) {
	t.Parallel()
	r := pressable(t)
	press := func(id string) func(testing.TB) {
		return func(tb testing.TB) { handlertest.Action(tb, r, id, handler.Interaction{}) }
	}
	submit := func(id string, values handler.Values) func(testing.TB) {
		return func(tb testing.TB) { handlertest.Submit(tb, r, id, handler.Interaction{Values: values}) }
	}
	filled := handler.Values{"term": {"a"}}
	for name, c := range map[string]struct {
		test func(testing.TB)
		want string // part of the failure, "" for none
	}{
		"a good reply":                   {press("good"), ""},
		"a button that nothing handles":  {press("unknown-button"), "no Action has the ID nothing"},
		"a label that is too long":       {press("long-label"), "Label of 76 characters: want at most 75"},
		"an action that is not declared": {press("missing"), `action "missing" is not declared`},
		"a slash command that is not":    {func(tb testing.TB) { handlertest.SlashCommand(tb, r, "/missing it") }, "/missing is not declared"},
		"a shortcut that is not":         {func(tb testing.TB) { handlertest.Shortcut(tb, r, "missing", handler.Interaction{}) }, `shortcut "missing" is not declared`},
		"a shortcut without its message": {func(tb testing.TB) { handlertest.Shortcut(tb, r, "on-message", handler.Interaction{}) }, "want a Message"},
		"a form that is not declared":    {submit("missing", filled), `form "missing" is not declared`},
		"a filled form":                  {submit("form", filled), ""},
		"an empty form":                  {submit("form", nil), `field "term" has no value`},
		"an error for no field":          {submit("wrong-field", filled), `an error for field "other", which it lacks`},
		"a next form that is unknown":    {submit("unknown-next", filled), `form "nowhere" is not declared`},
		"a next form with a mistake":     {submit("bad-next", filled), "wants a Title"},
		"loaded fields with a mistake":   {submit("bad-load", filled), `field "term": wants a Label`},
		"a lookup of no field":           {func(tb testing.TB) { handlertest.Lookup(tb, r, "form", "term", "a") }, `has no field "term" with Lookup`},
	} {
		if got := failuresOf(t, c.test); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: it fails with %q, want %q", name, got, c.want)
		}
	}
}

func TestShortcut_OutsideOfMessagesHasNoChannel(t *testing.T) {
	t.Parallel()
	if got := handlertest.Shortcut(t, pressable(t), "global", handler.Interaction{}).String(); got != "reply: in ." {
		t.Error(got)
	}
}
