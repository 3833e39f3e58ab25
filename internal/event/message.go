package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// messageVersion is the version of Message's encoding. A decoder refuses others:
// during a rolling deploy the event waits for a consumer that reads it.
const messageVersion = 1

// ErrVersion is the error of DecodeMessage for a message of another release, in a
// version that this release does not read.
var ErrVersion = errors.New("the message is in another release's format")

// Message is the payload of a Send event: a message to post to a channel, such as an
// announcement or a notification. Empty fields are left out of the encoding. Nothing in
// it is secret. Its text, title, metadata, mentions and the name of its file may be a
// person's, so they are never logged.
type Message struct {
	// RequestID identifies this message for its sender, and its receipt. An announcement
	// has none, and no receipt.
	RequestID string `json:"request_id,omitempty"`
	// Origin is the kind of its sender. Required.
	Origin Origin `json:"source"`
	// KeyName is the name of the API key that was used, for logs and receipts.
	KeyName string `json:"key_name,omitempty"`
	// Bot is the source that posts it, such as "slack". Required.
	Bot string `json:"bot"`
	// Chat is the place to post it in. Required.
	Chat Chat `json:"chat"`
	// Text is the text to post, in Format. TextBlob holds it instead if it is long. Both may
	// be empty if there is a Link or a File.
	Text     string `json:"text,omitempty"`
	TextBlob *Blob  `json:"text_blob,omitempty"`
	// Format is the format of Text. Defaults to Plain, for an Announcement to Markup.
	Format Format `json:"format,omitempty"`
	// Status is the colour of the message, "" for none.
	Status Status `json:"status,omitempty"`
	// Options are wishes that not every platform can fulfil.
	Options MessageOptions `json:"opts,omitzero"`
	// Metadata is a JSON object that programs can read with the message.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	// Mentions are the mentions of BotX, as it documents them: a JSON array.
	Mentions json.RawMessage `json:"mentions,omitempty"`
	// Parse has the mentions in Text, such as @mention[email:ada@example.com], looked up.
	// One that cannot be resolved stays as it is.
	Parse bool `json:"parse,omitempty"`
	// Broadcast allows @mention[all] to notify everyone, if Parse is set.
	Broadcast bool `json:"broadcast,omitempty"`
	// File is posted with the text.
	File *File `json:"file,omitempty"`
	// Link is an http or https address that follows the text, and Title is shown
	// in its place if it is not empty.
	Link  string `json:"link,omitempty"`
	Title string `json:"title,omitempty"`
	// Images are https addresses of images, which the platform shows or links. We never
	// fetch them.
	Images []string `json:"images,omitempty"`
	// Thread is the message in whose thread it is posted: the platform's id of a message, as
	// a receipt's sync_id has it.
	Thread string `json:"thread,omitempty"`
	// Subject is the evolving thing that it is about, and Group the group of alerts.
	Subject *Subject `json:"subject,omitempty"`
	Group   *Group   `json:"group,omitempty"`
	// CreatedAt is the time of the request, the zero time if unknown.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// ExpiresAt is the time after which it is not posted; the zero time is never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Warnings are codes for the receipt of things that were left out.
	Warnings []string `json:"warnings,omitempty"`
	// Hash and KeepReceipt, in seconds, are those of the receipt (receipt.Origin): empty,
	// unless the same request can be made again.
	Hash        string `json:"hash,omitempty"`
	KeepReceipt int64  `json:"keep_receipt,omitempty"`
	// Shadow says that its sender was told that nothing is posted.
	Shadow bool `json:"shadow,omitempty"`
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
	case m.Text == "" && m.TextBlob == nil && m.Link == "" && m.File == nil:
		return errors.New("a message without text, link or file")
	case !slices.Contains([]Format{"", Plain, Markdown, Native, Markup}, m.Format):
		return fmt.Errorf("a message in format %q: this release knows %q, %q, %q and %q", m.Format, Plain, Markdown, Native, Markup)
	case !slices.Contains([]Status{"", OK, Error}, m.Status):
		return fmt.Errorf("a message with status %q: this release knows %q and %q", m.Status, OK, Error)
	case m.Subject != nil && !slices.Contains([]FollowUp{PostAnew, InThread, Update}, m.Subject.On):
		return fmt.Errorf("a message with the follow-up %q: this release knows %q, %q and %q", m.Subject.On, PostAnew, InThread, Update)
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
