package gophers

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gobridge/gopherbot/glossary"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// suggestion is what somebody suggested. It travels in the buttons of its message, so the
// names of its fields in JSON stay.
type suggestion struct {
	User      string   `json:"user"` // the platform's id
	Term      string   `json:"term"`
	Aliases   []string `json:"aliases,omitempty"`
	AnswersTo []string `json:"answers_to,omitempty"`
	Text      string   `json:"text"`
	Link      string   `json:"link,omitempty"`
}

// maxEncoded is the largest Data of a Component, in bytes.
const maxEncoded = 1500

// suggestionOf returns the suggestion in the values of the form.
func suggestionOf(i handler.Interaction) suggestion {
	words := func(field string) string { return strings.Join(strings.Fields(i.Values.First(field)), " ") }
	list := func(field string) []string {
		var list []string
		for word := range strings.SplitSeq(words(field), ",") {
			if word = strings.TrimSpace(word); word != "" {
				list = append(list, word)
			}
		}
		return list
	}
	return suggestion{
		User: i.User, Term: words(termField), Aliases: list(aliasesField), AnswersTo: list(answersField),
		Text: words(definitionField), Link: words(linkField),
	}
}

// encode returns the suggestion as the Data of its buttons.
func (s suggestion) encode() string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic("encode a suggestion: " + err.Error()) // strings alone cannot fail
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// decodeSuggestion returns the suggestion of a button. ok is false for the button of
// another release that wrote something else.
func decodeSuggestion(data string) (s suggestion, ok bool) {
	err := json.Unmarshal([]byte(data), &s)
	return s, err == nil && s.Term != "" && s.Text != ""
}

// describe shows the suggestion to moderators.
func (s suggestion) describe() string {
	text := mention(s.User) + " suggests a term for the glossary: " + markup.Quote(s.Term)
	if len(s.Aliases) > 0 {
		text += " (also " + quoted(s.Aliases) + ")"
	}
	if len(s.AnswersTo) > 0 {
		text += ", also found by " + quoted(s.AnswersTo)
	}
	text += "\n> " + markup.Escape(s.Text)
	if s.Link != "" {
		text += "\nMore: " + markup.Escape(s.Link)
	}
	return text
}

// quoted returns words as code, with commas between them.
func quoted(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = markup.Quote(word)
	}
	return strings.Join(list, ", ")
}

func mention(user string) string { return "<@" + user + ">" }

func (s suggestion) term() glossary.Term {
	return glossary.Term{Name: s.Term, Aliases: s.Aliases, AnswersTo: s.AnswersTo, Text: s.Text, Link: s.Link}
}

const (
	newFileURL = "https://github.com/gobridge/gopherbot/new/main/glossary/terms"
	maxNewFile = 2000 // bytes of an address that chat platforms and GitHub accept
)

// newFile returns the address at which GitHub opens the form for a new file with the
// block. filled is false if the block is too long for an address.
func (s suggestion) newFile() (address string, filled bool) {
	query := url.Values{"filename": {"suggested-" + slug(s.Term) + ".yaml"}}
	empty := newFileURL + "?" + query.Encode()
	query.Set("value", s.term().YAML())
	if address = newFileURL + "?" + query.Encode(); len(address) > maxNewFile {
		return empty, false
	}
	return address, true
}

// slug returns a term as a part of a file's name.
func slug(term string) string {
	words := strings.FieldsFunc(strings.ToLower(term), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(words) == 0 {
		return "term"
	}
	return strings.Join(words, "-")
}
