package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// text writes text such that Markdown shows it as it is. At the start of a line the
// characters that begin a heading, a list, a quote or the like are escaped, too.
// With links, addresses become links.
//
// The escapes are those that Mattermost knows, which are fewer than CommonMark's:
// it has no backslash before < and &.
func (w *markdown) text(text string, links bool) {
	text = oneLine(text)
	i := 0
	if w.start {
		text = strings.TrimLeft(text, " \t") // four spaces would begin a block of code
		i = w.lineStart(text)
	}
	for i < len(text) {
		if end := urlAt(text, i); links && end > i {
			w.WriteString("<" + percentEncode(text[i:end], "<>") + ">")
			i = end
			continue
		}
		w.character(text, i)
		i++
	}
}

// lineStart writes the beginning of a line such that it begins no block, and
// returns how much of the text it wrote.
func (w *markdown) lineStart(text string) int {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	switch {
	case text == "":
		return 0
	case text[0] == '=':
		w.WriteString("&#61;") // Mattermost has no backslash before = and :
		return 1
	case strings.HasPrefix(text, ":-"): // the line above would be the head of a table
		w.WriteString("&#58;")
		return 1
	case strings.IndexByte("#>+-~", text[0]) >= 0:
		w.WriteString(`\` + text[:1])
		return 1
	case digits > 0 && digits < len(text) && (text[digits] == '.' || text[digits] == ')'):
		w.WriteString(text[:digits] + `\` + text[digits:digits+1])
		return digits + 1
	default:
		return 0
	}
}

// character writes text[i].
func (w *markdown) character(text string, i int) {
	switch c := text[i]; {
	case c == '<' && mayBeTag(text[i:]):
		w.WriteString("&lt;")
	case c == '&' && mayBeEntity(text[i:]):
		w.WriteString("&amp;")
	default:
		if acts(text, i) {
			w.WriteByte('\\')
		}
		w.WriteByte(c)
	}
	if beginsName(text, i) {
		w.WriteRune(zeroWidthSpace)
	}
}

// acts reports whether text[i] may have a meaning that a backslash takes away.
func acts(text string, i int) bool {
	switch text[i] {
	case '`', '*', '[', ']', '|':
		return true
	case '.': // readers link www. and all that follows, with the escapes
		return i >= 3 && strings.EqualFold(text[i-3:i], "www")
	case '\\':
		return i+1 == len(text) || text[i+1] > ' ' && text[i+1] <= '~' && !isAlnum(text[i+1])
	case '_':
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+1:])
		return !isWord(before) || !isWord(after)
	case '~':
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		return strings.HasPrefix(text[i+1:], "~") || i > 0 && !unicode.IsSpace(before)
	default:
		return false
	}
}

// mayBeTag reports whether s, which begins with "<", may begin with HTML or a link.
func mayBeTag(s string) bool {
	return len(s) > 1 && (isAlnum(s[1]) || strings.IndexByte("/!?", s[1]) >= 0)
}

// mayBeEntity reports whether s, which begins with "&", may begin with an HTML
// entity.
func mayBeEntity(s string) bool { return len(s) > 1 && (s[1] == '#' || isAlnum(s[1])) }
