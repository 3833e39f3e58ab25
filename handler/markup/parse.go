package markup

import "strings"

const (
	fence  = "```"
	bullet = "• "
)

// Parse reads a text. It accepts any string; the package comment defines the
// dialect. A text with n line ends outside of blocks of code has n+1 lines.
func Parse(text string) Doc {
	p := parser{src: lineEnds.Replace(text), fence: -1, end: -1}
	doc := make(Doc, 0, 1+strings.Count(p.src, "\n"))
	for more := true; more; {
		var line Line
		line, more = p.line()
		doc = append(doc, line)
	}
	return doc
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// parser reads a text from pos on.
type parser struct {
	src string
	pos int
	// fence is where the next fence at or after pos is. It is looked up when it is
	// before pos, and is len(src) when no block of code can follow.
	fence int
	// end is where the line that pos is in ends, unless it is before pos.
	end int
	// tokens and nodes are of the segment that is being read. They are kept for
	// their memory.
	tokens []token
	nodes  []Node
}

// line reads a line and reports whether another follows.
func (p *parser) line() (line Line, more bool) {
	if p.skip(">") {
		line.Quote = true
		p.skip(" ")
	}
	line.Item = p.skip(bullet)
	first := p.pos
	for {
		end := p.lineEnd()
		start, content, after, found := p.block(end)
		if !found {
			line.Nodes = p.inline(line.Nodes, p.src[p.pos:end])
			p.pos = end + 1
			return line, end < len(p.src)
		}
		line.Nodes = p.inline(line.Nodes, p.src[p.pos:start])
		line.Nodes = append(line.Nodes, codeBlock(content, start == first))
		p.pos = after
	}
}

func (p *parser) skip(prefix string) bool {
	found := strings.HasPrefix(p.src[p.pos:], prefix)
	if found {
		p.pos += len(prefix)
	}
	return found
}

// lineEnd returns where the line that pos is in ends.
func (p *parser) lineEnd() int {
	if p.end < p.pos {
		p.end = len(p.src)
		if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
			p.end = p.pos + i
		}
	}
	return p.end
}

// block finds the first block of code that begins between pos and end: where its
// first fence begins, the content between the fences, and where the last one ends.
func (p *parser) block(end int) (start int, content string, after int, found bool) {
	for from := p.pos; ; from = p.fence + len(fence) {
		if p.fence < from {
			p.fence = len(p.src)
			if i := strings.Index(p.src[min(from, len(p.src)):], fence); i >= 0 {
				p.fence = from + i
			}
		}
		if p.fence >= end {
			return 0, "", 0, false
		}
		inside := p.fence + len(fence)
		length := strings.Index(p.src[inside:], fence)
		if length < 0 {
			p.fence = len(p.src)
			return 0, "", 0, false
		}
		if content = p.src[inside : inside+length]; strings.TrimSpace(content) != "" {
			return p.fence, content, inside + length + len(fence), true
		}
	}
}

// codeBlock returns the node for the content between two fences.
func codeBlock(content string, beginsLine bool) Node {
	n := Node{Kind: CodeBlock}
	body, closed := strings.CutSuffix(content, "\n")
	first, rest, several := strings.Cut(body, "\n")
	switch {
	case several && first == "":
		body = rest
	case several && closed && beginsLine && isLang(first) && strings.TrimSpace(rest) != "":
		n.Lang, body = first, rest
	}
	n.Text = unescape(body)
	return n
}

// isLang reports whether the word behind a fence names a language.
func isLang(word string) bool {
	return len(word) <= 20 && consistsOf(word, func(c byte) bool { return isAlnum(c) || strings.IndexByte("+-#._", c) >= 0 })
}

// consistsOf reports whether s is not empty and allowed holds for all its bytes.
func consistsOf(s string, allowed func(c byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool { return isLowerAlnum(c) || 'A' <= c && c <= 'Z' }

func isLowerAlnum(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
