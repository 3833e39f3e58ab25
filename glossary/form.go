package glossary

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler"
)

// formID is the ID of the form and of its shortcut. It is for ever.
const formID = "look-up-a-term"

// LookUp returns the declaration of a shortcut: a form in which people find a term while
// they type, and read its explanation. Nobody else sees it, and nothing is posted.
func (g *Glossary) LookUp() handler.Shortcut {
	const title = "Look up a term"
	return handler.Shortcut{
		ID: formID, Title: title, Help: "explains a term to you alone",
		Form: &handler.Form{
			ID: formID, Title: title, Submit: "Explain",
			Fields: []handler.Field{{
				Name: "term", Label: "Term", Kind: handler.Select, Placeholder: "type a part of it",
				Lookup: func(_ context.Context, _ handler.Interaction, typed string) ([]handler.Option, error) {
					return g.options(typed), nil
				},
			}},
			Validate: func(_ context.Context, i handler.Interaction) (handler.Validation, error) {
				t, known := g.Lookup(i.Values.First("term"))
				if !known { // it was removed since the form was opened
					return handler.Validation{Errors: map[string]string{"term": "Sorry, I don't have a definition of this term any more."}}, nil
				}
				return handler.Validation{Next: &handler.Form{ID: formID, Title: title, Intro: t.answer()}}, nil
			},
		},
	}
}

const (
	maxOptions = 100 // of a field
	maxOption  = 75  // characters of its label or hint
	maxValue   = 150 // bytes
)

// options returns the terms for a text that somebody types, the best matches first.
func (g *Glossary) options(typed string) []handler.Option {
	var list []handler.Option
	for _, t := range g.Search(typed) {
		if len(t.Name) > maxValue {
			continue // no form can offer it
		}
		hint := ""
		if len(t.Aliases) > 0 {
			hint = shorten("also "+strings.Join(t.Aliases, ", "), maxOption)
		}
		list = append(list, handler.Option{Label: shorten(t.Name, maxOption), Value: t.Name, Hint: hint})
		if len(list) == maxOptions {
			break
		}
	}
	return list
}

// Search returns the terms with a word to look them up that contains a text, in any case:
// first those that begin with it, then those with a word that does, then the others. For
// "" it returns all terms by name.
func (g *Glossary) Search(text string) []Term {
	text = normal(text)
	type match struct {
		Term
		rank int
	}
	var found []match
	for _, t := range g.terms {
		best := -1
		for _, word := range t.words() {
			if rank := rank(normal(word), text); rank >= 0 && (best < 0 || rank < best) {
				best = rank
			}
		}
		if best >= 0 {
			found = append(found, match{t, best})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.rank, b.rank) })
	terms := make([]Term, len(found))
	for i, m := range found {
		terms[i] = m.Term
	}
	return terms
}

// rank returns how well a word matches a text, 0 being the best, and -1 if it does not.
func rank(word, text string) int {
	switch {
	case strings.HasPrefix(word, text):
		return 0
	case strings.Contains(word, " "+text):
		return 1
	case strings.Contains(word, text):
		return 2
	default:
		return -1
	}
}

// shorten returns at most n characters of a text.
func shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
