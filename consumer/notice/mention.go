package notice

import (
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/mention"
)

// Resolve returns the node for a mention, and false if it is nobody's: it then stays text.
type Resolve func(mention.Mention) (n markup.Node, ok bool, err error)

// Mention returns a text with the mentions in it that resolve knows in place of the texts
// that make them, and whether there are others.
func Mention(d markup.Doc, resolve Resolve) (mentioned markup.Doc, unresolved bool, err error) {
	m := &mentions{resolve: resolve}
	lines := make(markup.Doc, len(d))
	for i, line := range d {
		if line.Nodes, err = m.nodes(line.Nodes); err != nil {
			return nil, false, err
		}
		lines[i] = line
	}
	return lines, m.unresolved, nil
}

type mentions struct {
	resolve    Resolve
	unresolved bool
}

// nodes returns nodes with mentions in place of the texts that make them.
func (w *mentions) nodes(nodes []markup.Node) ([]markup.Node, error) {
	var list []markup.Node
	for _, n := range nodes {
		switch n.Kind {
		case markup.Text:
			more, err := w.text(n.Text)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
			continue
		case markup.Bold, markup.Italic, markup.Strike:
			var err error
			if n.Nodes, err = w.nodes(n.Nodes); err != nil {
				return nil, err
			}
		}
		list = append(list, n)
	}
	return list, nil
}

// text returns a text as nodes.
func (w *mentions) text(text string) ([]markup.Node, error) {
	var list []markup.Node
	done := 0
	add := func(s string) {
		if s != "" {
			list = append(list, markup.Node{Kind: markup.Text, Text: s})
		}
	}
	for _, m := range mention.Find(text) {
		n, ok, err := w.resolve(m)
		if err != nil {
			return nil, err
		}
		if !ok {
			w.unresolved = true
			continue
		}
		add(text[done:m.Start])
		list = append(list, n)
		done = m.End
	}
	add(text[done:])
	return list, nil
}
