package slack

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/notice"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	slacktext "github.com/gobridge/gopherbot/internal/slack/text"
)

const (
	// maxParts is how many messages a long text becomes. A longer one is posted as a file.
	maxParts = 5
	// maxExcerpt is how many characters of such a text are shown with the file.
	maxExcerpt = 1000
	// textFile is the name of the file.
	textFile = "message.txt"
	// maxFallback is how many characters of a text a push notification gets.
	maxFallback = 300
	// maxImages is how many images of a message are shown. Further ones are dropped.
	maxImages = 10
	// warnMetadata is the warning about metadata that a file cannot carry, and warnImages
	// about too many images.
	warnMetadata = "metadata_dropped"
	warnImages   = "images_dropped"
)

// Compose implements consumer.Poster.
func (p *Platform) Compose(ctx context.Context, n consumer.Notice, requestID string) (consumer.Composed, error) {
	o := &outbox{responder: &responder{api: p.api, bot: p.bot, requestID: requestID}}
	chat, err := o.chatID(ctx, p, n.Chat)
	if err != nil {
		return consumer.Composed{}, err
	}
	o.channel = chat
	c := consumer.Composed{Outbox: o, Chat: chat}
	if c.Thread, err = threadIn(chat, n.Thread); err != nil {
		return c, err
	}
	text := noticeText{literal: notice.Format(n.Message) == event.Plain}
	doc := parseNotice(n.Message)
	if n.Parse {
		if doc, err = o.mention(ctx, p, doc, n.Message, &c, &text); err != nil {
			return c, err
		}
	}
	doc = notice.WithLink(doc, n.Message)
	c.Parts = text.parts(doc)
	if len(c.Parts) > maxParts {
		c.Parts = text.split(doc, maxExcerpt)[:1]
		c.Files = append(c.Files, consumer.File{Name: textFile, Content: []byte(notice.Whole(n.Message))})
		c.Warnings = append(c.Warnings, consumer.WarnCut)
	}
	for i := range c.Parts {
		c.Parts[i].Notice.Status = n.Status
	}
	if n.File != nil {
		c.Files = append(c.Files, consumer.File{Name: n.File.Name, Content: n.Content})
	}
	decorate(&c, n.Message)
	return c, nil
}

// decorate adds what the first or the last message of a text has, and has a file take its
// text along if nothing is lost by that: a file's comment has neither a colour nor metadata,
// and its marks are always read.
func decorate(c *consumer.Composed, m event.Message) {
	if len(c.Parts) == 0 {
		if len(m.Metadata) > 0 || len(m.Images) > 0 {
			c.Warnings = append(c.Warnings, warnMetadata)
		}
		return
	}
	images := m.Images
	if len(images) > maxImages {
		images = images[:maxImages]
		c.Warnings = append(c.Warnings, warnImages)
	}
	c.Parts[len(c.Parts)-1].Notice.Images = images
	c.Parts[0].Notice.Metadata = m.Metadata
	first := c.Parts[0]
	literal := first.Notice.Literal && strings.ContainsAny(first.Text, "*_~`") || first.Notice.Literal && strings.Contains(first.Text, "&gt;")
	if len(c.Parts) == 1 && len(c.Files) == 1 && m.File != nil && m.Status == "" && m.Subject == nil && len(images) == 0 && len(m.Metadata) == 0 && !literal {
		c.Files[0].Comment, c.Parts = first.Text, nil
	}
}

// noticeText writes the text of a message for Slack.
type noticeText struct {
	literal  bool // no marks are read
	everyone bool // it may notify the channel
}

// render writes a text.
func (t noticeText) render(d markup.Doc) string {
	text := ""
	if t.literal {
		text = slacktext.Literal(d)
	} else {
		text = slacktext.Mrkdwn(d)
	}
	if t.everyone {
		text = strings.ReplaceAll(text, everyone, "<!channel>")
	}
	return text
}

// split cuts a text into messages of at most so many characters.
func (t noticeText) split(doc markup.Doc, limit int) []consumer.Rendered {
	var list []consumer.Rendered
	for _, part := range markup.Split(doc, limit, func(d markup.Doc) int { return utf8.RuneCountInString(t.render(d)) }) {
		fallback := strings.ReplaceAll(markup.Plain(part), everyone, "@channel")
		if r := []rune(fallback); len(r) > maxFallback {
			fallback = string(r[:maxFallback-1]) + "…"
		}
		list = append(list, consumer.Rendered{Text: t.render(part), Notice: consumer.NoticeStyle{Literal: t.literal, Fallback: markup.EscapeReferences(fallback)}})
	}
	return list
}

// parts returns the messages of a text, none if it is empty.
func (t noticeText) parts(doc markup.Doc) []consumer.Rendered {
	if doc.Blank() {
		return nil
	}
	return t.split(doc, maxText)
}
