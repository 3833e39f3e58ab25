package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// list is a little of everything.
var list = []handler.Declaration{
	handler.Help{Trigger: "help", Aliases: []string{"commands"}, Help: "lists what I answer to"},
	handler.Command{Trigger: "Flip a Coin", Aliases: []string{"coin flip"}, Help: "flips a coin", Text: "heads"},
	handler.Prefix{
		Prefix: "define ", Argument: "term", Help: "explains a term",
		Run: func(ctx context.Context, _ handler.Message, term string, r handler.Responder) error {
			return r.Reply(ctx, handler.Text("term: "+term))
		},
	},
	handler.Prefix{
		Prefix: "d/", Argument: "package", Help: "links a package",
		Run: func(ctx context.Context, _ handler.Message, name string, r handler.Responder) error {
			return r.Reply(ctx, handler.Text("package: "+name))
		},
	},
	handler.Reaction{Words: []string{"gopher", "my adorable little gophers"}, Emoji: []string{"gopher"}},
	handler.Reaction{Words: []string{"BBQ"}, Emoji: []string{"bbqgopher", "fire"}},
	handler.Reaction{Words: []string{"müsli"}, Emoji: []string{"bowl_with_spoon"}},
	handler.TeamJoin{Text: "welcome"},
	handler.ChannelJoin{Channel: "newbies", Text: "hi newbie"},
}

func TestWhatAMessageMatches(t *testing.T) {
	t.Parallel()
	registry := handlertest.Registry(t, list...)
	channel, mention, direct := handler.Message{}, handler.Message{Mentioned: true}, handler.Message{Channel: handler.Channel{Kind: handler.Direct}}
	for _, test := range []struct {
		name  string
		where handler.Message
		text  string
		want  string
	}{
		{"a command in a DM", direct, "flip a coin", "heads"},
		{"a command with a mention", mention, "flip a coin", "heads"},
		{"whatever its case and spaces", direct, "  FLIP a\n coin ", "heads"},
		{"an alias", direct, "coin flip", "heads"},
		{"no command without a mention", channel, "flip a coin", ""},
		{"no command within a text", mention, "please flip a coin", ""},
		{"a prefix anywhere", channel, "define interface", "term: interface"},
		{"a prefix keeps its argument as it is", channel, " DEFINE \n Method  Set\n\tx ", "term: Method  Set\n\tx"},
		{"a prefix that is a word is no part of one", channel, "defined", ""},
		{"a prefix alone", direct, "define", ""},
		{"a prefix only at the beginning", channel, "to define interface", ""},
		{"a prefix that is no word", channel, "d/Fmt", "package: Fmt"},
		{"a prefix without an argument", channel, "d/", "package: "},
		{"runes of other lengths in lower case", channel, "d/İẞK", "package: İẞK"},
		{"a word", channel, "what a gopher!", ":gopher:"},
		{"a word at both ends", channel, "gopher", ":gopher:"},
		{"a word once", channel, "gopher gopher", ":gopher:"},
		{"a phrase", channel, "My adorable little gophers", ":gopher:"},
		{"no part of a word", channel, "gophercon mygopher gopher_x gopher2", ""},
		{"after a part of a word", channel, "gophercon gopher", ":gopher:"},
		{"two emoji in their order", channel, "bbq?", ":bbqgopher: :fire:"},
		{"several reactions in the order of their declarations", channel, "bbq gopher", ":gopher: :bbqgopher: :fire:"},
		{"a prefix and a reaction", channel, "define gopher", "term: gopher :gopher:"},
		{"letters beyond ASCII", channel, "MÜSLI!", ":bowl_with_spoon:"},
		{"nothing", channel, "", ""},
		{"broken UTF-8", direct, "\xff\xc3gopher", ":gopher:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := test.where
			m.Text = test.text
			if got := said(handlertest.Send(t, registry, m)); got != test.want {
				t.Errorf("%q: %q, want %q", test.text, got, test.want)
			}
		})
	}
}

// said flattens what was heard: replies, then reactions.
func said(h handlertest.Heard) string {
	var parts []string
	for _, r := range h.Replies {
		parts = append(parts, r.Text)
	}
	for _, emoji := range h.Reactions {
		parts = append(parts, ":"+emoji+":")
	}
	return strings.Join(parts, " ")
}

