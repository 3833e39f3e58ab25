// Package markdown reads the part of Markdown that people write in chats and that chat
// platforms can show, for package handler/markup to be written for a platform: bold, italic,
// strike, code, fences, links, lists and quotes. Everything else, such as a heading, a table
// or HTML, stays text.
//
// The rules are CommonMark's, with ~~strike~~. As in chats, a line end stays one.
// Source: https://spec.commonmark.org/0.31.2/
package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/gobridge/gopherbot/handler/markup"
)

// subset has the parsers of what this package reads, in goldmark's order.
var subset = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewListParser(), 300), util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700), util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100), util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300), util.Prioritized(extension.NewStrikethroughParser(), 500),
		util.Prioritized(parser.NewEmphasisParser(), 500),
	),
)

// maxDepth is how deep quotes, lists and marks nest. What is deeper is text. goldmark itself
// nests blocks without a bound.
const maxDepth = 8

// Parse reads a text. It accepts any string. An image is a link to it. Nested items of lists
// are indented by text, and items with numbers keep them as text.
func Parse(source string) markup.Doc {
	source = lineEnds.Replace(source)
	r := reader{source: []byte(source)}
	r.blocks(subset.Parse(text.NewReader(r.source)), place{})
	if r.deep {
		return plain(source)
	}
	return r.doc
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd")

// plain is a text without markup.
func plain(source string) markup.Doc {
	var doc markup.Doc
	for line := range strings.SplitSeq(source, "\n") {
		doc = append(doc, markup.Line{Nodes: textNode(line)})
	}
	return doc
}

// reader makes a Doc of goldmark's tree.
type reader struct {
	source []byte
	doc    markup.Doc
	deep   bool // there is more nesting than maxDepth
}

// place is where a block is.
type place struct {
	quote bool
	// prefix begins the first line of a list's item.
	item   bool
	prefix string
	depth  int
}

// blocks reads the blocks within one.
func (r *reader) blocks(parent ast.Node, p place) {
	if p.depth++; p.depth > maxDepth {
		r.deep = true
		return
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if r.apart(n) {
			r.doc = append(r.doc, markup.Line{Quote: p.quote})
		}
		switch n := n.(type) {
		case *ast.Blockquote:
			inner := p
			inner.quote = true
			r.blocks(n, inner)
		case *ast.List:
			r.list(n, p)
		case *ast.FencedCodeBlock:
			r.add(p, []markup.Node{r.fence(n)})
		default:
			r.paragraph(n, p)
		}
		p.item, p.prefix = false, "" // of the first block alone
	}
}

// list reads a list. Those within others have no items of the platform's.
func (r *reader) list(l *ast.List, p place) {
	number, outer := l.Start, p
	for n := l.FirstChild(); n != nil; n = n.NextSibling() {
		if r.apart(n) {
			r.doc = append(r.doc, markup.Line{Quote: p.quote})
		}
		inner := place{quote: p.quote, depth: outer.depth}
		indent := strings.Repeat("    ", max(0, listDepth(l)-1))
		switch {
		case l.IsOrdered():
			inner.prefix = indent + strconv.Itoa(number) + string(l.Marker) + " "
			number++
		case indent == "":
			inner.item = true
		default:
			inner.prefix = indent + "• "
		}
		if n.FirstChild() == nil {
			r.add(inner, nil)
			continue
		}
		r.blocks(n, inner)
	}
}

// listDepth returns how many lists a list is in, itself included.
func listDepth(n ast.Node) (depth int) {
	for ; n != nil; n = n.Parent() {
		if _, ok := n.(*ast.List); ok {
			depth++
		}
	}
	return depth
}

// apart reports whether an empty line is between a block and the one before.
func (r *reader) apart(n ast.Node) bool {
	if n.PreviousSibling() == nil || !n.HasBlankPreviousLines() {
		return false
	}
	if _, ok := n.PreviousSibling().(*ast.FencedCodeBlock); !ok {
		return true
	}
	// goldmark also counts an empty line at the end of the code.
	first := n
	for first != nil && first.Type() == ast.TypeBlock && first.Lines().Len() == 0 {
		first = first.FirstChild()
	}
	if first == nil || first.Type() != ast.TypeBlock {
		return true
	}
	before := r.source[:first.Lines().At(0).Start]
	before = before[:bytes.LastIndexByte(before, '\n')+1]
	before = before[:max(0, len(before)-1)]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return strings.Trim(string(line), " >\t") == ""
}

// add adds a line.
func (r *reader) add(p place, nodes []markup.Node) {
	if p.prefix != "" {
		nodes = append(textNode(p.prefix), nodes...)
	}
	r.doc = append(r.doc, markup.Line{Quote: p.quote, Item: p.item, Nodes: nodes})
}

// fence reads a block of code.
func (r *reader) fence(n *ast.FencedCodeBlock) markup.Node {
	var b strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		b.Write(segment.Value(r.source))
	}
	return markup.Node{Kind: markup.CodeBlock, Lang: string(n.Language(r.source)), Text: strings.TrimSuffix(b.String(), "\n")}
}

// paragraph reads lines of text.
func (r *reader) paragraph(n ast.Node, p place) {
	lines := r.inline(n, 0)
	for i, nodes := range lines {
		if i > 0 {
			p.item, p.prefix = false, ""
		}
		r.add(p, nodes)
	}
}
