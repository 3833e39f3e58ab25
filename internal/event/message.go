package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// messageVersion is the version of Message's encoding. A decoder refuses others:
// during a rolling deploy the event waits for a consumer that reads it.
const messageVersion = 1

// ErrVersion is the error of DecodeMessage for a message of another release, in a
// version that this release does not read.
var ErrVersion = errors.New("the message is in another release's format")

// Message is the payload of a Send event: a message to post to a channel, such as an
// announcement. Empty fields are left out of the encoding. Nothing in it is secret.
// Its text may be a person's, so it is never logged.
type Message struct {
	// RequestID identifies this message for its sender.
	RequestID string `json:"request_id,omitempty"`
	// Origin is the kind of its sender. Required.
	Origin Origin `json:"source"`
	// Bot is the source that posts it, such as "slack". Required.
	Bot string `json:"bot"`
	// Chat is the place to post it in. Required.
	Chat Chat `json:"chat"`
	// Text is the text to post, in Format. It may be empty if there is a Link.
	Text string `json:"text,omitempty"`
	// Format is the format of Text. Defaults to Plain.
	Format Format `json:"format,omitempty"`
	// Link is an http or https address that follows the text, and Title is shown
	// in its place if it is not empty.
	Link  string `json:"link,omitempty"`
	Title string `json:"title,omitempty"`
	// CreatedAt is the time of the request, the zero time if unknown.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// ExpiresAt is the time after which it is not posted; the zero time is never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Origin is the kind of a message's sender.
type Origin string

// Announcement is the origin of bgtasks' announcements.
const Announcement Origin = "announcement"

// Format is the format of a text.
type Format string

// Plain text is shown as it is written: nothing in it becomes a mention, a link
// or an emphasis.
const Plain Format = "plain"

// Chat is a place to post in, by its id or by its name. The platform looks the
// id up if it has only the name. Name may be an id, too: operators write either.
type Chat struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// String returns the chat's name, or its id if it has no name.
func (c Chat) String() string {
	if c.Name == "" {
		return c.ID
	}
	return c.Name
}

// Encode returns the payload of the event that asks for m to be posted. It
// returns an error if a required field is missing.
func (m Message) Encode() ([]byte, error) {
	if err := m.validate(); err != nil {
		return nil, err
	}
	return json.Marshal(versioned{messageVersion, m})
}

// DecodeMessage is the inverse of Encode. It returns ErrVersion for a message in
// another version, and other errors for a payload that is not a message. It ignores
// unknown fields.
func DecodeMessage(payload []byte) (Message, error) {
	var decoded versioned
	if err := json.Unmarshal(payload, &decoded); err != nil {
		return Message{}, fmt.Errorf("a message of %d bytes that cannot be read: %w", len(payload), withoutText(err))
	}
	if decoded.Version != messageVersion {
		return Message{}, fmt.Errorf("%w: it has version %d, this release reads %d", ErrVersion, decoded.Version, messageVersion)
	}
	return decoded.Message, decoded.validate()
}

type versioned struct {
	Version int `json:"v"`
	Message
}

func (m Message) validate() error {
	switch {
	case m.Bot == "":
		return errors.New("a message without the source that posts it")
	case m.Origin == "":
		return errors.New("a message without an origin")
	case m.Chat == Chat{}:
		return errors.New("a message without a chat")
	case m.Text == "" && m.Link == "":
		return errors.New("a message without text or link")
	case m.Format != "" && m.Format != Plain:
		return fmt.Errorf("a message in format %q: this release knows %q", m.Format, Plain)
	}
	return nil
}

// withoutText drops the part of a JSON error that quotes the payload.
func withoutText(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %s is of another type", wrong.Field)
	}
	return errors.New("it is not JSON")
}
