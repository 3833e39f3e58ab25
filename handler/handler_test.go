package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// list is a little of everything.
var list = []handler.Declaration{
	handler.Help{Trigger: "help", Aliases: []string{"commands"}, Help: "lists what I answer to"},
	handler.Command{Trigger: "Flip a Coin", Aliases: []string{"coin flip"}, Help: "flips a coin", Text: "heads"},
	handler.Command{Trigger: "Mark it", Help: "h", Text: "marked"},
	handler.Command{Trigger: "doesn't work", Help: "h", Text: "more context"},
	handler.Command{Trigger: "café", Help: "h", Text: "open"},
	handler.Command{Trigger: "ΣΊΣΥΦΟΣ", Help: "h", Text: "rolls"},
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
	handler.Reaction{Words: []string{"thank", "c++"}, Emoji: []string{"wave"}, Mentioned: true},
	handler.Phrase{Phrases: []string{"(╯°□°)╯︵ ┻━┻", "flipped it"}, Text: "┬─┬", Help: "puts tables back"},
	handler.Listener{
		Title: "shouting", Help: "hushes who shouts",
		Match: func(m handler.Message) bool { return len(m.Text) > 3 && strings.ToUpper(m.Text) == m.Text },
		Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			return r.React(ctx, "shushing_face")
		},
	},
	handler.WorkspaceJoin{Text: "welcome"},
	handler.ChannelJoin{Channel: "newbies", Text: "hi newbie"},
}

