package markup

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Lines are cut by units: a character of a Text or Code is one, and any other node
// is one.

// cutLine adds a line without blocks of code, cut so that its pieces fit.
func (c *cutter) cutLine(line Line) {
	rest := line.Nodes
	piece := func(n int) Line {
		line.Nodes = head(rest, n)
		return line
	}
	for first := true; len(rest) > 0; first = false {
		n := largest(c.limit, func(n int) bool { return c.fits(Doc{piece(n)}) })
		if n == 1 && rest[0].Kind != Text && !c.fits(Doc{piece(1)}) {
			rest = slices.Concat(dissolve(rest[0]), rest[1:])
			continue
		}
		if !first {
			c.newRun()
		}
		after := tail(rest, n)
		if len(after) > 0 {
			if at := lastSpace(rest, n+1); at > n/2 && c.fits(Doc{piece(at - 1)}) {
				n, after = at-1, tail(rest, at)
			}
		}
		if n > 0 {
			c.append(piece(n))
		}
		line.Item, rest = false, after
	}
}

// dissolve returns replacements for a node that does not fit into a part: the nodes
// within it, or its text.
func dissolve(n Node) []Node {
	if isMark(n.Kind) {
		return n.Nodes
	}
	text := n.Text
	if text == "" || n.Kind == Mention || n.Kind == Channel || n.Kind == Emoji {
		var b strings.Builder
		plainNode(&b, n)
		text = b.String()
	}
	if text == "" {
		return nil
	}
	return []Node{{Kind: Text, Text: text}}
}

// head returns the first n units of nodes.
func head(nodes []Node, n int) []Node {
	var cut []Node
	for _, node := range nodes {
		if n <= 0 {
			break
		}
		size := units(node, n)
		if size > n {
			node = node.part(n, head, func(s string, at int) string { return s[:at] })
		}
		cut = append(cut, node)
		n -= size
	}
	return cut
}

// tail returns nodes without their first n units.
func tail(nodes []Node, n int) []Node {
	for i, node := range nodes {
		if n <= 0 {
			return nodes[i:]
		}
		size := units(node, n)
		if size > n {
			rest := slices.Clone(nodes[i:])
			rest[0] = node.part(n, tail, func(s string, at int) string { return s[at:] })
			return rest
		}
		n -= size
	}
	return nil
}

// part returns the part of a node that cutting its nodes, or its text, at n units
// gives.
func (node Node) part(n int, cut func([]Node, int) []Node, slice func(s string, at int) string) Node {
	if isMark(node.Kind) {
		node.Nodes = cut(node.Nodes, n)
	} else {
		node.Text = slice(node.Text, offset(node.Text, n))
	}
	return node
}

// units returns how many units a node is, or a number larger than limit if it is
// more than that.
func units(n Node, limit int) int {
	switch {
	case isMark(n.Kind):
		total := 0
		for _, child := range n.Nodes {
			if total > limit {
				break
			}
			total += units(child, limit-total)
		}
		return total
	case n.Kind == Text || n.Kind == Code:
		if len(n.Text) > utf8.UTFMax*(limit+1) {
			return limit + 1
		}
		return utf8.RuneCountInString(n.Text)
	default:
		return 1
	}
}

// offset returns where the first n characters of s end.
func offset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// lastSpace returns how many of the first n units end with the last space of a
// Text among them, or 0 if there is no space.
func lastSpace(nodes []Node, n int) int {
	last, done := 0, 0
	for _, node := range head(nodes, n) {
		switch {
		case isMark(node.Kind):
			if at := lastSpace(node.Nodes, n); at > 0 {
				last = done + at
			}
		case node.Kind == Text:
			if i := strings.LastIndexByte(node.Text, ' '); i >= 0 {
				last = done + utf8.RuneCountInString(node.Text[:i+1])
			}
		}
		done += units(node, n)
	}
	return last
}
