package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/internal/event"
)

// MaxSaid is the maximum number of characters of an operator's message: Slack advises against
// longer ones.
const MaxSaid = 4000

// Place is where an operator wants something said: a channel, a thread or a person.
type Place struct {
	Chat   event.Chat
	Thread string // the timestamp of its first message, "" for none
}

// ParsePlace reads a place: the link of a message, for its thread; the e-mail address or the id
// of a person; the id of a channel, or the name of a public one, with # or without.
func ParsePlace(named string) (Place, error) {
	channel := strings.TrimPrefix(named, "#")
	switch {
	case channel == "":
		return Place{}, errors.New("the place is empty: want a channel, the link of a message, or a person")
	case strings.Contains(named, "://"):
		link, err := ParseLink(named)
		return Place{event.Chat{ID: link.Channel}, link.Thread}, err
	case strings.Contains(named, "@"):
		return Place{Chat: event.Chat{Email: strings.TrimPrefix(named, "@")}}, nil
	case IsPersonID(named), IsChannelID(channel):
		return Place{Chat: event.Chat{ID: channel}}, nil
	default:
		return Place{Chat: event.Chat{Name: channel}}, nil
	}
}

// MaskEmail returns an e-mail address as the audit and the log have it: "a…@example.com".
func MaskEmail(address string) string {
	name, host, _ := strings.Cut(address, "@")
	_, size := utf8.DecodeRuneInString(name)
	return name[:size] + "…@" + host
}

// String describes the place for the audit.
func (p Place) String() string {
	switch {
	case p.Thread != "":
		return "the thread " + p.Thread + " of " + p.Chat.ID
	case p.Chat.Email != "":
		return MaskEmail(p.Chat.Email)
	default:
		return p.Chat.String()
	}
}

// CheckSaid returns a text without the space around it, or an error if it cannot be said.
func CheckSaid(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errors.New("the text is empty: want the text of the message")
	case n > MaxSaid:
		return "", fmt.Errorf("the text has %d characters: want at most %d", n, MaxSaid)
	}
	return text, nil
}

// Say posts a text as the bot, as announcements are posted: once, in silenced channels, too. It
// returns a link to the message, "" if it is not known. It needs channels only for a name. If
// Slack's answer is lost, the message may have been posted.
func Say(ctx context.Context, api API, channels Channels, place Place, text string) (link string, err error) {
	m := event.Message{Bot: event.Slack, Chat: place.Chat, Thread: place.Thread, Text: text}
	composed, err := New(Options{API: api, Channels: channels}).Compose(ctx, consumer.Notice{Message: m}, "")
	if err != nil {
		return "", err
	}
	for _, part := range composed.Parts {
		id, err := composed.Outbox.Post(ctx, part, composed.Thread)
		if err != nil {
			return "", err
		}
		if link == "" {
			link = composed.Outbox.Link(id)
		}
	}
	return link, nil
}

// Unsay deletes a message that the bot has posted. Its error says what to do.
// Source: https://docs.slack.dev/reference/methods/chat.delete
func Unsay(ctx context.Context, api API, of Link) error {
	_, _, err := api.DeleteMessageContext(ctx, of.Channel, of.Message)
	if err == nil {
		return nil
	}
	advice := ""
	switch err.Error() {
	case "cant_delete_message":
		advice = ": the bot has not posted it, and can delete its own messages only"
	case "message_not_found":
		advice = ": there is no such message, or not any more"
	case "channel_not_found":
		advice = ": the bot is not in the channel, or there is none of this id"
	}
	return fmt.Errorf("delete the message: %w%s", err, advice)
}
