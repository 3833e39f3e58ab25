package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/gobridge/gopherbot/handler/markup"
)

// inline reads what is within a block or a mark: its lines, at least one. A mark over
// several lines becomes one in each, since a markup.Line has no line ends.
func (r *reader) inline(parent ast.Node, depth int) [][]markup.Node {
	if depth > maxDepth {
		r.deep = true
		return [][]markup.Node{nil}
	}
	lines := [][]markup.Node{nil}
	add := func(nodes ...markup.Node) {
		lines[len(lines)-1] = join(lines[len(lines)-1], nodes)
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			add(textNode(r.literal(n.Segment.Value(r.source)))...)
			if n.SoftLineBreak() || n.HardLineBreak() {
				lines = append(lines, nil)
			}
		case *ast.String:
			add(textNode(string(n.Value))...)
		case *ast.CodeSpan:
			add(markup.Node{Kind: markup.Code, Text: r.words(n)})
		case *ast.Link:
			add(r.link(n, string(n.Destination))...)
		case *ast.Image:
			add(r.link(n, string(n.Destination))...)
		case *ast.AutoLink:
			add(r.autoLink(n)...)
		case *ast.Emphasis:
			kind := markup.Italic
			if n.Level == 2 {
				kind = markup.Bold
			}
			lines = around(lines, kind, r.inline(n, depth+1))
		case *extast.Strikethrough:
			lines = around(lines, markup.Strike, r.inline(n, depth+1))
		default:
			add(textNode(r.words(n))...)
		}
	}
	return lines
}

// around adds a mark of one or several lines.
func around(lines [][]markup.Node, kind markup.Kind, inner [][]markup.Node) [][]markup.Node {
	for i, nodes := range inner {
		if i > 0 {
			lines = append(lines, nil)
		}
		if len(nodes) > 0 {
			lines[len(lines)-1] = append(lines[len(lines)-1], markup.Node{Kind: kind, Nodes: nodes})
		}
	}
	return lines
}

// join appends nodes, and joins text to text.
func join(nodes, more []markup.Node) []markup.Node {
	for _, n := range more {
		if last := len(nodes) - 1; n.Kind == markup.Text && last >= 0 && nodes[last].Kind == markup.Text {
			nodes[last].Text += n.Text
			continue
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// textNode returns a text as nodes: none if it is empty.
func textNode(s string) []markup.Node {
	if s == "" {
		return nil
	}
	return []markup.Node{{Kind: markup.Text, Text: s}}
}

// literal returns the text that a piece of source stands for.
func (r *reader) literal(source []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(source))))
}

// link returns a link, or its text if a platform could not follow it.
func (r *reader) link(n ast.Node, target string) []markup.Node {
	target = r.literal([]byte(target))
	link := markup.Node{Kind: markup.Link, Target: target, Text: r.words(n)}
	if !link.Valid() {
		return textNode(strings.TrimSpace(link.Text + " (" + target + ")"))
	}
	return []markup.Node{link}
}

// autoLink returns an address in angle brackets. An e-mail address is text.
func (r *reader) autoLink(n *ast.AutoLink) []markup.Node {
	link := markup.Node{Kind: markup.Link, Target: string(n.URL(r.source))}
	if n.AutoLinkType == ast.AutoLinkEmail || !link.Valid() {
		return textNode(string(n.Label(r.source)))
	}
	return []markup.Node{link}
}

// words returns the text within a node, without marks.
func (r *reader) words(n ast.Node) string {
	var b strings.Builder
	_, code := n.(*ast.CodeSpan)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			value := c.Segment.Value(r.source)
			if code {
				b.Write(value)
			} else {
				b.WriteString(r.literal(value))
			}
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		default:
			b.WriteString(r.words(c))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}
