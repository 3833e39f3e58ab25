package slack

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// replaceSurrogates returns JSON in which each half of a UTF-16 surrogate pair without
// its other half, such as \ud800 alone, is \ufffd. The parser would read it as six
// characters of the message, or as the first half of the next character. It does not
// change payload.
func replaceSurrogates(payload []byte) []byte {
	if !bytes.Contains(payload, []byte(`\ud`)) && !bytes.Contains(payload, []byte(`\uD`)) {
		return payload
	}
	fixed := bytes.Clone(payload)
	for i := 0; i < len(fixed)-1; i++ {
		if fixed[i] != '\\' {
			continue
		}
		switch first, second := escaped(fixed[i:]), escaped(fixed[min(i+6, len(fixed)):]); {
		case !utf16.IsSurrogate(first):
			i++ // an escaped backslash escapes nothing
		case utf16.DecodeRune(first, second) == utf8.RuneError:
			i += copy(fixed[i:], `\ufffd`) - 1
		default:
			i += 11
		}
	}
	return fixed
}

// escaped returns the UTF-16 unit that is escaped at the beginning of s, as
// \u and four digits, 0 if none is.
func escaped(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(unit)
}
