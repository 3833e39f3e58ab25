package event

import "time"

// Origin is the kind of a message's sender.
type Origin string

// The origins of messages.
const (
	Announcement     Origin = "announcement" // bgtasks, or an operator's tool
	API              Origin = "send"         // a request to POST /send
	FromAlertmanager Origin = "alertmanager"
	FromGrafana      Origin = "grafana"
)

// Format is the format of a text. In none of them can a text notify anybody.
type Format string

// The formats of texts.
const (
	// Plain text is shown as it is written: nothing in it becomes a mention, a link
	// or an emphasis.
	Plain Format = "plain"
	// Markdown is the common part of it: bold, italic, strike, code, fences, links, lists
	// and quotes. The rest is shown as it is written.
	Markdown Format = "markdown"
	// Native is the platform's own markup, Slack's mrkdwn.
	Native Format = "mrkdwn"
	// Markup is the dialect of package handler/markup.
	Markup Format = "markup"
)

// Status is the state that a message tells of. A platform may show it as a colour.
type Status string

// The statuses of messages.
const (
	OK    Status = "ok"
	Error Status = "error"
)

// MessageOptions are wishes for the delivery of a message, in the words of BotX. Source:
// notification_opts and the options of its notifications.
type MessageOptions struct {
	// Silent hides what the reader writes next. Stealth sends only if the chat is in stealth
	// mode. ForceDND notifies those, too, who do not want to be disturbed. NoNotify notifies
	// nobody.
	Silent   bool `json:"silent,omitempty"`
	Stealth  bool `json:"stealth,omitempty"`
	ForceDND bool `json:"force_dnd,omitempty"`
	NoNotify bool `json:"no_notify,omitempty"`
}

// Chat is a place to post in, by its id or by its name. The platform looks the
// id up if it has only the name. Name may be an id, too: operators write either.
type Chat struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	// Alias is the name that the configuration gives it, if the sender used that.
	Alias string `json:"alias,omitempty"`
	// Email is the address of the person to send a direct message to.
	Email string `json:"email,omitempty"`
}

// String returns the chat's name, or its id if it has no name. It never returns an address.
func (c Chat) String() string {
	switch {
	case c.Alias != "":
		return c.Alias
	case c.Name != "":
		return c.Name
	case c.ID != "":
		return c.ID
	default:
		return "a person"
	}
}

// Blob names bytes that are too many for an event, in the store of package blob.
type Blob struct {
	ID string `json:"id"`
	// Size is in bytes, and SHA256 is the hash of the bytes in hexadecimal digits.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// File is a file to post.
type File struct {
	Blob
	// Name is its name, without a path, and Type its media type, "" if unknown.
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
}

// FollowUp is the way in which a later message about one subject appears.
type FollowUp string

// The ways of later messages.
const (
	PostAnew FollowUp = "post"   // as a message of its own
	InThread FollowUp = "thread" // in the thread of the first
	Update   FollowUp = "update" // in place of the first
)

// Subject is a thing that several messages in one chat are about, such as a deploy.
type Subject struct {
	// Key identifies it in its chat. Required.
	Key string `json:"key"`
	// On is the way of all messages but the first. Required.
	On FollowUp `json:"on"`
}

// Group is a group of alerts. Each message has the whole state of it, so that one which is
// older than the newest posted says nothing new.
type Group struct {
	// Key identifies it in its chat. Required.
	Key string `json:"key"`
	// Status is "firing" or "resolved".
	Status string `json:"status"`
	// Newest is when its monitoring system told of it.
	Newest time.Time `json:"newest"`
	// Firing are lines about alerts that are new in an update, which nobody would notice.
	Firing []string `json:"firing,omitempty"`
}
