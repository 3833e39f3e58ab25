// Package glossary answers "define goroutine" with what a goroutine is. The
// terms are in terms.go, for anyone to add to.
package glossary

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

// Term is something that the glossary explains.
type Term struct {
	Name    string
	Aliases []string
	// Text explains the term in a few sentences of Slack's mrkdwn.
	Text string
	// Link leads to more, in Go's own documentation.
	Link string
}

// Define returns the declaration of "define <term>" over a list of terms, or an
// error that names every mistake in the list.
func Define(terms []Term) (handler.Prefix, error) {
	index := map[string]Term{}
	var names []string
	var errs []error
	for _, t := range terms {
		names = append(names, t.Name)
		if t.Text == "" || t.Link == "" {
			errs = append(errs, fmt.Errorf("term %q: wants a text and a link", t.Name))
		}
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			if normal(name) == "" {
				errs = append(errs, fmt.Errorf("term %q: a name or alias is empty", t.Name))
			} else if other, taken := index[normal(name)]; taken {
				errs = append(errs, fmt.Errorf("term %q: %q is taken by the term %q", t.Name, name, other.Name))
			}
			index[normal(name)] = t
		}
	}
	return handler.Prefix{
		Prefix:    "define ",
		Argument:  "term",
		Arguments: names,
		Help:      "explains a word that Go programmers use",
		Examples: []handler.Example{
			{Say: "define goroutine", Want: "^\\*goroutine\\*"},
			{Say: "define something nobody knows", Want: "no definition"},
		},
		Run: func(ctx context.Context, m handler.Message, word string, r handler.Responder) error {
			t, known := index[normal(word)]
			switch {
			case known:
				return r.Reply(ctx, handler.Reply{Text: t.answer(), Address: true})
			case m.Addressed():
				return r.ReplyEphemeral(ctx, handler.Text(unknown))
			default: // "define ..." may have been the beginning of any sentence
				return nil
			}
		},
	}, errors.Join(errs...)
}

const unknown = "I have no definition of that yet. You could <https://github.com/gobridge/gopherbot/blob/main/CONTRIBUTING.md|add one>: it takes one entry in a list."

func (t Term) answer() string {
	title := "*" + t.Name + "*"
	if len(t.Aliases) > 0 {
		title += " (" + strings.Join(t.Aliases, ", ") + ")"
	}
	return title + ": " + t.Text + " <" + t.Link + "|More>"
}

// normal is the form in which words are compared: lower case, without the
// quotation marks or the question mark around it, words separated by one space.
func normal(word string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.Trim(word, " \t\n?.!\"'`“”‘’"))), " ")
}
