package glossary

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// Options describes a community's glossary. All texts are in the dialect of
// handler/markup; each may be "".
type Options struct {
	// Subject is the subject of the terms, as in "Go and its tools". Defaults to none:
	// texts then say "terms" alone.
	Subject string
	// Help is the line in the help text, and begins with a verb. Defaults to
	// "explains a term of " and the Subject.
	Help string
	// Examples are shown by help and run as tests. Defaults to one, of the first term.
	Examples []handler.Example
	// Usage answers "define" without a term. Defaults to how to ask, the number of
	// terms and HowToAdd.
	Usage string
	// HowToAdd is said when a term is missing, as in "You could <https://…|add it>."
	// Defaults to nothing.
	HowToAdd string
	// Controls, if set, returns the controls below an explanation, which was asked for by
	// a message.
	Controls func(m handler.Message) []handler.Component
	// ControlsToAdd, if set, returns the controls below the answer that a term is missing.
	ControlsToAdd func(term string) []handler.Component
}

// Define returns the declaration of "define <term>".
func (g *Glossary) Define(o Options) handler.Prefix {
	of := ""
	if o.Subject != "" {
		of = " of " + o.Subject
	}
	if o.Help == "" {
		o.Help = "explains a term" + of
	}
	if o.Usage == "" {
		o.Usage = join(fmt.Sprintf("Say `define` and a term, and I'll explain it. I know %d terms%s.", len(g.terms), of), o.HowToAdd)
	}
	if o.Examples == nil && len(g.terms) > 0 {
		first := g.terms[0].Name
		o.Examples = []handler.Example{{Say: "define " + first, Want: "^" + regexp.QuoteMeta("*"+markup.EscapeReferences(first)+"*")}}
	}
	return handler.Prefix{
		Prefix:    "define ",
		Argument:  "term",
		Arguments: g.arguments(),
		Help:      o.Help,
		Examples:  o.Examples,
		Run:       definer{g, o}.run,
	}
}

// join returns the texts that are not empty with spaces between them.
func join(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), " ")
}

func (g *Glossary) arguments() []handler.Argument {
	list := make([]handler.Argument, len(g.terms))
	for i, t := range g.terms {
		list[i] = handler.Argument{Name: t.Name, Aliases: t.Aliases, AnswersTo: t.AnswersTo, Text: t.Text}
	}
	return list
}

// definer answers "define <term>".
type definer struct {
	*Glossary
	Options
}

func (d definer) run(ctx context.Context, m handler.Message, word string, r handler.Responder) error {
	if t, known := d.Lookup(word); known {
		reply := handler.Reply{Text: t.answer(), MentionUsers: true}
		if d.Controls != nil {
			reply.Components = d.Controls(m)
		}
		return r.Reply(ctx, reply)
	}
	similar := d.similar(word)
	switch {
	case !m.Addressed() && len(similar) == 0:
		return nil // "define" was the beginning of some sentence
	case !m.Addressed():
		return r.ReplyEphemeral(ctx, handler.Text(didYouMean(similar)))
	case normal(word) == "":
		return d.explain(ctx, m, r)
	case len(similar) == 0:
		similar = d.containing(word)
	}
	question := ""
	if len(similar) > 0 {
		question = didYouMean(similar)
	}
	missing := handler.Text(join("I don't have a definition of "+markup.Quote(word)+" yet.", question, d.HowToAdd))
	if d.ControlsToAdd != nil {
		missing.Components = d.ControlsToAdd(word)
	}
	return r.ReplyEphemeral(ctx, missing)
}

// explain says how to ask.
func (d definer) explain(ctx context.Context, m handler.Message, r handler.Responder) error {
	if m.Channel.Kind == handler.Direct {
		return r.Reply(ctx, handler.Text(d.Usage))
	}
	return r.ReplyEphemeral(ctx, handler.Text(d.Usage))
}

// answer explains a term, in the dialect of handler/markup.
func (t Term) answer() string {
	answer := "*" + markup.EscapeReferences(t.Name) + "*"
	if len(t.Aliases) > 0 {
		answer += " (also " + codes("", t.Aliases) + ")"
	}
	answer += ": " + markup.EscapeReferences(t.Text)
	var more []string
	if t.Link != "" {
		more = append(more, "More: <"+markup.EscapeReferences(t.Link)+"|"+markup.EscapeReferences(label(t.Link))+">")
	}
	if len(t.SeeAlso) > 0 {
		more = append(more, "See also "+codes("", t.SeeAlso))
	}
	if len(more) > 0 {
		answer += "\n" + strings.Join(more, " · ")
	}
	return answer
}

// label returns the text of a link: its address without scheme, "www." and fragment.
func label(link string) string {
	link, _, _ = strings.Cut(link, "#")
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "www."), "/")
}

func didYouMean(words []string) string { return "Did you mean " + codes("define ", words) + "?" }

func codes(before string, words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "`" + markup.EscapeReferences(before+w) + "`"
	}
	return strings.Join(list, ", ")
}
