package handler

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Triggers and texts are compared in a folded form: without characters that
// nobody sees, with accents as characters of their own however they were typed,
// with one space between words, without the difference of upper and lower case,
// and with plain quotation marks and hyphens. To fold twice changes nothing.

// fold brings a text into the folded form.
func fold(s string) string { return foldRunes(collapse(readable(s))) }

// foldPrefix is fold, but for the space that ends a prefix that is a word.
func foldPrefix(s string) string {
	folded := fold(s)
	if folded != "" && strings.TrimRightFunc(s, unicode.IsSpace) != s {
		folded += " "
	}
	return folded
}

// maxAccents is the number of a character's accents that count. Languages need up to
// four; hundreds on one character are a joke, and would be slow to divide.
const maxAccents = 8

// readable returns a text without its invisible characters, and with its
// accents as characters of their own (Unicode's form NFD). In that form a change
// of case composes nothing: J and a caron are two characters and stay two,
// though j with a caron exists as one.
func readable(s string) string {
	if isPlain(s) {
		return s
	}
	visible := func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}
	accents := 0
	return strings.Map(func(r rune) rune {
		if !unicode.IsMark(r) {
			accents = 0
			return visible(r)
		}
		if accents++; accents > maxAccents {
			return -1
		}
		return visible(r)
	}, norm.NFD.String(strings.Map(visible, s)))
}

// isPlain reports whether a text is printable ASCII, as nearly all are.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c > '~' || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// invisible reports whether a character is one that people neither see nor type
// on purpose. They come along when text is copied: zero-width spaces, marks of
// the direction of text, soft hyphens, variation selectors, control characters,
// fillers, and the replacement for bytes that are not UTF-8.
func invisible(r rune) bool {
	switch {
	case ' ' <= r && r <= '~', unicode.IsSpace(r):
		return false
	case r < utf8.RuneSelf, r == utf8.RuneError, r == '\u2800': // U+2800 is braille without dots
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func collapse(s string) string { return strings.Join(strings.Fields(s), " ") }

// foldRunes goes rune by rune, so that a text and its folded form have the same
// number of runes and a place in one can be found in the other.
func foldRunes(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	switch r {
	case '‘', '’', '‚', '‛', '‹', '›', '′', '´':
		return '\''
	case '“', '”', '„', '‟', '«', '»', '″', '「', '」', '『', '』', '＂':
		return '"'
	case '‐', '‑', '‒', '–', '—', '―', '−', '﹘', '﹣', '－':
		return '-'
	}
	// Runes that fold to each other are a cycle; its smallest stands for all,
	// or, as that is quicker, the lower case of an ASCII letter. The combining
	// iota (U+0345), the smallest of the iotas, is no letter.
	smallest := r
	if r >= utf8.RuneSelf {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			if smallest = min(smallest, other); smallest == '\u0345' {
				smallest = 'Ι'
			}
		}
	}
	if 'A' <= smallest && smallest <= 'Z' {
		return smallest + 'a' - 'A'
	}
	return smallest
}

// skipCollapsed returns the rest of s after the first n runes of its collapsed form: a
// run of spaces counts as one, and those at the beginning do not count.
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
