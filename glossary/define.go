package glossary

import (
	"context"
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/handler"
)

const contributing = "https://github.com/gobridge/gopherbot/blob/main/CONTRIBUTING.md#add-a-term"

// Define returns the declaration of "define <term>".
func (g *Glossary) Define() handler.Prefix {
	return handler.Prefix{
		Prefix:    "define ",
		Argument:  "term",
		Arguments: g.arguments(),
		Help:      "explains a word of Go and its neighbourhood",
		Examples: []handler.Example{
			{Say: "define goroutine", Want: "^\\*goroutine\\*"},
			{Say: "define Slices?", Want: "^\\*slice\\*"},
			{Say: "define", Want: "Say `define` and a word"},
		},
		Run: g.run,
	}
}

func (g *Glossary) arguments() []handler.Argument {
	list := make([]handler.Argument, len(g.terms))
	for i, t := range g.terms {
		list[i] = handler.Argument{Name: t.Name, Aliases: t.Aliases}
	}
	return list
}

func (g *Glossary) run(ctx context.Context, m handler.Message, word string, r handler.Responder) error {
	if t, known := g.Lookup(word); known {
		return r.Reply(ctx, handler.Reply{Text: t.answer(), MentionUsers: true})
	}
	meant := g.similar(word)
	switch {
	case !m.Addressed() && len(meant) == 0:
		return nil // "define" was the beginning of some sentence
	case !m.Addressed():
		return r.ReplyEphemeral(ctx, handler.Text(didYouMean(meant)))
	case normal(word) == "":
		return g.explain(ctx, m, r)
	case len(meant) == 0:
		meant = g.containing(word)
	}
	text := "I have no definition of " + handler.Quote(word) + " yet."
	if len(meant) > 0 {
		text += " " + didYouMean(meant)
	}
	return r.ReplyEphemeral(ctx, handler.Text(text+" You could <"+contributing+"|add it>: it takes a few lines in a text file."))
}

// explain tells how to ask.
func (g *Glossary) explain(ctx context.Context, m handler.Message, r handler.Responder) error {
	reply := handler.Text(fmt.Sprintf("Say `define` and a word, such as `define goroutine` or `define N+1 query`, and I explain it. "+
		"I know %d terms of Go, its tools, the web, databases and running it all. Is one missing? <%s|Add it>.", len(g.terms), contributing))
	if m.Channel.Kind == handler.Direct {
		return r.Reply(ctx, reply)
	}
	return r.ReplyEphemeral(ctx, reply)
}

// answer is what the bot says about a term, in Slack's mrkdwn.
func (t Term) answer() string {
	answer := "*" + handler.Escape(t.Name) + "*"
	if len(t.Aliases) > 0 {
		answer += " (also " + codes("", t.Aliases) + ")"
	}
	answer += ": " + handler.Escape(t.Text)
	var more []string
	if t.Link != "" {
		more = append(more, "More: <"+handler.Escape(t.Link)+"|"+handler.Escape(label(t.Link))+">")
	}
	if len(t.SeeAlso) > 0 {
		more = append(more, "See also "+codes("", t.SeeAlso))
	}
	if len(more) > 0 {
		answer += "\n" + strings.Join(more, " · ")
	}
	return answer
}

// label is what of a link is shown: the place, without what only browsers need.
func label(link string) string {
	link, _, _ = strings.Cut(link, "#")
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "www."), "/")
}

func didYouMean(words []string) string { return "Did you mean " + codes("define ", words) + "?" }

func codes(before string, words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "`" + handler.Escape(before+w) + "`"
	}
	return strings.Join(list, ", ")
}
