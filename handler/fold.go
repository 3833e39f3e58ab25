package handler

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Triggers and texts are compared in a folded form, in which an accented letter
// is one rune however it was typed, words are separated by one space, letters
// that differ in case alone are the same, and quotation marks are plain.

// fold brings a text into the folded form.
func fold(s string) string { return foldRunes(collapse(norm.NFC.String(s))) }

// foldPrefix is fold, but for the space that ends a prefix that is a word.
func foldPrefix(s string) string {
	folded := fold(s)
	if folded != "" && strings.TrimRightFunc(s, unicode.IsSpace) != s {
		folded += " "
	}
	return folded
}

// commandKey is the form in which a folded text is looked up as a command: the
// marks that people put around and behind what they say do not count.
func commandKey(folded string) string {
	return strings.TrimLeft(strings.TrimRight(folded, "?!.…？！。 \"'`*_"), "\"'`*_ ")
}

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// foldRunes goes rune by rune, so that a text and its folded form have the same
// number of runes and a place in one can be found in the other.
func foldRunes(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	switch r {
	case '‘', '’', '‚', '‛':
		return '\''
	case '“', '”', '„', '‟', '«', '»':
		return '"'
	}
	// Runes that fold to each other are a cycle; its smallest stands for all,
	// or, as that is quicker, the lower case of an ASCII letter.
	smallest := r
	if r >= utf8.RuneSelf {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			smallest = min(smallest, other)
		}
	}
	if 'A' <= smallest && smallest <= 'Z' {
		return smallest + 'a' - 'A'
	}
	return smallest
}

// skipCollapsed returns what is left of s when the first n runes of its
// collapsed form are taken off: a run of spaces counts as one, and those at the
// beginning do not count.
func skipCollapsed(s string, n int) string {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	for range n {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		if unicode.IsSpace(r) {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
		}
	}
	return s
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}
