package slack

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/notice"
	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/mention"
)

// parseNotice reads the text of a message to post by its format.
func parseNotice(m event.Message) markup.Doc {
	if m.Format == event.Native {
		m.Text = dates.ReplaceAllString(m.Text, "$1")
	}
	return notice.Parse(m)
}

// dates are Slack's dates, which handler/markup does not know. Their fallback is shown.
// Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting
var dates = regexp.MustCompile(`<!date\^[^<>|]*\|([^<>|]*)>`)

// everyone stands for the mention of a channel in a text until it is written: handler/markup
// has no word for that, so that no answer of a handler can notify everybody. It is a
// character that no text has.
const everyone = "\ue000"

// mention looks up the people that a text mentions. Whoever is not found stays text. An
// error is a rate limit: the message waits.
func (o *outbox) mention(ctx context.Context, p *Platform, d markup.Doc, m event.Message, c *consumer.Composed, text *noticeText) (markup.Doc, error) {
	who := &mentions{lookUp: func(email string) (string, error) { return p.people.id(o.mark(ctx), p.api, email) }, broadcast: m.Broadcast, known: map[string]string{}}
	d = d.Map(func(n markup.Node) markup.Node {
		if n.Kind == markup.Text {
			n.Text = strings.ReplaceAll(n.Text, everyone, "\ufffd")
		}
		return n
	})
	d, unresolved, err := notice.Mention(d, who.node)
	if err != nil {
		return nil, wrap(err, "look up the people whom a message mentions")
	}
	if unresolved {
		c.Warnings = append(c.Warnings, consumer.WarnMention)
	}
	text.everyone = who.everyone
	return d, nil
}

// mentions looks up the people whom a message mentions.
type mentions struct {
	lookUp    func(email string) (id string, err error)
	broadcast bool
	known     map[string]string // ids by address, "" for nobody
	everyone  bool
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
