// Package mention reads the mentions that senders of messages write into their texts, such
// as @mention[email:ada@example.com]. The syntax is that of express-botx.
//
// A gateway refuses a message by the mentions in it, and a consumer looks them up, so both
// use this package. It must not know any platform.
package mention

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what a mention names somebody by.
type Kind string

// The kinds of mentions.
const (
	Email Kind = "email" // a person by e-mail address
	ID    Kind = "huid"  // a person by the platform's id
	All   Kind = "all"   // everyone in the chat
)

// Mention is a mention in a text.
type Mention struct {
	Kind Kind
	// Value is the address or the id. All has none.
	Value string
	// Name is shown for a person, where the platform lets the sender choose. "" is the
	// person's own.
	Name string
	// Start and End are the offsets of its bytes in the text.
	Start, End int
}

const (
	// Max is how many mentions of a text are read, those that are not in the syntax
	// included. Later ones stay text.
	Max = 1000
	// MaxLookUps is how many different people a platform should look up for a text.
	MaxLookUps = 50
)

const opening = "@mention["

// Find returns the mentions in a text, in their order. What is not in the syntax is none: a
// mention that does not close in its line, of an unknown kind or without a value, with a
// wrong escape in its name, or of all with an argument. It stays as it is written, and may
// have a mention in it.
func Find(text string) []Mention {
	var found []Mention
	at := 0
	for range Max {
		i := strings.Index(text[at:], opening)
		if i < 0 {
			break
		}
		start := at + i
		at = start + len(opening)
		if m, length, ok := parse(text[at:]); ok {
			at += length
			m.Start, m.End = start, at
			found = append(found, m)
		}
	}
	return found
}

// Replace returns a text with each mention replaced by what f returns for it, or as it is
// where f reports false.
func Replace(text string, f func(Mention) (string, bool)) string {
	var b strings.Builder
	done := 0
	for _, m := range Find(text) {
		if with, ok := f(m); ok {
			b.WriteString(text[done:m.Start])
			b.WriteString(with)
			done = m.End
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// parse reads the rest of a mention behind its opening, and returns how long that is, with
// its end.
func parse(text string) (m Mention, length int, ok bool) {
	end := strings.IndexAny(text, "]\r\n[")
	if end < 0 || text[end] != ']' {
		return Mention{}, 0, false
	}
	inside, length := text[:end], end+1
	if inside == string(All) {
		return Mention{Kind: All}, length, true
	}
	kind, rest, _ := strings.Cut(inside, ":")
	value, escaped, _ := strings.Cut(rest, ";")
	m = Mention{Kind: Kind(kind), Value: value}
	if m.Kind != Email && m.Kind != ID || value == "" || strings.Contains(escaped, ";") {
		return Mention{}, 0, false
	}
	name, err := url.PathUnescape(escaped)
	if err != nil || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return Mention{}, 0, false
	}
	m.Name = name
	return m, length, true
}
