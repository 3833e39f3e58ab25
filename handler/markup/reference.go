package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// referenceAt reads a reference at a "<".
func referenceAt(s string, i int) (Node, int) {
	rest := s[i+1:]
	length := strings.IndexAny(rest, "<>")
	if length < 0 || rest[length] == '<' {
		return Node{}, i
	}
	n, ok := reference(rest[:length])
	if !ok {
		return Node{}, i
	}
	return n, i + length + 2
}

// reference reads the text between "<" and ">".
func reference(inside string) (n Node, ok bool) {
	target, label, _ := strings.Cut(inside, "|")
	if n.Text = unescape(label); strings.TrimSpace(n.Text) == "" {
		n.Text = ""
	}
	switch {
	case target == "":
		return Node{}, false
	case target[0] == '@':
		n.Kind, n.Target = Mention, target[1:]
		return n, isPerson(n.Target)
	case target[0] == '#':
		n.Kind, n.Target = Channel, target[1:]
		return n, isID(n.Target)
	default:
		n.Kind, n.Target = Link, unescape(target)
		return n, isAddress(n.Target)
	}
}

// isPerson reports whether a text has the form of an id and is no word that
// notifies everybody.
func isPerson(id string) bool {
	switch strings.ToLower(id) {
	case "channel", "here", "everyone", "all":
		return false
	}
	return isID(id)
}

func isID(id string) bool {
	const maxID = 100
	return len(id) <= maxID && consistsOf(id, func(c byte) bool { return isAlnum(c) || c == '.' || c == '_' || c == '-' })
}

// isAddress reports whether a text begins with http://, https:// or mailto: and has
// neither spaces nor control characters.
func isAddress(target string) bool {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if len(target) > len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
			return !strings.ContainsFunc(target, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
		}
	}
	return false
}

// urlEnd returns where an address ends that is not in a reference and whose first
// ":" is s[colon]; it returns colon if there is none. Punctuation at its end does
// not belong to it.
func urlEnd(s string, colon int) int {
	start := urlStart(s, colon)
	if start == colon {
		return colon
	}
	end := colon + len("://")
	for end < len(s) && !endsURL(s[end:]) {
		end++
	}
	end = colon + len(strings.TrimRight(s[colon:end], ".,:;!?'*_~)]}"))
	if end <= colon+len("://") {
		return colon
	}
	return end
}

// urlAt returns where the address ends that begins at s[i], or i if none does.
func urlAt(s string, i int) int {
	if s[i] != 'h' && s[i] != 'H' {
		return i
	}
	for _, colon := range []int{i + len("http"), i + len("https")} {
		if colon < len(s) && urlStart(s, colon) == i {
			if end := urlEnd(s, colon); end > colon {
				return end
			}
		}
	}
	return i
}

// urlStart returns where the scheme of an address begins whose first ":" is
// s[colon], or colon if there is none.
func urlStart(s string, colon int) int {
	if !strings.HasPrefix(s[colon:], "://") {
		return colon
	}
	for _, scheme := range []string{"https", "http"} {
		start := colon - len(scheme)
		if start < 0 || !strings.EqualFold(s[start:colon], scheme) {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(s[:start]); !isWord(before) {
			return start
		}
	}
	return colon
}

// endsURL reports whether no address goes on with s.
func endsURL(s string) bool {
	return s[0] <= ' ' || s[0] == 0x7f || strings.IndexByte("<>|`\"", s[0]) >= 0 ||
		strings.HasPrefix(s, "&lt;") || strings.HasPrefix(s, "&gt;") || strings.HasPrefix(s, "&#")
}
