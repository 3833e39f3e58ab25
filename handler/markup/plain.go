package markup

import "strings"

// Plain returns d as text without references and escapes: for terminals, logs and
// tests, and for platforms without markup. Marks and code keep the characters
// around them. A link is its label and its address, "label (address)"; a person
// is "@" and the label or else the id; a channel is "#" and the name or else the id.
// Plain output cannot be parsed back, since nothing in it is escaped.
func Plain(d Doc) string {
	var b strings.Builder
	for i, line := range d {
		if i > 0 {
			b.WriteByte('\n')
		}
		if line.Quote {
			b.WriteString("> ")
		}
		if line.Item {
			b.WriteString(bullet)
		}
		plainNodes(&b, line.Nodes)
	}
	return b.String()
}

func plainNodes(b *strings.Builder, nodes []Node) {
	for _, n := range nodes {
		plainNode(b, n)
	}
}

func plainNode(b *strings.Builder, n Node) {
	around := func(mark string) {
		b.WriteString(mark)
		b.WriteString(n.Text)
		plainNodes(b, n.Nodes)
		b.WriteString(mark)
	}
	switch n.Kind {
	case Bold:
		around("*")
	case Italic:
		around("_")
	case Strike:
		around("~")
	case Code:
		around("`")
	case CodeBlock:
		b.WriteString(fence + n.Lang + "\n" + n.Text + "\n" + fence)
	case Link:
		switch n.Text {
		case "", n.Target:
			b.WriteString(n.Target)
		default:
			b.WriteString(n.Text + " (" + n.Target + ")")
		}
	case Mention:
		b.WriteString("@" + n.name())
	case Channel:
		b.WriteString("#" + n.name())
	case Emoji:
		around(":")
	default:
		b.WriteString(n.Text)
	}
}

// name returns the name of a Mention or Channel, or else its id.
func (n Node) name() string {
	if n.Text != "" {
		return n.Text
	}
	return n.Target
}
