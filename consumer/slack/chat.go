package slack

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/internal/event"
)

// channelID is the form of the ids of public and private channels; a name has no
// capital letters.
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

// anyChannel is the form of the ids of channels and direct messages.
var anyChannel = regexp.MustCompile(`^[CGD][A-Z0-9]+$`)

// personID is the form of the ids of people.
var personID = regexp.MustCompile(`^[UW][A-Z0-9]+$`)

// IsPersonID reports whether a person is named by their id.
func IsPersonID(person string) bool { return personID.MatchString(person) }

// IsChannelID reports whether a channel is named by its id.
func IsChannelID(channel string) bool { return channelID.MatchString(channel) }

// noticeError is the error of a message that is refused before Slack is asked.
type noticeError struct {
	code, text string
	// later says that somebody can help while the message is retried.
	later bool
}

func (e *noticeError) Error() string { return e.text }

// The codes of noticeErrors.
const (
	codeUnknownChat   = "unknown_chat"
	codeUnknownThread = "unknown_thread"
)

// chatID returns the id of the chat to post in. A channel that is not in the directory is an
// error that passes: an operator can create it while the message is retried.
func (o *outbox) chatID(ctx context.Context, p *Platform, c event.Chat) (string, error) {
	name := strings.TrimPrefix(c.Name, "#")
	switch {
	case IsPersonID(c.ID):
		return o.directMessagesOf(ctx, p, c.ID)
	case c.ID != "":
		return c.ID, nil
	case IsChannelID(name):
		return name, nil
	case name == "" && c.Email != "":
		return o.directMessages(ctx, p, c.Email)
	}
	id, err := p.channels.ID(ctx, name)
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", &noticeError{codeUnknownChat, fmt.Sprintf("post in #%s: no public channel has that name; create it, or name another where this one is configured", name), true}
	}
	return id, nil
}

// directMessages returns the id of a person's direct messages with the bot.
func (o *outbox) directMessages(ctx context.Context, p *Platform, email string) (string, error) {
	person, err := p.people.id(o.mark(ctx), p.api, email)
	if err != nil {
		return "", wrap(err, "look up the person to write to")
	}
	if person == "" {
		return "", &noticeError{codeUnknownChat, "nobody in the workspace has the e-mail address that the message is for", false}
	}
	return o.directMessagesOf(ctx, p, person)
}

// directMessagesOf returns the id of the direct messages of the person with an id.
func (o *outbox) directMessagesOf(ctx context.Context, p *Platform, person string) (string, error) {
	dm, _, _, err := p.api.OpenConversationContext(o.mark(ctx), &slack.OpenConversationParameters{Users: []string{person}})
	if err != nil {
		return "", wrap(err, "open a direct message with %s", person)
	}
	return dm.ID, nil
}

// threadIn returns the id of the message whose thread a message names, by that id or by its
// timestamp. "" is none.
func threadIn(chat, thread string) (string, error) {
	if thread == "" {
		return "", nil
	}
	channel, ts, ok := strings.Cut(thread, "/")
	if !ok {
		channel, ts = chat, thread
	}
	if channel != chat || !timestamp.MatchString(ts) {
		return "", &noticeError{codeUnknownThread, "the thread is not in the chat: want the sync_id of a message there, or its timestamp", false}
	}
	return messageID(channel, ts), nil
}

// timestamp is the form of Slack's message ids.
var timestamp = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{1,9}$`)

// messageID returns the id of a message as receipts have it.
func messageID(channel, ts string) string { return channel + "/" + ts }

// splitID is the inverse of messageID. ts is "" if there is none.
func splitID(id string) (channel, ts string) {
	channel, ts, _ = strings.Cut(id, "/")
	return channel, ts
}
