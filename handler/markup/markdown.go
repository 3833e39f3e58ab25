package markup

import (
	"fmt"
	"strings"
)

// Markdown returns d in Markdown: CommonMark with ~~strike~~, as GitHub and
// Mattermost read it. Line ends stay line ends. Text is escaped, so that it is
// nothing but text, and it is quiet: see Quiet. Addresses in text become links.
//
// A person is "@" and the label, a channel "#" and the name, or else the id. Where
// people and channels have other names, Doc.Map puts those in first: a Mention's as
// its Text, a Channel as a Link or as a Text.
//
// Source: https://spec.commonmark.org/0.31.2/
func Markdown(d Doc) string {
	var w markdown
	for i, line := range d {
		if i > 0 {
			w.between(d[i-1], line)
		}
		w.line(line)
	}
	return w.String()
}

// markdown is a writer of Markdown.
type markdown struct {
	strings.Builder
	// indent begins each further line of a Line with a block of code.
	indent string
	// start is true at the beginning of a line.
	start bool
}

// between ends a line before the next. In Markdown, text on the line after an item
// or a quote belongs to it; an empty line prevents that.
func (w *markdown) between(line, next Line) {
	inner := "\n"
	if line.Quote && next.Quote {
		inner = "\n> "
	}
	switch {
	case line.blank() || next.blank() || line.Item && next.Item && line.Quote == next.Quote:
		w.WriteString("\n")
	case line.Item || line.Quote && !next.Quote:
		w.WriteString(strings.TrimRight(inner, " ") + "\n")
	case line.Quote == next.Quote && !next.Item && !line.endsInBlock() && !next.beginsWithBlock():
		w.WriteString("  \n") // a line end that stays one
	default:
		w.WriteString("\n")
	}
}

func (l Line) endsInBlock() bool {
	return len(l.Nodes) > 0 && l.Nodes[len(l.Nodes)-1].Kind == CodeBlock
}

func (l Line) beginsWithBlock() bool { return len(l.Nodes) > 0 && l.Nodes[0].Kind == CodeBlock }

func (w *markdown) line(l Line) {
	w.indent = ""
	if l.Quote {
		w.indent = "> "
	}
	w.WriteString(w.indent)
	if l.Item {
		w.WriteString("- ")
		w.indent += "  "
	}
	w.start = true
	w.nodes(l.Nodes)
}

func (w *markdown) nodes(nodes []Node) {
	for i, n := range nodes {
		w.node(n)
		switch {
		case i+1 == len(nodes):
		case n.Kind == CodeBlock:
			w.newLine()
		case n.Kind == Text && nodes[i+1].Kind == Link && strings.HasSuffix(n.Text, "!"):
			w.WriteRune(zeroWidthSpace) // a link behind "!" would be an image
		}
	}
}

func (w *markdown) newLine() {
	w.WriteString("\n" + w.indent)
	w.start = true
}

func (w *markdown) node(n Node) {
	if !n.Valid() {
		var b strings.Builder
		plainNode(&b, n)
		n = Node{Kind: Text, Text: b.String()}
	}
	switch n.Kind {
	case Bold:
		w.around("**", n)
	case Italic:
		w.around("_", n)
	case Strike:
		w.around("~~", n)
	case Code:
		w.code(n.Text)
	case CodeBlock:
		w.codeBlock(n)
		return
	case Link:
		w.link(n)
	case Mention:
		w.name('@', n)
	case Channel:
		w.name('#', n)
	case Emoji:
		w.WriteString(":" + n.Text + ":")
	default:
		w.text(n.Text, true)
	}
	w.start = false
}

func (w *markdown) around(mark string, n Node) {
	w.WriteString(mark)
	w.start = false
	w.nodes(n.Nodes)
	w.WriteString(mark)
}

func (w *markdown) name(sign byte, n Node) {
	w.WriteByte(sign)
	w.start = false
	w.text(n.name(), false)
}

func (w *markdown) code(text string) {
	text = oneLine(text)
	if text == "" {
		return
	}
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	space := ""
	if text[0] == '`' || text[len(text)-1] == '`' || text[0] == ' ' && text[len(text)-1] == ' ' && strings.Trim(text, " ") != "" {
		space = " "
	}
	w.WriteString(fence + space + text + space + fence)
}

func (w *markdown) codeBlock(n Node) {
	if !w.start {
		w.newLine()
	}
	fence := strings.Repeat("`", max(3, longestRun(n.Text, '`')+1))
	w.WriteString(fence)
	if isLang(n.Lang) {
		w.WriteString(n.Lang)
	}
	for line := range strings.SplitSeq(n.Text, "\n") {
		w.newLine()
		w.WriteString(line)
	}
	w.newLine()
	w.WriteString(fence)
	w.start = false
}

func (w *markdown) link(n Node) {
	if n.Text == "" || n.Text == n.Target {
		w.WriteString("<" + percentEncode(n.Target, "<>") + ">")
		return
	}
	w.WriteByte('[')
	w.start = false
	w.text(n.Text, false)
	w.WriteString("](")
	target := percentEncode(n.Target, "<>()\\`")
	for i := range len(target) {
		w.WriteByte(target[i])
		if target[i] == '&' && mayBeEntity(target[i:]) {
			w.WriteString("amp;")
		}
	}
	w.WriteByte(')')
}

// percentEncode encodes the characters in set, spaces and control characters.
func percentEncode(address, set string) string {
	var b strings.Builder
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c == 0x7f || strings.IndexByte(set, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// longestRun returns the length of the longest run of c in s.
func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if run++; s[i] != c {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// oneLine returns text with spaces for line ends.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }
