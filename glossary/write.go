package glossary

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// YAML returns the term as it is written in a file: Read reads the same term from it. Its
// words and the link must have no line break.
func (t Term) YAML() string {
	var b strings.Builder
	b.WriteString("- term: " + scalar(t.Name) + "\n")
	if len(t.Aliases) > 0 {
		b.WriteString("  aliases: [" + scalars(t.Aliases) + "]\n")
	}
	if len(t.AnswersTo) > 0 {
		b.WriteString("  answers_to: [" + scalars(t.AnswersTo) + "]\n")
	}
	b.WriteString("  text: |\n")
	for _, line := range wrap(t.Text, textWidth) {
		b.WriteString("    " + line + "\n")
	}
	if t.Link != "" {
		b.WriteString("  link: " + scalar(t.Link) + "\n")
	}
	if len(t.SeeAlso) > 0 {
		b.WriteString("  see also: [" + scalars(t.SeeAlso) + "]\n")
	}
	return b.String()
}

// Check returns an error that names every mistake that Read would find if the term were
// written in another file beside those of g.
func (g *Glossary) Check(t Term) error {
	added, errs := parse("suggested.yaml", []byte(t.YAML()))
	with := &Glossary{terms: slices.Concat(g.terms, added), index: map[string]Term{}}
	return errors.Join(append(errs, with.link(true)...)...)
}

// textWidth is the width of a term's text in characters, without its indentation.
const textWidth = 116

// plain finds words and addresses that need no quotes, in a list or out of one. Words that
// YAML takes for something else do.
var plain = regexp.MustCompile(`^(https://)?[A-Za-z]([A-Za-z0-9 ./+()_%?=&#-]*[A-Za-z0-9./+()_-])?$`)

var reserved = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}

// scalar returns a word as a scalar of YAML, which reads the strings of JSON.
func scalar(word string) string {
	if plain.MatchString(word) && !strings.Contains(word, " #") && !slices.Contains(reserved, strings.ToLower(word)) {
		return word
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(word); err != nil {
		panic("glossary: encode a string: " + err.Error()) // it cannot fail
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func scalars(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = scalar(word)
	}
	return strings.Join(list, ", ")
}

// wrap breaks a text between words into lines of at most width characters, unless one
// word is longer.
func wrap(text string, width int) []string {
	var lines []string
	length := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if len(lines) > 0 && length+1+n <= width {
			lines[len(lines)-1] += " " + word
			length += 1 + n
			continue
		}
		lines = append(lines, word)
		length = n
	}
	return lines
}
