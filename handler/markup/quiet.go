package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quiet returns text with a zero-width space (U+200B) behind each "@" that could
// begin the name of a person or a group, @all included. It is for platforms that
// notify people by the names in plain text. The "@" of an e-mail address, after an
// ASCII letter or digit, stays as it is.
func Quiet(text string) string {
	if strings.IndexByte(text, '@') < 0 {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(text[i])
		if beginsName(text, i) {
			b.WriteRune(zeroWidthSpace)
		}
	}
	return b.String()
}

// beginsName reports whether text[i] is an "@" behind which a name could be, or
// could follow on the text.
func beginsName(text string, i int) bool {
	if text[i] != '@' || i > 0 && isAlnum(text[i-1]) {
		return false
	}
	after, size := utf8.DecodeRuneInString(text[i+1:])
	return size == 0 || after == '_' || after == '-' || after == '.' || unicode.In(after, unicode.L, unicode.M, unicode.N)
}

const zeroWidthSpace = '\u200b'