func TestRegistry_Matches(t *testing.T) {
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
		{"as a question", mention, "flip a coin?", "heads"},
		{"as a sentence", mention, "Flip a coin.", "heads"},
		{"in quotation marks", direct, "“flip a coin”", "heads"},
		{"in other quotation marks", direct, "«flip a coin»", "heads"},
		{"as a question in another script", direct, "flip a coin？", "heads"},
		{"as code", direct, "`flip a coin`", "heads"},
		{"in bold, quoted, with an emoji's variation selector", direct, "> *flip a coin*\ufe0f", "heads"},
		{"with a soft hyphen and a zero-width space", direct, "\u200bflip a co\u00adin", "heads"},
		{"with half a surrogate pair", direct, "flip a coin\ufffd", "heads"},
		{"for everyone", mention, "flip a coin @here", "heads"},
		{"as the item of a list", direct, "• flip a coin", "heads"},
		{"partly as code", direct, "`flip` a coin", "heads"},
		{"a prefix as code", channel, "`define interface`", "term: interface"},
		{"a prefix in a block of code", channel, "```\ndefine interface\n```", "term: interface"},
		{"a prefix in quotation marks", channel, "“define interface”", "term: interface"},
		{"a prefix that alone is code", channel, "`define` interface", "term: interface"},
		{"a prefix and invisible characters", channel, "\ufeffde\u200bfine inter\u00adface", "term: interface"},
		{"a prefix for everyone", channel, "define interface @channel", "term: interface"},
		{"a prefix leaves its argument its own marks", channel, "define *T", "term: *T"},
		{"and its underscores", channel, "_d/foo_bar_", "package: foo_bar"},
		{"and its quotation marks", channel, `define "nil"`, `term: "nil"`},
		{"and its accents", channel, "`define É`", "term: É"},
		{"a reaction in what is decorated", channel, "> *gopher*", ":gopher:"},
		{"a prefix and a reaction in what is decorated", channel, "`define gopher`", "term: gopher :gopher:"},
		{"with the Kelvin sign and a no-break space", direct, "marK it", "marked"},
		{"with another apostrophe", direct, "doesn’t work", "more context"},
		{"with an accent of its own", direct, "café", "open"},
		{"with letters of more than one lower case", direct, "Σίσυφος", "rolls"},
		{"an alias", direct, "coin flip", "heads"},
		{"no command without a mention", channel, "flip a coin", ""},
		{"a polite one", mention, "please flip a coin", "heads"},
		{"and to nobody in particular", channel, "please flip a coin", ""},
		{"a prefix anywhere", channel, "define interface", "term: interface"},
		{"a prefix keeps its argument as it is", channel, " DEFINE \n Method  Set\n\tx ", "term: Method  Set\n\tx"},
		{"a prefix that is a word is no part of one", channel, "defined", ""},
		{"a prefix that is a word, alone", direct, "define?", "term: "},
		{"and to nobody in particular", channel, "define", ""},
		{"a prefix only at the beginning", channel, "to define interface", ""},
		{"a prefix that is no word", channel, "d/Fmt", "package: Fmt"},
		{"a prefix without an argument", channel, "d/", "package: "},
		{"runes of other lengths in lower case", channel, "d/İẞK", "package: İẞK"},
		{"a word", channel, "what a gopher!", ":gopher:"},
		{"a word at both ends", channel, "gopher", ":gopher:"},
		{"a word in italics", channel, "such a _gopher_! and __BBQ__", ":gopher: :bbqgopher: :fire:"},
		{"no part of an identifier", channel, "my_gopher_name gopher_x x__gopher", ""},
		{"a word once", channel, "gopher gopher", ":gopher:"},
		{"a phrase", channel, "My adorable little gophers", ":gopher:"},
		{"no part of a word", channel, "gophercon mygopher gopher_x gopher2", ""},
		{"after a part of a word", channel, "gophercon gopher", ":gopher:"},
		{"two emoji in their order", channel, "bbq?", ":bbqgopher: :fire:"},
		{"several reactions in the order of their declarations", channel, "bbq gopher", ":gopher: :bbqgopher: :fire:"},
		{"a prefix and a reaction", channel, "define gopher", "term: gopher :gopher:"},
		{"letters beyond ASCII", channel, "Müsli!", ":bowl_with_spoon:"},
		{"a word with an accent of its own", channel, "müsli", ":bowl_with_spoon:"},
		{"no word before an accent of its own", channel, "gopheř", ""},
		{"a reaction for those who speak to the bot", mention, "thank you", ":wave:"},
		{"and for nobody else", channel, "thank you", ""},
		{"a word that ends with a sign", direct, "c++11, really", ":wave:"},
		{"a phrase of signs", channel, "so(╯°□°)╯︵ ┻━┻there", "┬─┬"},
		{"a phrase of words", channel, "he FLIPPED  it", "┬─┬"},
		{"no phrase in a part of a word", channel, "flipped items", ""},
		{"a watcher", channel, "HELLO THERE", ":shushing_face:"},
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

// said flattens a result: replies, then reactions.
func said(h handlertest.Result) string {
	var parts []string
	for _, r := range h.Replies {
		parts = append(parts, r.Text)
	}
	for _, emoji := range h.Reactions {
		parts = append(parts, ":"+emoji+":")
	}
	return strings.Join(parts, " ")
}

func TestRegistry_KeepsDeclarationOrder(t *testing.T) {
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

func TestCommand_MentionsUsers(t *testing.T) {
	t.Parallel()
	heard := handlertest.Say(t, handlertest.Registry(t, list...), "flip a coin")
	if len(heard.Replies) != 1 || !heard.Replies[0].MentionUsers {
		t.Errorf("%+v", heard)
	}
}

func TestRegistry_Welcomes(t *testing.T) {
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

func TestNewRegistry_NamesEveryMistake(t *testing.T) {
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
		handler.WorkspaceJoin{},
		handler.Help{Trigger: "a"},
		handler.Reaction{Words: []string{"x", "X"}, Emoji: []string{"x"}, OneIn: -1},
		handler.Phrase{Phrases: []string{"it’s"}, Text: "t", Help: "h"},
		handler.Phrase{Phrases: []string{"It's"}, Text: "t", Run: run},
		handler.Listener{Title: "w", Help: "h"},
		handler.Listener{Title: "W", Match: func(handler.Message) bool { return false }, Run: run},
		handler.WorkspaceJoin{Text: "t", Cooldown: -1},
		handler.Command{Trigger: "i", Help: "h", Text: "t", Examples: []handler.Example{{Say: "j", Want: "t"}, {Say: "i"}, {Say: "i", Want: "("}}},
		handler.Prefix{Prefix: "*:", Argument: "y", Help: "h", Run: func(context.Context, handler.Message, string, handler.Responder) error { return nil }},
		handler.Prefix{
			Prefix: "k:", Argument: "y", Arguments: []handler.Argument{{Name: "l", Aliases: []string{"L"}}, {}}, Help: "h",
			Run: func(context.Context, handler.Message, string, handler.Responder) error { return nil },
		},
	)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`declaration 2, command "c": "B " is taken by declaration 1, command "a"`,
		`declaration 3, command "d": has "D" twice`,
		`declaration 4, command " ": a trigger, alias, word, phrase or argument is empty`,
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
		`declaration 12, reaction to "": a trigger, alias, word, phrase or argument is empty`,
		`emoji ":ghost:": want a name such as tada`,
		`wants the channel's name without "#"`,
		`declaration 14, welcome to #: wants a channel's name`,
		`declaration 15, workspace welcome: wants either a Text or a Run function`,
		`declaration 16, command "a": wants a help text`,
		`declaration 16, command "a": "a" is taken by declaration 1, command "a"`,
		`declaration 17, reaction to "x", "X": has "X" twice`,
		`OneIn -1: want 0`,
		`declaration 19, phrase "It's": "It's" is taken by declaration 18, phrase "it’s"`,
		`declaration 19, phrase "It's": wants a help text`,
		`declaration 19, phrase "It's": wants either a Text or a Run function`,
		`declaration 20, watcher "w": wants a Match and a Run function`,
		`declaration 21, watcher "W": "W" is taken by declaration 20, watcher "w"`,
		`declaration 22, workspace welcome: Cooldown -1ns: want no negative duration`,
		`declaration 23, command "i": its Example "j" does not match it`,
		`declaration 23, command "i": has an Example without Say or without Want`,
		`declaration 23, command "i": Example "i": Want is no regular expression`,
		`declaration 24, prefix "*:": begins with '*', which is taken for decoration`,
		`declaration 25, prefix "k:": has "L" twice`,
		`declaration 25, prefix "k:": a trigger, alias, word, phrase or argument is empty`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not among the mistakes: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestNewRegistry_NamesNilDeclarations(t *testing.T) {
	t.Parallel()
	_, err := handler.NewRegistry(nil, handler.Command{Trigger: "a", Text: "t", Examples: []handler.Example{{Say: "b", Want: "t"}}})
	want := `declaration 1 is nil
declaration 2, command "a": wants a help text
declaration 2, command "a": its Example "b" does not match it`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestMatch_ReturnsItsError(t *testing.T) {
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

func TestReaction_OneIn(t *testing.T) {
	t.Parallel()
	registry := handlertest.Registry(t, handler.Reaction{
		Words: []string{"vim"}, Emoji: []string{"emacs"}, OneIn: 20, Examples: []handler.Example{{Say: "vim", Want: ":emacs:"}},
	})
	const messages = 10_000
	var first []string
	for i := range messages {
		m := handler.Message{Workspace: "T1", Channel: handler.Channel{ID: "C1"}, ID: fmt.Sprintf("1763660000.%06d", i), Text: "vim"}
		if len(registry.Message(m)) == 0 {
			continue
		}
		first = append(first, m.ID)
		if len(registry.Message(m)) != 1 {
			t.Fatalf("message %s is decided on in two ways", m.ID)
		}
	}
	// The ids decide, so this number is always the same.
	if n := len(first); n < messages/20*8/10 || n > messages/20*12/10 {
		t.Errorf("%d of %d messages, want about one in 20", n, messages)
	}
	handlertest.Examples(t, registry)
}

func TestListener_PanicFailsAlone(t *testing.T) {
	t.Parallel()
	actions := handlertest.Registry(t,
		handler.Listener{
			Title: "broken", Help: "h",
			Match: func(m handler.Message) bool { panic("what to do with " + m.Text) },
			Run:   func(context.Context, handler.Message, handler.Responder) error { return nil },
		},
		handler.Reaction{Words: []string{"gopher"}, Emoji: []string{"gopher"}},
	).Message(handler.Message{Text: "gopher"})
	if len(actions) != 2 {
		t.Fatalf("%d actions, want 2", len(actions))
	}
	if err := actions[0].Run(t.Context(), nil); err == nil || err.Error() != "panic in Match with a string" {
		t.Errorf("%s: %v", actions[0].Name, err)
	}
}

func TestMatch_Attributes(t *testing.T) {
	t.Parallel()
	registry := handlertest.Registry(t,
		handler.Command{Trigger: "text", Help: "h", Text: "t"},
		handler.Command{Trigger: "run", Help: "h", Run: func(context.Context, handler.Message, handler.Responder) error { return nil }},
		handler.Command{Trigger: "looked up", Help: "h", Static: true, Run: func(context.Context, handler.Message, handler.Responder) error { return nil }},
		handler.Prefix{Prefix: "p:", Argument: "a", Help: "h", Run: func(context.Context, handler.Message, string, handler.Responder) error { return nil }},
		handler.Phrase{Phrases: []string{"phrase"}, Text: "t", Help: "h"},
		handler.Reaction{Words: []string{"word"}, Emoji: []string{"x"}},
		handler.WorkspaceJoin{Text: "t", Cooldown: time.Hour},
		handler.ChannelJoin{Channel: "c", Text: "t"},
	)
	message := func(text string, mentioned bool) handler.Match {
		t.Helper()
		matches := registry.Message(handler.Message{Text: text, Mentioned: mentioned})
		if len(matches) != 1 {
			t.Fatalf("%q: %d matches, want 1", text, len(matches))
		}
		return matches[0]
	}
	for _, test := range []struct {
		match          handler.Match
		direct, static bool
		cooldown       time.Duration
	}{
		{message("text", true), true, true, 0},
		{message("run", true), true, false, 0},
		{message("looked up", true), true, true, 0},
		{message("p: x", true), true, false, 0},
		{message("p: x", false), false, false, 0},
		{message("a phrase", true), false, true, 0},
		{message("a word", true), false, false, 0},
		{registry.WorkspaceJoin(handler.Join{})[0], false, false, time.Hour},
		{registry.ChannelJoin(handler.Join{Channel: handler.Channel{Name: "c"}})[0], false, false, 0},
	} {
		if m := test.match; m.Direct != test.direct || m.Static != test.static || m.Cooldown != test.cooldown {
			t.Errorf("%s: %+v", m.Name, m)
		}
	}
}

// seen returns the visible part of a text.
func seen(text string) string {
	ignored := []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point}
	var s strings.Builder
	for _, r := range text {
		if unicode.IsSpace(r) || !unicode.In(r, ignored...) && r != unicode.ReplacementChar && r != '\u2800' {
			s.WriteRune(r)
		}
	}
	return norm.NFD.String(s.String())
}

// containsWord is the plain way to find a word: to look at every place.
// Underscores around it are italics.
func containsWord(text []rune, word string) bool {
	partOfWord := func(i int) bool {
		return i >= 0 && i < len(text) && text[i] != unicode.ReplacementChar &&
			unicode.In(text[i], unicode.Letter, unicode.Nd, unicode.Mark)
	}
	beyond := func(i, step int) int {
		for i >= 0 && i < len(text) && text[i] == '_' {
			i += step
		}
		return i
	}
	n := len([]rune(word))
	for i := range len(text) - n + 1 {
		if strings.EqualFold(string(text[i:i+n]), word) && !partOfWord(beyond(i-1, -1)) && !partOfWord(beyond(i+n, 1)) {
			return true
		}
	}
	return false
}

// FuzzReactions holds the automaton against the plain way to find a word.
func FuzzReactions(f *testing.F) {
	f.Add("he she his hers", "she his")
	f.Add("abcabcabd", "abcabd")
	f.Add("ABBA abba", "ab ba")
	f.Add("ein Maß Müsli", "müsli")
	f.Add("HI\u017f mu\u0308sli", "he\u0301 \u2028 b\u00a0c")
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
		for _, w := range words {
			if containsWord([]rune(strings.Join(strings.Fields(seen(text)), " ")), norm.NFD.String(w)) {
				want = append(want, fmt.Sprintf("reaction to %q", w))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}

// TestCommand_LongTextsBeginThreads says texts of nine and of ten lines.
func TestCommand_LongTextsBeginThreads(t *testing.T) {
	t.Parallel()
	text := func(lines int) string { return strings.TrimSuffix(strings.Repeat("line\n", lines), "\n") }
	r := handlertest.Registry(t,
		handler.Command{Trigger: "nine", Help: "h", Text: text(9)},
		handler.Command{Trigger: "ten", Help: "h", Text: text(10)},
	)
	for trigger, want := range map[string]bool{"nine": false, "ten": true} {
		if got := handlertest.Mention(t, r, trigger).Replies[0].InThread; got != want {
			t.Errorf("%s lines in a thread: %v", trigger, got)
		}
	}
}
