// Package send reads and checks the body of a request to send a message, as JSON or as a
// form. It is strict: a request that would not do all that it says is refused.
//
// It knows no keys, chats or platforms.
package send

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gobridge/gopherbot/internal/event"
)

// Request is the body of POST /send. The names of its fields are those of express-botx.
type Request struct {
	// ChatID is an alias, or a chat in the platform's form. Defaults to the default alias.
	ChatID string `json:"chat_id,omitempty"`
	// Bot is the name of the bot that posts. BotID picks a bot of BotX by its UUID.
	Bot   string `json:"bot,omitempty"`
	BotID string `json:"bot_id,omitempty"`
	// Message is the text, at most MaxMessage bytes. It or File is required.
	Message string `json:"message,omitempty"`
	File    *File  `json:"file,omitempty"`
	// Status is "ok" or "error".
	Status string `json:"status,omitempty"`
	// Options are wishes that not every platform can fulfil.
	Options event.MessageOptions `json:"opts,omitzero"`
	// Metadata is a JSON object of at most MaxMetadata bytes.
	Metadata jsontext.Value `json:"metadata,omitempty"`
	// Mentions are objects of BotX, at most MaxMentions bytes.
	Mentions jsontext.Value `json:"mentions,omitempty"`
	// RoutingMode is "direct", "catalog" or "mixed", and has no effect.
	RoutingMode string `json:"routing_mode,omitempty"`
	// Format is "plain", the default, "markdown" or "mrkdwn".
	Format string `json:"format,omitempty"`
	// Thread is the message to reply to: a sync_id, or the platform's id.
	Thread string `json:"thread,omitempty"`
	// Link is an http or https address, and Title its words.
	Link  string `json:"link,omitempty"`
	Title string `json:"title,omitempty"`
	// Key names the thing that the message is about, at most MaxKey characters, and OnKey
	// how a later message about it appears: "post", "thread" or "update".
	Key   string `json:"key,omitempty"`
	OnKey string `json:"on_key,omitempty"`
	// TTL is how long it may wait to be posted, "10s" to "24h". Defaults to DefaultTTL.
	TTL string `json:"ttl,omitempty"`
	// OnUnsupported is "error", the default, or "ignore".
	OnUnsupported string `json:"on_unsupported,omitempty"`
}

// File is a file to post.
type File struct {
	// Name is its name, of 1 to 255 bytes.
	Name string `json:"name"`
	// Data is its content in standard base64, padded, in one line.
	Data string `json:"data"`

	// content is set instead of Data if it came in a form, and mediaType is the type that it
	// has there.
	content   []byte
	mediaType string
}
