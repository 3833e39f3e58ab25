package handler

import (
	"strings"
	"unicode"
)

// Escape returns text such that a Reply shows it as it is: text that somebody
// else wrote must pass through it, or it could link what it likes.
func Escape(text string) string { return escaper.Replace(text) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func code(text string) string { return "`" + Escape(text) + "`" }

// maxQuote is how much of a text, in runes, helps to recognize it.
const maxQuote = 60

// Quote returns text that somebody else wrote such that a Reply shows it as
// code: in one line, the first 60 characters of it, without backquotes and
// without what cannot be seen, such as that which turns around the direction of
// all that follows.
func Quote(text string) string {
	text = collapse(strings.Map(func(r rune) rune {
		if r == '`' || !unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text))
	if runes := []rune(text); len(runes) > maxQuote {
		text = string(runes[:maxQuote])
	} else if text != "" {
		return code(text)
	}
	return code(text + "…")
}
