package gophers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/handlertest"
)

// decorations surround a command that is copied, or typed on a phone. %s is the
// command.
var decorations = []string{
	"`%s`", "``%s``", "```%s```", "```\n%s\n```", "*%s*", "_%s_", "~%s~", "*_%s_*", "`*%s*`", "* %s *", "_%s _",
	`"%s"`, "'%s'", "“%s”", "„%s“", "‘%s’", "‚%s‘", "«%s»", "»%s«", "‹%s›", "「%s」", "『%s』", "＂%s＂", "“`%s`”", "`%s",
	"> %s", ">%s", ">>> %s", "> `%s`", "• %s", "•\t%s", "- %s", "– %s", "— %s", "‑ %s", "* %s", "◦ `%s`", "- “*%s*”",
	" %s", "\n\n%s\n", "\u00a0%s\u00a0", "\u2003%s",
	"\ufeff%s", "%s\u200b", "\u200e%s\u200f", "\u202a%s\u202c", "\u2066%s\u2069", "%s\ufe0f", "\u2060`%s`\ufe0e", "\u00ad%s", "%s\U000e0001", "\u180e%s",
	"%s\ufffd", "\ufffd%s", "%s\xed\xa0\x80", "\x00%s\x7f", "\u3164%s",
	"%s @here", "%s @channel", "`%s` @everyone", "“%s @here”",
}

// inside are characters within a command that nobody sees.
var inside = []string{"\u200b", "\u00ad", "\ufe0f", "\ufffd", "\u2060", "\u034f", "\x07"}

// decorated returns the text with each decoration.
func decorated(said string) []string {
	list := []string{strings.ToUpper(said[:1]) + said[1:]}
	for _, d := range decorations {
		list = append(list, fmt.Sprintf(d, said))
	}
	runes := []rune(said)
	for _, c := range inside {
		middle := len(runes) / 2
		list = append(list, string(runes[:middle])+c+string(runes[middle:]))
	}
	return list
}

// understood returns the declarations that a message runs, and their answers.
func understood(t *testing.T, r *handler.Registry, m handler.Message) string {
	t.Helper()
	var names []string
	random := false
	for _, action := range r.Message(m) {
		names = append(names, action.Name)
		random = random || action.Name == coin.Name()
	}
	if random {
		return strings.Join(names, ", ")
	}
	return strings.Join(names, ", ") + ":\n" + handlertest.Send(t, r, m).String()
}

// TestRegistry_CopiedCommands says every command and every example of a prefix with
// every decoration: the result is the same as without. So "did you mean" never offers
// the same words, either.
func TestRegistry_CopiedCommands(t *testing.T) {
	t.Parallel()
	r := registry(t, Deps{})
	for _, e := range r.Infos() {
		say, mentioned := append([]string{e.Trigger}, e.Aliases...), []bool{true}
		switch e.Kind {
		case handler.PrefixInfo:
			mentioned = append(mentioned, false)
			say = nil
			for _, example := range e.Examples {
				say = append(say, example.Say)
			}
			for i, argument := range e.Arguments {
				if i%10 == 0 {
					say = append(say, e.Trigger+argument.Name)
				}
			}
		case handler.CommandInfo:
		default:
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			for _, said := range say {
				for _, mentioned := range mentioned {
					m := handler.Message{Text: said, Mentioned: mentioned, Channel: handler.Channel{ID: "C1", Kind: handler.Public}}
					want := understood(t, r, m)
					if strings.Contains(want, "id you mean") {
						t.Errorf("%q is not known: %s", said, want)
					}
					for _, text := range decorated(said) {
						m.Text = text
						if got := understood(t, r, m); got != want {
							t.Errorf("%q, mentioned: %t: it does\n%s\nwant\n%s", text, mentioned, got, want)
						}
					}
				}
			}
		})
	}
}

// TestRegistry_ArgumentsKeepTheirMarks says texts that look decorated and are not.
func TestRegistry_ArgumentsKeepTheirMarks(t *testing.T) {
	t.Parallel()
	r := registry(t, Deps{})
	for said, want := range map[string]string{
		"d/golang.org/x/foo_bar":          "<https://pkg.go.dev/golang.org/x/foo_bar>",
		"`d/golang.org/x/foo_bar`":        "<https://pkg.go.dev/golang.org/x/foo_bar>",
		"_d/golang.org/x/foo_bar_":        "<https://pkg.go.dev/golang.org/x/foo_bar>",
		"`d/`golang.org/x/foo-bar":        "<https://pkg.go.dev/golang.org/x/foo-bar>",
		"d/golang.org/x/foo‑bar":          "<https://pkg.go.dev/golang.org/x/foo-bar>",
		"ghd/a_b/c_d#E_f":                 "<https://pkg.go.dev/github.com/a_b/c_d#E_f>",
		"*ghd/a_b/c~d*.":                  "<https://pkg.go.dev/github.com/a_b/c~d>",
		"“xkcd: #303”!":                   "<https://xkcd.com/303/>",
		"xkcd:303;":                       "<https://xkcd.com/303/>",
		"> define …\u200b":                "*variadic",
		"define ...":                      "*variadic",
		"`define ...`":                    "*variadic",
		"define _":                        "*blank identifier",
		"`define _`":                      "*blank identifier",
		`define "nil"`:                    "*nil*",
		"define `nil`":                    "*nil*",
		"`define` `nil`":                  "*nil*",
		"*define* _nil_?":                 "*nil*",
		"define :=":                       "*short variable declaration",
		"what is it? `define goroutine`":  "",
		"I'd `define goroutine` as green": "",
	} {
		heard := handlertest.SayInChannel(t, r, said)
		if want == "" && heard.String() != "" || want != "" && (len(heard.Replies) != 1 || !strings.HasPrefix(heard.Replies[0].Text, want)) {
			t.Errorf("%q: %s, want %s", said, heard, want)
		}
	}
}
