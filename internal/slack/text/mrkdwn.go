package text

import (
	"strings"

	"github.com/gobridge/gopherbot/handler/markup"
)

// Mrkdwn writes a text for Slack, in the markup that Slack calls mrkdwn. Channels
// without an id stay names: Doc.LinkChannels looks up the ids first.
//
// The result notifies nobody but the people in the text's Mentions: every other
// < is escaped. Slack has no escape for the marks themselves. So text such as
// *this*, which only Escape makes, is shown as Slack's markup; and a backquote in
// text or code is written as ˋ (U+02CB), since it would pair with the next one.
// Languages of blocks are left out: Slack would show them as code.
//
// Source: https://docs.slack.dev/messaging/formatting-message-text
func Mrkdwn(d markup.Doc) string {
	var w writer
	for i, line := range d {
		if i > 0 {
			w.WriteByte('\n')
		}
		if line.Quote {
			w.WriteString("> ")
		}
		if line.Item {
			w.WriteString("• ")
		}
		w.nodes(line.Nodes)
	}
	return w.String()
}

// Literal writes a text for a message whose marks Slack does not read (mrkdwn: false): every
// character of it is shown as it is. Only mentions and links keep their meaning.
//
// Source: https://docs.slack.dev/messaging/formatting-message-text#disable-formatting
func Literal(d markup.Doc) string {
	var w writer
	for i, line := range d {
		if i > 0 {
			w.WriteByte('\n')
		}
		for _, n := range line.Nodes {
			switch {
			case n.Valid() && (n.Kind == markup.Mention || n.Kind == markup.Link):
				w.node(n)
			case n.Kind == markup.Text:
				w.WriteString(escape(n.Text))
			default:
				w.WriteString(escape(markup.Plain(markup.Doc{{Nodes: []markup.Node{n}}})))
			}
		}
	}
	return w.String()
}

type writer struct{ strings.Builder }

func (w *writer) nodes(nodes []markup.Node) {
	for _, n := range nodes {
		if n.Valid() {
			w.node(n)
		} else {
			w.text(markup.Plain(markup.Doc{{Nodes: []markup.Node{n}}}))
		}
	}
}

func (w *writer) node(n markup.Node) {
	switch n.Kind {
	case markup.Bold:
		w.around("*", n.Nodes)
	case markup.Italic:
		w.around("_", n.Nodes)
	case markup.Strike:
		w.around("~", n.Nodes)
	case markup.Code:
		if n.Text != "" {
			w.WriteByte('`')
			w.text(n.Text)
			w.WriteByte('`')
		}
	case markup.CodeBlock:
		if strings.TrimSpace(n.Text) != "" {
			w.WriteString("```\n" + escape(strings.ReplaceAll(n.Text, "```", "ˋˋˋ")) + "\n```")
		}
	case markup.Link:
		w.WriteString("<" + escape(strings.ReplaceAll(n.Target, "|", "%7C")))
		if n.Text != "" {
			w.WriteString("|" + escape(oneLine(n.Text)))
		}
		w.WriteByte('>')
	case markup.Mention:
		w.WriteString(Mention(n.Target))
	case markup.Channel:
		if n.Target != "" {
			w.WriteString("<#" + n.Target + ">")
		} else {
			w.WriteString("#" + n.Text)
		}
	case markup.Emoji:
		w.WriteString(":" + n.Text + ":")
	default:
		w.text(n.Text)
	}
}

func (w *writer) around(mark string, nodes []markup.Node) {
	w.WriteString(mark)
	w.nodes(nodes)
	w.WriteString(mark)
}

func (w *writer) text(text string) {
	w.WriteString(escape(strings.ReplaceAll(oneLine(text), "`", "ˋ")))
}

// escape returns text such that Slack refers to nothing by it.
func escape(text string) string { return markup.EscapeReferences(text) }

// oneLine returns text with spaces for line ends.
func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }
