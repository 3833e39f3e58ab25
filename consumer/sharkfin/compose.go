package sharkfin

import (
	"context"
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/notice"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/mention"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/text"
)

const (
	// maxParts is how many messages a long text becomes. The rest of a longer one is left out.
	maxParts = 5
	// warnTextCut is the warning about such a text, and warnFile about a file that is left out.
	warnTextCut = "text_cut"
	warnFile    = "file_dropped"
)

// Compose implements consumer.Poster. A message's colour is a sign before its text, and its images
// are their addresses. The server takes no files: a file is named below the text, and without a
// text it is refused.
func (p *Platform) Compose(ctx context.Context, n consumer.Notice, requestID string) (consumer.Composed, error) {
	o := &outbox{&responder{Platform: p, requestID: requestID}}
	var err error
	if o.channel, err = o.chatID(ctx, n.Chat); err != nil {
		return consumer.Composed{}, err
	}
	c := consumer.Composed{Outbox: o}
	thread, err := threadIn(o.channel, n.Thread)
	if err != nil {
		return c, err
	}
	if thread != 0 {
		c.Thread = sharkfin.Ref{Channel: o.channel, ID: thread}.String()
	}
	doc := notice.Parse(n.Message)
	if n.Parse {
		names, err := p.people.names(o.mark(ctx))
		if err != nil {
			return c, err
		}
		var unresolved bool
		if doc, unresolved, err = notice.Mention(doc, resolve(names)); err != nil {
			return c, err
		}
		if unresolved {
			c.Warnings = append(c.Warnings, consumer.WarnMention)
		}
	}
	doc = notice.WithLink(doc, n.Message)
	if n.File != nil {
		if doc.Blank() {
			return c, &refusal{codeNoFiles, "Sharkfin takes no files: send its content as a text", consumer.Final}
		}
		doc = append(doc, line(fmt.Sprintf("(The file %s of %d bytes was left out: Sharkfin takes none.)", n.File.Name, len(n.Content))))
		c.Warnings = append(c.Warnings, warnFile)
	}
	for _, address := range n.Images {
		doc = append(doc, markup.Line{Nodes: []markup.Node{{Kind: markup.Link, Target: address}}})
	}
	doc = withStatus(doc, n.Status)
	mentions, err := p.people.mentions(o.mark(ctx), doc)
	if err != nil {
		return c, err
	}
	c.Parts = split(doc, mentions)
	if len(c.Parts) > maxParts {
		c.Parts = c.Parts[:maxParts]
		c.Warnings = append(c.Warnings, warnTextCut)
	}
	c.Parts[0].Notice.Metadata = n.Metadata
	return c, nil
}

// resolve returns the function that finds whom a mention names: people by their names. Nobody can
// mention everybody.
func resolve(names *text.Names) notice.Resolve {
	return func(m mention.Mention) (markup.Node, bool, error) {
		known := m.Kind == mention.ID && names != nil && names.Users[m.Value]
		return markup.Node{Kind: markup.Mention, Target: m.Value}, known, nil
	}
}

// signs stand for the colours that Sharkfin does not have.
var signs = map[event.Status]string{event.OK: "✅ ", event.Error: "❌ "}

// withStatus returns a text with the sign of a status before it.
func withStatus(d markup.Doc, status event.Status) markup.Doc {
	sign := signs[status]
	if sign == "" || len(d) == 0 {
		return d
	}
	first := d[0]
	first.Nodes = append([]markup.Node{{Kind: markup.Text, Text: sign}}, first.Nodes...)
	return append(markup.Doc{first}, d[1:]...)
}

func line(text string) markup.Line {
	return markup.Line{Nodes: []markup.Node{{Kind: markup.Text, Text: strings.ReplaceAll(text, "\n", " ")}}}
}
