package gophers

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
)

// suggestions collects terms that people miss in the glossary. Moderators decide about
// them in its channel.
type suggestions struct {
	channel string // its name or id
	words   *glossary.Glossary
	form    *handler.Form
}

// suggestID is the ID of the form, its shortcut and its button.
const suggestID = "suggest-a-term"

func newSuggestions(channel string, words *glossary.Glossary) *suggestions {
	s := &suggestions{channel: channel, words: words}
	s.form = &handler.Form{
		ID: suggestID, Title: "Suggest a term", Submit: "Suggest",
		Intro:    "The moderators will read your suggestion and decide. Please use your own words.",
		Fields:   suggestionFields(""),
		Validate: s.validate,
		Run:      s.post,
	}
	return s
}

// declarations returns everything that suggestions take, nothing without a channel.
func (s *suggestions) declarations() []handler.Declaration {
	if s.channel == "" {
		return nil
	}
	return []handler.Declaration{s.command(), s.shortcut(), s.button(), approve, decline}
}

func (s *suggestions) shortcut() handler.Shortcut {
	return handler.Shortcut{ID: suggestID, Title: "Suggest a term", Help: "suggests a term for the glossary", Form: s.form}
}

// button opens the form with the term that somebody asked for.
func (s *suggestions) button() handler.Action {
	return handler.Action{
		ID: suggestID, Help: "opens the form for a term that is missing",
		Run: func(ctx context.Context, i handler.Interaction, r handler.Responder) error {
			form := *s.form
			form.Fields = suggestionFields(i.Data)
			return r.OpenForm(ctx, &form, "")
		},
	}
}

// controls are the controls below the answer that a term is missing.
func (s *suggestions) controls(term string) []handler.Component {
	if s.channel == "" {
		return nil
	}
	if term == "" || utf8.RuneCountInString(term) > maxTerm {
		return []handler.Component{{ID: suggestID, Label: "Suggest a term"}}
	}
	return []handler.Component{{ID: suggestID, Label: "Suggest a definition", Data: term}}
}

// command opens the form where it can, which is after a slash. Elsewhere it offers the
// button.
func (s *suggestions) command() handler.Command {
	return handler.Command{
		Trigger: "suggest a term", Aliases: []string{"suggest", "add a term"}, Help: "suggests a term for the glossary",
		Examples: []handler.Example{{Say: "suggest a term", Want: "Suggest a term"}},
		Run: func(ctx context.Context, _ handler.Message, r handler.Responder) error {
			err := r.OpenForm(ctx, s.form, "")
			if !errors.Is(err, handler.ErrUnsupported) {
				return err
			}
			return r.ReplyEphemeral(ctx, handler.Reply{Text: "Which term is missing? The button opens a form for it.", Components: s.controls("")})
		},
	}
}

// The names of the form's fields, and their limits. Those of a definition are the limits
// to which the glossary's tests hold its terms.
const (
	termField, definitionField, aliasesField, answersField, linkField = "term", "definition", "aliases", "answers-to", "link"

	maxTerm       = 60
	minDefinition = 60
	maxDefinition = 420
	maxWords      = 120 // of the aliases together, and of the words in answersField
	maxLink       = 200
)

func suggestionFields(term string) []handler.Field {
	fields := []handler.Field{
		{Name: termField, Label: "Term", Max: maxTerm, Hint: "In the singular, and in lower case unless it's always written with capitals."},
		{
			Name: definitionField, Label: "Definition", Kind: handler.TextArea, Min: minDefinition, Max: maxDefinition,
			Hint: "One to four sentences. Put code between `backquotes`.",
		},
		{Name: aliasesField, Label: "Other words for it", Optional: true, Max: maxWords, Placeholder: "one word, another"},
		{
			Name: answersField, Label: "Related words", Optional: true, Max: maxWords, Placeholder: "its opposite, a part of it",
			Hint: "They find the term, too, but I don't show them as synonyms.",
		},
		{Name: linkField, Label: "An official source", Kind: handler.URL, Optional: true, Max: maxLink, Placeholder: "https://go.dev/…"},
	}
	if term != "" {
		fields[0].Default = []string{term}
	}
	return fields
}

func (s *suggestions) validate(_ context.Context, i handler.Interaction) (handler.Validation, error) {
	return handler.Validation{Errors: s.mistakes(i)}, nil
}

// mistakes returns a text for each field with a mistake. Platforms show it as it is, so it
// has no markup.
func (s *suggestions) mistakes(i handler.Interaction) map[string]string {
	made, errs := suggestionOf(i), map[string]string{}
	for field, words := range map[string][]string{termField: {made.Term}, aliasesField: made.Aliases, answersField: made.AnswersTo} {
		for _, word := range words {
			switch known, ok := s.words.Lookup(word); {
			case ok:
				errs[field] = "The glossary already has “" + word + "”, as “" + known.Name + "”."
			case !isWord(word):
				errs[field] = "Please don't use backquotes, line breaks or invisible characters here."
			}
		}
	}
	switch n := utf8.RuneCountInString(made.Term); {
	case n == 0:
		errs[termField] = "Which term is it?"
	case n > maxTerm:
		errs[termField] = "That's too long for a term. Please use at most 60 characters."
	}
	switch n := utf8.RuneCountInString(made.Text); {
	case n < minDefinition:
		errs[definitionField] = "That's too short to explain it. Please write at least 60 characters."
	case n > maxDefinition:
		errs[definitionField] = "That's too long to read at a glance. Please use at most 420 characters."
	case !isDefinition(made.Text):
		errs[definitionField] = "Please don't use any markup (except code between two `backquotes`) or invisible characters."
	case len(made.encode()) > maxEncoded:
		errs[definitionField] = "Together with the other fields, that's too long for me. Could you make it shorter?"
	}
	if made.Link != "" {
		if link, err := url.Parse(made.Link); err != nil || link.Scheme != "https" || link.Host == "" || !isWord(made.Link) {
			errs[linkField] = "Please use an address that begins with https://."
		}
	}
	if len(errs) == 0 && s.words.Check(made.term()) != nil {
		errs[termField] = "I can't read this term and the other words for it. Please write each word just once."
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// isWord reports whether a term or an alias has only characters that can be seen, and
// none that would end code.
func isWord(word string) bool {
	return word != "" && utf8.ValidString(word) && !strings.ContainsFunc(word, func(r rune) bool { return r == '`' || !unicode.IsPrint(r) })
}

// isDefinition reports whether a text has code between pairs of backquotes, no other markup,
// and only characters that can be seen.
func isDefinition(text string) bool {
	parts := strings.Split(text, "`")
	for i, part := range parts {
		if i%2 == 0 && strings.ContainsAny(part, "*_~") {
			return false
		}
	}
	return len(parts)%2 == 1 && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
