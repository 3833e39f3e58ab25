package handler

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Commands are copied from the bot's texts, from docs and from other messages,
// with the markup, quotation marks and bullets that were around them. None of
// these counts.

const (
	// pairMarks stand before and after a text: markup and, in their folded form,
	// quotation marks.
	pairMarks = "`*_~'\""
	// lineMarks stand before a text alone: quoted lines and the bullets of lists.
	// A hyphen is the folded form of all dashes.
	lineMarks = ">-•◦▪‣∙·●○■"
	// endMarks end a sentence.
	endMarks = "?!.,;…？！。，"
	// trailing does not count at the end of a command.
	trailing = endMarks + pairMarks + " "
)

// everyone are ways to notify all people of a channel. Behind a command they
// say for whom the answer is, as the mention of a person does.
var everyone = []string{"@here", "@channel", "@everyone", "@all"}

// bare returns a readable text without the marks at its beginning, without the
// counterparts of those, and without mentions of everyone at its end. To bare
// a text twice changes nothing.
//
// A counterpart is a mark behind something that is no space and not in the
// middle of a word, or one of those that end the text: `define` goroutine loses
// its backquotes as `define goroutine` does, and _define foo_bar_ keeps the
// underscore of foo_bar.
func bare(s string) string {
	s = withoutEveryone(strings.TrimSpace(s))
	rest := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isMark(r) })
	if len(rest) == len(s) {
		return s
	}
	// Accents that were apart may now be beside each other, in an order.
	core := readable(withoutCounterparts(s[:len(s)-len(rest)], rest))
	return withoutEveryone(strings.TrimSpace(core))
}

// withoutCounterparts returns a text without the counterparts of the marks that
// stood before it.
func withoutCounterparts(marks, s string) string {
	var open [len(pairMarks)]int // how many of each are without counterpart
	for _, r := range marks {
		if i := strings.IndexRune(pairMarks, foldRune(r)); i >= 0 {
			open[i]++
		}
	}
	end := len(strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || isMark(r) || strings.ContainsRune(endMarks, r)
	}))
	var kept strings.Builder
	before := ' '
	for at, r := range s {
		i := strings.IndexRune(pairMarks, foldRune(r))
		if i >= 0 && open[i] > 0 && (at >= end || endsMarkup(before, s[at+utf8.RuneLen(r):])) {
			open[i]--
		} else {
			kept.WriteRune(r)
		}
		before = r
	}
	return kept.String()
}

// endsMarkup reports whether markup can end between a rune and a text.
func endsMarkup(before rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	partOfWord := func(r rune) bool { return r != '_' && isWordRune(r) }
	return !unicode.IsSpace(before) && !(partOfWord(before) && partOfWord(next))
}

func isMark(r rune) bool {
	r = foldRune(r)
	return strings.ContainsRune(pairMarks, r) || strings.ContainsRune(lineMarks, r)
}

// withoutEveryone returns a text without the mentions of everyone at its end,
// and without the marks behind those.
func withoutEveryone(s string) string {
	for {
		text := strings.TrimRight(s, trailing)
		at := strings.LastIndexFunc(text, unicode.IsSpace)
		if at < 0 {
			return s
		}
		_, space := utf8.DecodeRuneInString(text[at:])
		last := text[at+space:]
		if !slices.ContainsFunc(everyone, func(all string) bool { return strings.EqualFold(all, last) }) {
			return s
		}
		s = strings.TrimRightFunc(text[:at], unicode.IsSpace)
	}
}

// commandKey returns the form in which a folded text is looked up as a command: bare,
// and without the marks that end a sentence.
func commandKey(folded string) string {
	return strings.TrimRight(collapse(bare(strings.TrimRight(folded, trailing))), trailing)
}
