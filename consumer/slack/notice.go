package slack

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/markdown"
	"github.com/gobridge/gopherbot/internal/mention"
)

// parseNotice reads the text of a message to post by its format. In none of them can it
// notify anybody: what would is text.
func parseNotice(m event.Message) markup.Doc {
	if m.Text == "" {
		return nil
	}
	switch formatOf(m) {
	case event.Markdown:
		return markdown.Parse(m.Text)
	case event.Native:
		return quiet(markup.Parse(dates.ReplaceAllString(m.Text, "$1")))
	case event.Markup:
		if m.Format == "" {
			// An announcement's text is another site's. Marks in it keep their meaning.
			return markup.Parse(markup.EscapeReferences(m.Text))
		}
		return quiet(markup.Parse(m.Text))
	default:
		return plainDoc(m.Text)
	}
}

// dates are Slack's dates, which handler/markup does not know. Their fallback is shown.
// Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
var dates = regexp.MustCompile(`<!date\^[^<>|]*\|([^<>|]*)>`)

// plainDoc returns a text without markup.
func plainDoc(text string) markup.Doc {
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

// withLink returns a text with the message's link behind it.
func withLink(d markup.Doc, m event.Message) markup.Doc {
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

// everyone stands for the mention of a channel in a text until it is written: handler/markup
// has no word for that, so that no answer of a handler can notify everybody. It is a
// character that no text has.
const everyone = "\ue000"

// mention looks up the people that a text mentions. Whoever is not found stays text. An
// error is a rate limit: the message waits.
func (o *outbox) mention(ctx context.Context, p *Platform, d markup.Doc, m event.Message, c *consumer.Composed, text *noticeText) (markup.Doc, error) {
	who := &mentions{lookUp: func(email string) (string, error) { return p.people.id(o.mark(ctx), p.api, email) }, broadcast: m.Broadcast, known: map[string]string{}}
	lines := make(markup.Doc, len(d))
	for i, line := range d {
		nodes, err := who.nodes(line.Nodes)
		if err != nil {
			return nil, wrap(err, "look up the people whom a message mentions")
		}
		line.Nodes = nodes
		lines[i] = line
	}
	if who.unresolved {
		c.Warnings = append(c.Warnings, consumer.WarnMention)
	}
	text.everyone = who.everyone
	return lines, nil
}

// mentions replaces the mentions in the texts of a message.
type mentions struct {
	lookUp               func(email string) (id string, err error)
	broadcast            bool
	known                map[string]string // ids by address, "" for nobody
	everyone, unresolved bool
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
		if s = strings.ReplaceAll(s, everyone, "\ufffd"); s != "" {
			list = append(list, markup.Node{Kind: markup.Text, Text: s})
		}
	}
	for _, m := range mention.Find(text) {
		n, ok, err := w.node(m)
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

// node returns what a mention becomes.
func (w *mentions) node(m mention.Mention) (n markup.Node, ok bool, err error) {
	switch m.Kind {
	case mention.All:
		if !w.broadcast {
			return n, false, nil
		}
		w.everyone = true
		return markup.Node{Kind: markup.Text, Text: everyone}, true, nil
	case mention.ID:
		return markup.Node{Kind: markup.Mention, Target: m.Value}, userID.MatchString(m.Value), nil
	}
	email := strings.ToLower(m.Value)
	id, known := w.known[email]
	if !known {
		if len(w.known) >= mention.MaxLookUps {
			return n, false, nil
		}
		if id, err = w.lookUp(email); err != nil {
			if _, limited := errors.AsType[*slack.RateLimitedError](err); limited {
				return n, false, err
			}
			id = "" // the message goes out without
		}
		w.known[email] = id
	}
	return markup.Node{Kind: markup.Mention, Target: id}, id != "", nil
}

// userID is the form of the ids of people.
var userID = regexp.MustCompile(`^[UW][A-Z0-9]+$`)
