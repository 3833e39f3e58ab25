package search

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// Words returns the words of a text in lower case and without accents. A word is a run of
// letters, digits and underscores, with an apostrophe between them left out: "What's a
// time.Duration?" has the words whats, a, time, duration.
func Words(text string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	if !ascii(text) {
		text = norm.NFD.String(text)
	}
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_':
			word.WriteRune(unicode.ToLower(r))
		case unicode.IsMark(r) || r == '\'' || r == '’':
		default:
			end()
		}
	}
	end()
	return words
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Stem returns the stem of a word in lower case: concurrent and concurrency have the same.
// Of words with digits it cuts nothing.
func Stem(word string) string {
	if strings.ContainsAny(word, "0123456789_") {
		return word
	}
	return english.Stem(word, true)
}

// key is the form in which names are compared: without spaces, and with the stem of the last
// word, so that "code formats" is "codeformat". A text without words, such as :=, is its own
// key.
func key(name string) string {
	words := Words(name)
	if len(words) == 0 {
		return strings.Join(strings.Fields(name), " ")
	}
	last := len(words) - 1
	words[last] = Stem(words[last])
	return strings.Join(words, "")
}
