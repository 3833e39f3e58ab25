// Package handler is what a contributor to the bot imports: declarations of
// what the bot answers to, the message that a handler is given, and the few
// things that it can do about it.
//
// A declaration (Command, Prefix, Reaction, Phrase, Listener, WorkspaceJoin,
// ChannelJoin, Help) is a value. A Registry is built from a list of them, and
// that one list feeds matching, the help text, "did you mean", the docs and the
// tests.
//
// The package knows no chat platform, no queue and no network. What a handler
// needs besides the message and the Responder it is built with.
package handler

import "time"

// Message is something that a person said where the bot can hear it.
type Message struct {
	// Platform is the chat platform, such as "slack".
	Platform string
	// Workspace is the platform's id of the workspace (Slack: team).
	Workspace string
	// Channel is where it was said.
	Channel Channel
	// ID is the platform's id of the message within its channel.
	ID string
	// Thread is the id of the message that began the thread this one is in, ""
	// when it is in none.
	Thread string
	// User is the platform's id of who said it.
	User string
	// Text is what was said, as its author saw it while writing, without the
	// people and groups that are mentioned and without the platform's escapes.
	Text string
	// RawText is the text as the platform sent it.
	RawText string
	// Mentions are the ids of the people mentioned, without the bot, each once,
	// in the order of their first mention.
	Mentions []string
	// Mentioned is true when the bot was.
	Mentioned bool
	// Files are what was attached.
	Files []File
	// Time is when it was said.
	Time time.Time
}

// Addressed reports whether the author spoke to the bot: by a mention, or in a
// direct message.
func (m Message) Addressed() bool { return m.Mentioned || m.Channel.Kind == Direct }

// Channel is a place where messages are.
type Channel struct {
	// ID is the platform's id.
	ID string
	// Name is without a leading "#". It is "" where the platform does not tell,
	// as with messages.
	Name string
	Kind ChannelKind
}

// ChannelKind says who is in a channel.
type ChannelKind int

const (
	// Public channels can be joined by anyone in the workspace.
	Public ChannelKind = iota + 1
	// Private channels can be joined by invitation.
	Private
	// Direct is a conversation of one person with the bot.
	Direct
	// Group is a direct conversation of several people.
	Group
)

// File is an attached file.
type File struct {
	ID string
	// Name is what its author calls it, which may be anything, or "".
	Name     string
	MIMEType string
	// Type is what the platform takes the content for: "go", "text", "python", …,
	// and "" where it does not say.
	Type string
	// Size is in bytes.
	Size int64
	// Pending is true for a file that the platform has not described yet: its
	// name, types and size are not to be trusted.
	Pending bool
	// Time is when it was attached.
	Time time.Time
}

// Join is someone joining the workspace or a channel.
type Join struct {
	Platform  string
	Workspace string
	// Channel is the channel joined, the zero value for the workspace.
	Channel Channel
	// User is the platform's id of who joined.
	User string
	Time time.Time
}
