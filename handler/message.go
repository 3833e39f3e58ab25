// Package handler has declarations of the messages that the bot answers, the
// message that a handler gets, and the Responder that it answers with.
//
// A declaration (Command, Prefix, Reaction, Phrase, Listener, WorkspaceJoin,
// ChannelJoin, ReactionAdded, SlashCommand, Action, Shortcut, Form, Help) is a value. A
// Registry is built from a list of them, and that one list feeds matching, the help
// text, "did you mean", the docs and the tests. Texts are in the dialect of package
// handler/markup.
//
// The package knows no chat platform, no queue and no network. A handler that needs
// more than the message and the Responder is built with it.
package handler

import "time"

// Message is a message that a person wrote in a conversation that the bot is in.
type Message struct {
	// Platform is the chat platform, such as "slack".
	Platform string
	// Workspace is the platform's id of the workspace (Slack: team).
	Workspace string
	// Channel is the conversation that it was written in.
	Channel Channel
	// ID is the platform's id of the message within its channel.
	ID string
	// Thread is the id of the message that began the thread this one is in, ""
	// when it is in none.
	Thread string
	// User is the platform's id of its author.
	User string
	// Text is the text as its author typed it, without mentions of people and groups
	// and without the platform's escapes.
	Text string
	// RawText is the text as the platform sent it.
	RawText string
	// Mentions are the ids of the people mentioned, without the bot, each once,
	// in the order of their first mention.
	Mentions []string
	// Mentioned is true if the message mentions the bot.
	Mentioned bool
	// Roles are the roles of User that the operator has assigned.
	Roles []Role
	// Asker is the platform's id of the person whom a message of the bot answers, "" if
	// it is unknown or the message is not the bot's. Only Interaction.Message has it.
	Asker string
	// Components are the controls of a message of the bot, with their ID, Label and
	// Data. Only Interaction.Message has them.
	Components []Component
	// Files are the attached files.
	Files []File
	// Time is when it was posted.
	Time time.Time
}

// Addressed reports whether the message is for the bot: it mentions the bot, or is a
// direct message.
func (m Message) Addressed() bool { return m.Mentioned || m.Channel.Kind == Direct }

// Channel is a conversation: a channel, a group or direct messages.
type Channel struct {
	// ID is the platform's id.
	ID string
	// Name has no leading "#". It is "" if the event does not contain it, as events of
	// messages do not.
	Name string
	Kind ChannelKind
}

// ChannelKind is the kind of a Channel.
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
	// Name is given by the author and may be any text, or "".
	Name     string
	MIMEType string
	// Type is the platform's guess of the content's type, such as "go", "text" or
	// "python", or "".
	Type string
	// Size is in bytes.
	Size int64
	// Pending is true for a file that the platform has not described yet: do not rely
	// on its name, types and size.
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
	// User is the platform's id of the person.
	User string
	Time time.Time
}
