package markup

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of a segment that may be more than text.
type token struct {
	start, end int
	kind       Kind
	// link is, for a mark that opens, the index of the token that closes it. It is 0
	// for a mark that is text. For all else it is the index of the node.
	link int
}

// inline appends the nodes of a segment, which is text without line ends and
// without blocks of code.
func (p *parser) inline(nodes []Node, s string) []Node {
	p.tokens, p.nodes = p.tokens[:0], p.nodes[:0]
	var open openMarks
	for i := 0; i < len(s); {
		var n Node
		end := 0
		switch s[i] {
		case '*', '_', '~':
			p.tokens = open.add(p.tokens, s, i)
			i++
			continue
		case '`':
			n, end = codeAt(s, i)
		case '<':
			n, end = referenceAt(s, i)
		case '#':
			n, end = channelAt(s, i)
		case ':':
			if end = urlEnd(s, i); end == i {
				n, end = emojiAt(s, i, afterEmoji(p.tokens, i))
			}
		}
		if n.Kind != 0 {
			p.tokens = append(p.tokens, token{i, end, n.Kind, len(p.nodes)})
			p.nodes = append(p.nodes, n)
		}
		i = max(end, i+1)
	}
	return p.build(nodes, s, 0, len(p.tokens), 0, len(s))
}

// build appends the nodes of s[start:end], in which the tokens from first to
// before last are.
func (p *parser) build(nodes []Node, s string, first, last, start, end int) []Node {
	if first < last {
		nodes = slices.Grow(nodes, last-first+1)
	}
	text := func(to int) {
		if start < to {
			nodes = append(nodes, Node{Kind: Text, Text: unescape(s[start:to])})
		}
	}
	for i := first; i < last; i++ {
		t := p.tokens[i]
		switch {
		case !isMark(t.kind):
			text(t.start)
			nodes = append(nodes, p.nodes[t.link])
			start = t.end
		case t.link > 0:
			text(t.start)
			closing := p.tokens[t.link]
			nodes = append(nodes, Node{Kind: t.kind, Nodes: p.build(nil, s, i+1, t.link, t.end, closing.start)})
			i, start = t.link, closing.end
		}
	}
	text(end)
	return nodes
}

func isMark(k Kind) bool { return Bold <= k && k <= Strike }

// openMarks are the marks that are open at a place of a segment: the indices of
// their tokens, the innermost last. There is at most one of each kind, which
// bounds how deep nodes nest.
type openMarks struct {
	list [3]int
	n    int
}

// add adds the mark at s[i] to the tokens, if it can open or close, and links the
// mark that it closes.
func (o *openMarks) add(tokens []token, s string, i int) []token {
	t := token{start: i, end: i + 1, kind: markKind(s[i])}
	opens, closes := flanks(s, i)
	for at := range o.n {
		if opener := o.list[at]; tokens[opener].kind == t.kind {
			if !closes {
				return tokens
			}
			tokens[opener].link = len(tokens)
			o.n = at // marks that were opened within and are not closed are text
			return append(tokens, t)
		}
	}
	if !opens {
		return tokens
	}
	o.list[o.n] = len(tokens)
	o.n++
	return append(tokens, t)
}

func markKind(mark byte) Kind {
	switch mark {
	case '*':
		return Bold
	case '_':
		return Italic
	default:
		return Strike
	}
}

// flanks reports whether the mark at s[i] can open and whether it can close.
func flanks(s string, i int) (opens, closes bool) {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+1:])
	mark := rune(s[i])
	if before == mark || after == mark {
		return false, false
	}
	opens = !isWord(before) && i+1 < len(s) && !unicode.IsSpace(after)
	closes = !isWord(after) && i > 0 && !unicode.IsSpace(before)
	return opens, closes
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// codeAt reads code at a backquote. Several backquotes in a row are text.
func codeAt(s string, i int) (Node, int) {
	rest := s[i+1:]
	if others := len(rest) - len(strings.TrimLeft(rest, "`")); others > 0 {
		return Node{}, i + 1 + others
	}
	length := strings.IndexByte(rest, '`')
	if length < 0 {
		return Node{}, i
	}
	return Node{Kind: Code, Text: unescape(rest[:length])}, i + length + 2
}

// channelAt reads the name of a channel at a "#".
func channelAt(s string, i int) (Node, int) {
	name := s[i+1:]
	if name == "" || name[0] < 'a' || name[0] > 'z' || !beginsChannel(s[:i]) {
		return Node{}, i
	}
	end := 0
	for end < len(name) && inChannel(name[end]) {
		end++
	}
	name = strings.TrimRight(name[:end], "_-")
	end = i + 1 + len(name)
	if after, _ := utf8.DecodeRuneInString(s[end:]); !isChannel(name) || isWord(after) {
		return Node{}, i
	}
	return Node{Kind: Channel, Text: name}, end
}

// isChannel reports whether a text is the name of a channel.
// Source: https://docs.slack.dev/reference/methods/conversations.create
func isChannel(name string) bool {
	const maxName = 80
	return len(name) <= maxName && consistsOf(name, inChannel) && 'a' <= name[0] && name[0] <= 'z' && isLowerAlnum(name[len(name)-1])
}

func inChannel(c byte) bool { return isLowerAlnum(c) || c == '_' || c == '-' }

// beginsChannel reports whether the name of a channel can follow on a text.
func beginsChannel(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(before)
	allowed := "([{\"'“‘«„*_~–—"
	if escaped, ok := lastEscape(before); ok {
		r, allowed = escaped, allowed+"&<>"
	}
	return before == "" || unicode.IsSpace(r) || strings.ContainsRune(allowed, r)
}

func afterEmoji(tokens []token, i int) bool {
	return len(tokens) > 0 && tokens[len(tokens)-1].kind == Emoji && tokens[len(tokens)-1].end == i
}

// emojiAt reads an emoji at a colon, which may follow directly on another emoji.
func emojiAt(s string, i int, afterEmoji bool) (Node, int) {
	length := strings.IndexByte(s[i+1:], ':')
	if length < 0 || !isEmoji(s[i+1:i+1+length]) {
		return Node{}, i
	}
	end := i + length + 2
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[end:])
	if isWord(before) || before == '_' || before == ':' && !afterEmoji || isWord(after) || after == '_' {
		return Node{}, i
	}
	return Node{Kind: Emoji, Text: s[i+1 : end-1]}, end
}

// isEmoji reports whether a text is the name of an emoji.
func isEmoji(name string) bool {
	return len(name) <= 100 && consistsOf(name, inEmoji) && name[0] != '_' && isLowerAlnum(name[len(name)-1])
}

func inEmoji(c byte) bool { return isLowerAlnum(c) || c == '_' || c == '+' || c == '-' }
