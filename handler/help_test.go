package handler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// helpful is a registry to ask for help about.
func helpful(t *testing.T) *handler.Registry {
	t.Helper()
	var terms []handler.Argument
	for i := range 12 {
		terms = append(terms, handler.Argument{Name: fmt.Sprintf("channel %d", i)})
	}
	terms = append(terms, handler.Argument{Name: "goroutine", Aliases: []string{"go routine", "green thread"}})
	silent := func(context.Context, handler.Message, string, handler.Responder) error { return nil }
	return handlertest.Registry(t,
		handler.Help{Trigger: "help", Aliases: []string{"commands"}, Help: "lists what I answer to"},
		handler.Command{
			Trigger: "flip a coin", Aliases: []string{"coin flip", "flip"}, Help: "flips a coin", Text: "heads",
			Examples: []handler.Example{{Say: "flip a coin", Want: "heads"}, {Say: "flip", Want: "heads"}},
		},
		handler.Command{Trigger: "help wanted", Help: "names projects that look for help", Text: "some projects"},
		handler.Prefix{Prefix: "define ", Argument: "term", Arguments: terms, Help: "explains a term", Run: silent},
		handler.Prefix{Prefix: "d/", Argument: "package", Help: "links a package", Run: silent},
		handler.Reaction{Words: []string{"gopher", "rodent"}, Emoji: []string{"gopher", "tada"}},
		handler.Phrase{Phrases: []string{"┻━┻"}, Text: "┬─┬", Help: "puts tables back"},
		handler.Listener{
			Title: "long code", Help: "shares long code",
			Match: func(handler.Message) bool { return false },
			Run:   func(context.Context, handler.Message, handler.Responder) error { return nil },
		},
		handler.WorkspaceJoin{Text: "welcome"},
	)
}

func TestHelp(t *testing.T) {
	t.Parallel()
	registry := helpful(t)
	everything := []string{
		"*Mention me, or send me a direct message, and say:*",
		"`help`, `flip a coin`, `help wanted`",
		"*Say anywhere:*",
		"• `define &lt;term&gt;` – explains a term",
		"• `d/&lt;package&gt;` – links a package",
		"*What I do by myself:*",
		"• shares long code",
		"Say `help` and one of them to learn more about it, or `help` and any word to search.",
	}
	for _, test := range []struct {
		say  string
		want []string // lines
	}{
		{"help", everything},
		{"help me please", everything},
		{"help Flip a Coin?", []string{
			"`flip a coin` (or `coin flip`, `flip`) – flips a coin",
			"Say it to me: in a direct message, or with a mention. For example:", "• `flip a coin`", "• `flip`",
		}},
		{"commands coin flip", []string{
			"`flip a coin` (or `coin flip`, `flip`) – flips a coin",
			"Say it to me: in a direct message, or with a mention. For example:", "• `flip a coin`", "• `flip`",
		}},
		{"help define", []string{"`define &lt;term&gt;` – explains a term", "Say it anywhere."}},
		{"help d/", []string{"`d/&lt;package&gt;` – links a package", "Say it anywhere."}},
		{"help define <term>", []string{"`define &lt;term&gt;` – explains a term", "Say it anywhere."}},
		{"help define goroutine", []string{"`define &lt;term&gt;` – explains a term", "Say it anywhere."}},
		{"help `flip a coin`", []string{
			"`flip a coin` (or `coin flip`, `flip`) – flips a coin",
			"Say it to me: in a direct message, or with a mention. For example:", "• `flip a coin`", "• `flip`",
		}},
		{"help wanted", []string{"some projects"}}, // a command of its own
		{"help COINS", []string{"*Here's what I found:*", "• `flip a coin` (or `coin flip`, `flip`) – flips a coin"}},
		{"help coins flipped", []string{
			"`flip a coin` (or `coin flip`, `flip`) – flips a coin",
			"Say it to me: in a direct message, or with a mention. For example:", "• `flip a coin`", "• `flip`",
		}},
		{"help flpi a coin", []string{
			"`flip a coin` (or `coin flip`, `flip`) – flips a coin",
			"Say it to me: in a direct message, or with a mention. For example:", "• `flip a coin`", "• `flip`",
		}},
		{"help with zebras", []string{"I don't know anything about that, sorry. Say `help` to see everything."}},
		{"help rodent", []string{"*Here's what I found:*", "• `gopher` (or `rodent`) – makes me react with :gopher: :tada:"}},
		{"help gorout", []string{"*Here's what I found:*", "• `define goroutine`"}},
		{"help routine", []string{"*Here's what I found:*", "• `define goroutine`"}}, // once, though an alias has it, too
		{"help green", []string{"*Here's what I found:*", "• `define goroutine`"}},
		{"help with goroutins please", []string{"*Here's what I found:*", "• `define goroutine`"}},
		{"help tables", []string{"*Here's what I found:*", "• `┻━┻` – puts tables back"}},
	} {
		heard := handlertest.Say(t, registry, test.say)
		if want := strings.Join(test.want, "\n"); len(heard.Replies) != 1 || heard.Replies[0].Text != want {
			t.Errorf("%s: %+v, want %s", test.say, heard, want)
		}
	}
	if heard := handlertest.Say(t, registry, "help channel"); strings.Count(heard.Replies[0].Text, "\n") != 11 || !strings.HasSuffix(heard.Replies[0].Text, "\nand 2 more.") {
		t.Errorf("help channel: %+v", heard)
	}
}

func TestHelp_IsPrivate(t *testing.T) {
	t.Parallel()
	for _, say := range []string{"help", "commands", "help flip", "help nothing"} {
		if h := handlertest.Mention(t, helpful(t), say); len(h.Ephemerals) != 1 || len(h.Replies) > 0 {
			t.Errorf("%s: %+v", say, h)
		}
		if h := handlertest.SayInChannel(t, helpful(t), say); len(h.Ephemerals)+len(h.Replies) > 0 {
			t.Errorf("%s, to nobody in particular: %+v", say, h)
		}
	}
}

func TestClosestMatches(t *testing.T) {
	t.Parallel()
	words := []string{"map", "mutex", "goroutine", "Garbage Collection", "étude"}
	for word, want := range map[string]string{
		"gorotuine": "goroutine", "GARBAGE  colection": "Garbage Collection", "maps": "", "mpa": "",
		"etude": "étude", "mutxe": "mutex", "mutez": "mutex", "muter": "mutex", "mutt": "", "m": "", "": "", "`Mutex`": "",
	} {
		if got := strings.Join(handler.ClosestMatches(word, words), ","); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
