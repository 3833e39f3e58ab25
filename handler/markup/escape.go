package markup

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns text that somebody else wrote such that a reply shows it as it
// is, wherever it stands: in a line, in code, in a block of code, or in the address
// or label of a link. It does not shorten text and keeps its line ends; Quote
// returns less.
//
// Slack has no escape for marks. There *text* and its like are shown as marks, but
// nothing is linked, notified or left out.
func Escape(text string) string {
	var b strings.Builder
	done := 0
	for i, r := range text {
		if escape := escapeOf(text, i, r); escape != "" {
			b.WriteString(text[done:i])
			b.WriteString(escape)
			done = i + utf8.RuneLen(r)
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// escapeOf returns the escape for the character r, which is at text[i], or "" if it
// has no meaning there. The characters around the text are not known.
func escapeOf(text string, i int, r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '`':
		return "&#96;"
	case '|':
		return "&#124;" // it would end the address of a link
	case '•', '#', ':', '*', '_', '~':
	default:
		return ""
	}
	before, size := utf8.DecodeLastRuneInString(text[:i])
	first := size == 0
	after, size := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
	last := size == 0
	inert := false
	switch r {
	case '•':
		inert = !last && after != ' ' || !first && before != '\n'
	case '#':
		inert = !last && (after < 'a' || after > 'z') || !first && isWord(before)
	case ':':
		inert = !last && (after >= utf8.RuneSelf || !inEmoji(byte(after))) || !first && isWord(before)
	default:
		inert = !first && !last && (isWord(before) && isWord(after) || unicode.IsSpace(before) && unicode.IsSpace(after))
	}
	if inert {
		return ""
	}
	return "&#" + strconv.Itoa(int(r)) + ";"
}

// EscapeReferences returns a text of ours in which &, < and > stand for themselves.
// It refers to nothing; all other markup keeps its meaning. It is for texts that
// are written for other uses as well, such as the terms of a glossary.
func EscapeReferences(text string) string { return referenceEscaper.Replace(text) }

var referenceEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// maxQuote is how much of a text Quote shows, in characters.
const maxQuote = 60

// Quote returns text that somebody else wrote as code in one line: at most its
// first 60 characters, without backquotes and without characters that cannot be
// seen, such as those that change the direction of the text after them.
func Quote(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '`' || !unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxQuote {
		text = string(runes[:maxQuote]) + "…"
	} else if text == "" {
		text = "…"
	}
	return "`" + EscapeReferences(text) + "`"
}

// unescape replaces the escapes in a text by the characters that they stand for.
func unescape(text string) string {
	i := strings.IndexByte(text, '&')
	if i < 0 {
		return text
	}
	var b strings.Builder
	for ; i >= 0; i = strings.IndexByte(text, '&') {
		b.WriteString(text[:i])
		r, size := escapeAt(text[i:])
		if size == 0 {
			r, size = '&', 1
		}
		b.WriteRune(r)
		text = text[i+size:]
	}
	b.WriteString(text)
	return b.String()
}

// escapeAt returns the character that the escape at the beginning of s stands for,
// and the escape's length, which is 0 when s begins with none.
func escapeAt(s string) (r rune, size int) {
	for _, e := range namedEscapes {
		if strings.HasPrefix(s, e.text) {
			return e.r, len(e.text)
		}
	}
	digits, found := strings.CutPrefix(s, "&#")
	end := strings.IndexByte(digits[:min(len(digits), len("8226;"))], ';')
	if !found || end <= 0 || digits[0] == '0' {
		return 0, 0
	}
	code, err := strconv.ParseUint(digits[:end], 10, 16)
	if r = rune(code); err != nil || !escapable(r) {
		return 0, 0
	}
	return r, len("&#") + end + 1
}

var namedEscapes = []struct {
	text string
	r    rune
}{{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}}

// escapable reports whether an escape by number can stand for r.
func escapable(r rune) bool {
	return r == '•' || '!' <= r && r <= '~' && !isAlnum(byte(r))
}

// lastEscape returns the character that the escape at the end of s stands for.
func lastEscape(s string) (r rune, ok bool) {
	s = s[max(0, len(s)-len("&#8226;")):]
	i := strings.LastIndexByte(s, '&')
	if i < 0 || s[len(s)-1] != ';' {
		return 0, false
	}
	r, size := escapeAt(s[i:])
	return r, size > 0 && size == len(s)-i
}
