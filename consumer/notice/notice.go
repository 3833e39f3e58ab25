// Package notice reads the texts of messages to post: announcements, and the notifications
// of scripts and monitoring systems. What it returns refers to nobody but those whom a
// platform puts in for the sender's mentions.
//
// It must not know any platform.
package notice

import (
	"cmp"
	"strings"

	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/markdown"
)

// Format returns a message's format: by default plain text, and markup for an announcement.
func Format(m event.Message) event.Format {
	if m.Format == "" && m.Origin == event.Announcement {
		return event.Markup
	}
	return cmp.Or(m.Format, event.Plain)
}

// Parse reads the text of a message by its format, event.Native as the markup of replies. In
// no format can it notify anybody: what would is text.
func Parse(m event.Message) markup.Doc {
	if m.Text == "" {
		return nil
	}
	switch Format(m) {
	case event.Markdown:
		return markdown.Parse(m.Text)
	case event.Native:
		return quiet(markup.Parse(m.Text))
	case event.Markup:
		if m.Format == "" {
			// An announcement's text is another site's. Marks in it keep their meaning.
			return markup.Parse(markup.EscapeReferences(m.Text))
		}
		return quiet(markup.Parse(m.Text))
	default:
		return Plain(m.Text)
	}
}

// Plain returns a text without markup.
func Plain(text string) markup.Doc {
	var doc markup.Doc
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		var nodes []markup.Node
		if line != "" {
			nodes = []markup.Node{{Kind: markup.Text, Text: line}}
		}
		doc = append(doc, markup.Line{Nodes: nodes})
	}
	return doc
}

// quiet returns d with its mentions of people as text.
func quiet(d markup.Doc) markup.Doc {
	return d.Map(func(n markup.Node) markup.Node {
		if n.Kind == markup.Mention {
			return markup.Node{Kind: markup.Text, Text: "<@" + n.Target + ">"}
		}
		return n
	})
}

// WithLink returns a text with the message's link behind it.
func WithLink(d markup.Doc, m event.Message) markup.Doc {
	if m.Link == "" {
		return d
	}
	link := markup.Node{Kind: markup.Link, Target: linkEscaper.Replace(m.Link), Text: strings.ReplaceAll(m.Title, "\n", " ")}
	if len(d) == 0 || d.Blank() {
		return markup.Doc{{Nodes: []markup.Node{link}}}
	}
	last := d[len(d)-1]
	if n := len(last.Nodes); n > 0 && last.Nodes[n-1].Kind == markup.CodeBlock {
		return append(d[:len(d):len(d)], markup.Line{Nodes: []markup.Node{link}})
	}
	last.Nodes = append(last.Nodes[:len(last.Nodes):len(last.Nodes)], markup.Node{Kind: markup.Text, Text: " "}, link)
	return append(d[:len(d)-1:len(d)-1], last)
}

// These characters would end an address, so they are replaced.
var linkEscaper = strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\n", "%0A")

// Whole returns a message's text as it was sent, with its link.
func Whole(m event.Message) string {
	if m.Link == "" {
		return m.Text
	}
	return m.Text + "\n" + m.Link
}
