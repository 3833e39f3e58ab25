package sharkfin

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/internal/sharkfin/text"
	"github.com/gobridge/gopherbot/workqueue"
)

// Decode decodes a message. The server has no other events.
func (p *Platform) Decode(ctx context.Context, e workqueue.Event) (consumer.Incoming, error) {
	switch kind, _ := event.KindOf(e.Source, e.Type); kind {
	case event.MessagePublic, event.MessagePrivate:
		m, err := p.message(ctx, e)
		return consumer.Message{Message: m}, err
	default:
		return nil, workqueue.Reject(fmt.Errorf("an event of type %q of source %q, which no handler is for", e.Type, e.Source))
	}
}

// message decodes a message. Messages that handlers must not see are a workqueue.Discard: our
// own, those of other bots, and those of agents that do not mention the bot. Payloads that
// are not as the gateway writes them are a workqueue.Reject.
func (p *Platform) message(ctx context.Context, e workqueue.Event) (handler.Message, error) {
	m, err := sharkfin.Decode(e.Payload)
	if err != nil {
		return handler.Message{}, workqueue.Reject(err)
	}
	if reason := unwanted(m, p.bot); reason != "" {
		return handler.Message{}, workqueue.Discard(reason)
	}
	parsed, err := p.parse(ctx, m.Body)
	if err != nil {
		return handler.Message{}, err
	}
	if m.FromType != sharkfin.User && !parsed.Mentioned {
		return handler.Message{}, workqueue.Discard("a message of an agent that does not mention the bot")
	}
	return handler.Message{
		Platform:  e.Source,
		Workspace: p.host,
		Channel:   channelOf(m),
		ID:        strconv.FormatInt(m.ID, 10),
		Thread:    thread(m),
		User:      m.From,
		Text:      parsed.Plain,
		RawText:   m.Body,
		Mentions:  parsed.Users,
		Mentioned: parsed.Mentioned,
		Time:      e.Time,
	}, nil
}

// unwanted says why handlers must not see a message, "" if they may. Two bots that answered
// each other would not stop, so services are not answered. A mark is another gopherbot's,
// whatever the server takes it for. There is no type "bot".
func unwanted(m sharkfin.Message, bot string) string {
	_, marked := sharkfin.ReadMark(m.Metadata)
	switch {
	case m.From == bot:
		return "our own message"
	case marked, m.FromType == sharkfin.Service:
		return "another bot's message"
	default:
		return ""
	}
}

// parse reads a text. Mentions are found in it alone: the server tells of them by some ways and
// not by others. Who there is to mention is asked only if it has an "@".
func (p *Platform) parse(ctx context.Context, body string) (text.Text, error) {
	var names text.Names
	if slices.Contains([]byte(body), '@') {
		known, err := p.people.names(ctx)
		if err != nil {
			return text.Text{}, err
		}
		if known != nil {
			names = *known
		}
	}
	return text.Parse(body, p.bot, names), nil
}

// channelOf returns the channel of a message. Its name is its id.
func channelOf(m sharkfin.Message) handler.Channel {
	switch {
	case m.Direct():
		return handler.Channel{ID: m.Channel, Kind: handler.Direct}
	case m.Public:
		return handler.Channel{ID: m.Channel, Name: m.Channel, Kind: handler.Public}
	default:
		return handler.Channel{ID: m.Channel, Name: m.Channel, Kind: handler.Private}
	}
}

// thread returns the id of the message that began the thread of a message, "" for none.
func thread(m sharkfin.Message) string {
	if m.ThreadID == nil {
		return ""
	}
	return strconv.FormatInt(*m.ThreadID, 10)
}