func TestActionsKeepTheOrderOfTheirDeclarations(t *testing.T) {
	t.Parallel()
	var names []string
	for _, a := range handlertest.Registry(t, list...).Message(handler.Message{Text: "define bbq gopher"}) {
		names = append(names, a.Name)
	}
	want := []string{`prefix "define "`, `reaction to "gopher", "my adorable little gophers"`, `reaction to "BBQ"`}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestAFixedAnswerReachesThoseMentioned(t *testing.T) {
	t.Parallel()
	heard := handlertest.Say(t, handlertest.Registry(t, list...), "flip a coin")
	if len(heard.Replies) != 1 || !heard.Replies[0].Address {
		t.Errorf("%+v", heard)
	}
}

func TestWelcomes(t *testing.T) {
	t.Parallel()
	registry := handlertest.Registry(t, list...)
	if h := handlertest.JoinWorkspace(t, registry); len(h.DMs) != 1 || h.DMs[0].Text != "welcome" {
		t.Errorf("workspace: %+v", h)
	}
	if h := handlertest.JoinChannel(t, registry, "newbies"); len(h.Ephemerals) != 1 || h.Ephemerals[0].Text != "hi newbie" {
		t.Errorf("#newbies: %+v", h)
	}
	for _, name := range []string{"general", ""} {
		if h := handlertest.JoinChannel(t, registry, name); len(h.DMs)+len(h.Ephemerals) > 0 {
			t.Errorf("channel %q: %+v", name, h)
		}
	}
}

func TestHelpIsWrittenFromTheRegistry(t *testing.T) {
	t.Parallel()
	registry := handlertest.Registry(t, list...)
	want := "*Mention me, or send me a direct message, and say:*\n" +
		"• `help` (or `commands`) – lists what I answer to\n" +
		"• `Flip a Coin` (or `coin flip`) – flips a coin\n" +
		"*Say anywhere:*\n" +
		"• `define &lt;term&gt;` – explains a term\n" +
		"• `d/&lt;package&gt;` – links a package"
	if h := handlertest.Say(t, registry, "help"); len(h.Replies) != 1 || h.Replies[0].Text != want {
		t.Errorf("in a DM: %+v, want %s", h, want)
	}
	h := handlertest.Send(t, registry, handler.Message{Text: "commands", Mentioned: true})
	if len(h.Ephemerals) != 1 || h.Ephemerals[0].Text != want || len(h.Replies) > 0 {
		t.Errorf("in a channel: %+v", h)
	}
}

func TestARegistryNamesEveryMistake(t *testing.T) {
	t.Parallel()
	run := func(context.Context, handler.Message, handler.Responder) error { return nil }
	_, err := handler.NewRegistry(
		handler.Command{Trigger: "a", Aliases: []string{"b"}, Help: "h", Text: "t"},
		handler.Command{Trigger: "c", Aliases: []string{"B "}, Help: "h", Text: "t"},
		handler.Command{Trigger: "d", Aliases: []string{"D"}, Help: "h", Text: "t"},
		handler.Command{Trigger: " ", Help: "h", Text: "t"},
		handler.Command{Trigger: "e", Text: "t"},
		handler.Command{Trigger: "f", Help: "h"},
		handler.Command{Trigger: "g", Help: "h", Text: "t", Run: run},
		handler.Prefix{Prefix: "x"},
		handler.Prefix{Prefix: "A:", Argument: "y", Help: "h", Run: func(context.Context, handler.Message, string, handler.Responder) error { return nil }},
		handler.Prefix{Prefix: "a:", Argument: "y", Help: "h", Run: func(context.Context, handler.Message, string, handler.Responder) error { return nil }},
		handler.Reaction{},
		handler.Reaction{Words: []string{""}, Emoji: []string{":ghost:"}},
		handler.ChannelJoin{Channel: "#newbies", Text: "t"},
		handler.ChannelJoin{Text: "t"},
		handler.TeamJoin{},
		handler.Help{Trigger: "a"},
	)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`declaration 2, command "c": "B " is taken by declaration 1, command "a"`,
		`declaration 3, command "d": has "D" twice`,
		`declaration 4, command " ": a trigger or alias is empty`,
		`declaration 5, command "e": wants a help text`,
		`declaration 6, command "f": wants either a Text or a Run function`,
		`declaration 7, command "g": wants either a Text or a Run function`,
		`declaration 8, prefix "x": wants a help text`,
		`declaration 8, prefix "x": wants the name of its argument`,
		`declaration 8, prefix "x": wants a Run function`,
		`declaration 8, prefix "x": ends in the middle of a word`,
		`declaration 10, prefix "a:": "a:" is taken by declaration 9, prefix "A:"`,
		`wants a word to react to`,
		`wants an emoji`,
		`wants words that are not empty`,
		`emoji ":ghost:": want a name such as tada`,
		`wants the channel's name without "#"`,
		`declaration 14, welcome to #: wants a channel's name`,
		`declaration 15, workspace welcome: wants either a Text or a Run function`,
		`declaration 16, command "a": wants a help text`,
		`"a" is taken by declaration 1, command "a"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not among the mistakes: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestAnActionReturnsItsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	registry := handlertest.Registry(t, handler.Command{
		Trigger: "a", Help: "h",
		Run: func(context.Context, handler.Message, handler.Responder) error { return broken },
	})
	actions := registry.Message(handler.Message{Text: "a", Mentioned: true})
	if len(actions) != 1 || !errors.Is(actions[0].Run(t.Context(), nil), broken) {
		t.Errorf("%+v", actions)
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	if got := handler.Escape("<!channel> & <b>"); got != "&lt;!channel&gt; &amp; &lt;b&gt;" {
		t.Error(got)
	}
}

// FuzzReactions holds the automaton against the plain way to find a word.
func FuzzReactions(f *testing.F) {
	f.Add("he she his hers", "she his")
	f.Add("abcabcabd", "abcabd")
	f.Add("ABBA abba", "ab ba")
	f.Add("ein Maß Müsli", "müsli")
	words := []string{"a", "ab", "aba", "he", "she", "his", "hers", "b c", "müsli"}
	var declarations []handler.Declaration
	for _, w := range words {
		declarations = append(declarations, handler.Reaction{Words: []string{w}, Emoji: []string{"x"}})
	}
	registry, err := handler.NewRegistry(declarations...)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		text := a + " " + b
		var got, want []string
		for _, action := range registry.Message(handler.Message{Text: text}) {
			got = append(got, action.Name)
		}
		tokens := strings.Join(strings.FieldsFunc(strings.Map(unicode.ToLower, strings.Join(strings.Fields(text), " ")), func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != ' '
		}), "|")
		padded := "|" + strings.ReplaceAll(tokens, " ", "| |") + "|"
		for _, w := range words {
			if strings.Contains(padded, "|"+strings.ReplaceAll(w, " ", "| |")+"|") {
				want = append(want, fmt.Sprintf("reaction to %q", w))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}
