package gophers

import (
	"context"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

// flippedTables puts tables back. People who flip one may be upset, so the rest of the
// message does not matter.
var flippedTables = handler.Phrase{
	Phrases:  []string{"┻━┻", "┻━━┻", "┻━━━┻", "┻─┻", "┻──┻", "┻━─┻"},
	Text:     "┬─┬ ノ( ゜-゜ノ)",
	Help:     "puts flipped tables back",
	Examples: []handler.Example{{Say: "(╯°□°)╯︵ ┻━┻", Want: "┬─┬"}},
}

// proverb is the beginning of a Go proverb and what the bot adds to it. They
// are Rob Pike's, from his talk at Gopherfest 2015.
// Source: https://go-proverbs.github.io/
type proverb struct{ begins, ends string }

var proverbs = []proverb{
	{"don't communicate by sharing memory", "share memory by communicating"},
	{"channels orchestrate", "mutexes serialize"},
	{"the bigger the interface", "the weaker the abstraction"},
	{"interface{} says", "nothing"},
	{"gofmt's style is no one's favorite", "yet gofmt is everyone's favorite"},
	{"a little copying is better", "than a little dependency"},
	{"syscall must always be guarded", "with build tags"},
	{"cgo must always be guarded", "with build tags"},
	{"with the unsafe package", "there are no guarantees"},
	{"clear is better", "than clever"},
	{"don't just check errors", "handle them gracefully"},
	{"design the architecture", "name the components, document the details"},
}

// proverbPhrases has a declaration for each proverb.
func proverbPhrases() []handler.Declaration {
	var list []handler.Declaration
	for _, p := range proverbs {
		list = append(list, p.phrase())
	}
	return list
}

// plain has a text in one line and with the apostrophes of proverbs.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "’", "'")), " ")
}

func (p proverb) phrase() handler.Phrase {
	return handler.Phrase{
		Phrases:  []string{p.begins},
		Help:     "completes the Go proverb: " + p.ends,
		Examples: []handler.Example{{Say: p.begins + "…", Want: "^…" + p.ends}},
		Run: func(ctx context.Context, m handler.Message, r handler.Responder) error {
			if strings.Contains(strings.ToLower(plain(m.Text)), p.ends) {
				return nil // its author knows it
			}
			return r.Reply(ctx, handler.Text("…"+p.ends+"."))
		},
	}
}
