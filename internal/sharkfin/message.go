package sharkfin

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The types of channels.
const (
	ChannelType = "channel"
	DirectType  = "dm"
)

// The types of identities. There is no type "bot": that is the role of a service.
const (
	User    = "user"
	Agent   = "agent"
	Service = "service"
)

// Message is the payload of an event of the kinds event.MessagePublic and
// event.MessagePrivate: a message as the server writes it, with the kind of its channel and
// the type of its sender. It is the same whether it was pushed over a socket or read.
//
// It does not have the server's list of mentions, which differs by the way that the message
// came: mentions are found in Body.
type Message struct {
	// ID is unique on the server and grows from message to message.
	ID int64 `json:"id"`
	// Channel is the name of the channel, which is its id, too. It may have any characters.
	Channel string `json:"channel"`
	// ChannelType is ChannelType or DirectType.
	ChannelType string `json:"channel_type"`
	// Public reports whether anybody can read the channel. A direct conversation is not public.
	Public bool `json:"public"`
	// From is the sender's name, which is the sender's id, too.
	From string `json:"from"`
	// FromType is User, Agent, Service or, if the server does not list the sender, "".
	FromType string `json:"from_type,omitempty"`
	Body     string `json:"body"`
	// SentAt is a time as in RFC 3339, in whole seconds.
	SentAt string `json:"sent_at"`
	// ThreadID is the message that this one replies to, nil for none. Threads have one level.
	ThreadID *int64 `json:"thread_id,omitempty"`
	// Metadata is a text that the sender attached, usually JSON; see ReadMark.
	Metadata *string `json:"metadata,omitempty"`
}

// Decode reads a payload. It returns an error if a field that every message has is missing.
// Its errors quote nothing of the payload.
func Decode(payload []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(payload, &m); err != nil {
		return Message{}, fmt.Errorf("a message of %d bytes that is not as Sharkfin writes it", len(payload))
	}
	switch {
	case m.ID <= 0:
		return Message{}, errors.New("a message without an id")
	case m.Channel == "" || m.From == "":
		return Message{}, fmt.Errorf("message %d has no channel or no sender", m.ID)
	case m.ChannelType != ChannelType && m.ChannelType != DirectType:
		return Message{}, fmt.Errorf("message %d is in a channel of an unknown type", m.ID)
	}
	if _, err := m.Time(); err != nil {
		return Message{}, fmt.Errorf("message %d has no valid time", m.ID)
	}
	return m, nil
}

// Time returns the time at which the message was sent, in whole seconds.
func (m Message) Time() (time.Time, error) { return time.Parse(time.RFC3339, m.SentAt) }

// Direct reports whether the message is in a direct conversation. More than two people may
// be in one: the server lets anybody join it by REST.
func (m Message) Direct() bool { return m.ChannelType == DirectType }
