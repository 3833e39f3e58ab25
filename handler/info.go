package handler

import "slices"

// Info describes a declaration, for help texts, docs and tests.
type Info struct {
	Kind InfoKind
	// Name is the declaration's.
	Name string
	// Trigger runs the declaration: a command's trigger, a prefix, the first
	// of a reaction's words or a phrase's phrases, a listener's title, the name of the
	// channel that someone joins, "" for the workspace, a slash command with its
	// slash, the first of the emoji that somebody adds, or the ID of an action, a
	// shortcut or a form.
	Trigger string
	// Aliases are other triggers to the same effect.
	Aliases []string
	// Argument names the text after a prefix or a slash command, or the channel of
	// a ReactionAdded. Arguments are those that a prefix knows.
	Argument  string
	Arguments []Argument
	Help      string
	// Emoji are a reaction's; Mentioned and OneIn say when it reacts.
	Emoji     []string
	Mentioned bool
	OneIn     int
	Examples  []Example
	// Title is that of a shortcut, and OnMessage says that it is in the menu of messages.
	Title     string
	OnMessage bool
	// Only is the role that may use it, "" for everybody.
	Only Role

	matcher int    // its id
	text    string // a command's Text
}

// InfoKind is the kind of declaration that an Info describes.
type InfoKind int

const (
	// CommandInfo describes a Command or a Help, said to the bot.
	CommandInfo InfoKind = iota + 1
	// PrefixInfo describes a Prefix, said anywhere.
	PrefixInfo
	// ReactionInfo describes a Reaction, PhraseInfo a Phrase: both look for words
	// within a message.
	ReactionInfo
	PhraseInfo
	// ListenerInfo describes a Listener.
	ListenerInfo
	// JoinInfo describes a WorkspaceJoin or a ChannelJoin.
	JoinInfo
	// SlashInfo describes a SlashCommand, ActionInfo an Action, ShortcutInfo a Shortcut and
	// FormInfo a Form.
	SlashInfo
	ActionInfo
	ShortcutInfo
	FormInfo
	// ReactionAddedInfo describes a ReactionAdded.
	ReactionAddedInfo
	// HomeInfo describes the bot's own page, which Help has.
	HomeInfo
)

// OfMessages reports whether the declaration runs for messages that people write.
func (e Info) OfMessages() bool { return e.matcher != noMatcher }

// Usage is how to say it: the trigger, and behind a prefix or a slash command its
// argument.
func (e Info) Usage() string {
	switch {
	case e.Kind == PrefixInfo:
		return e.Trigger + "<" + e.Argument + ">"
	case e.Kind == SlashInfo && e.Argument != "":
		return e.Trigger + " " + e.Argument
	default:
		return e.Trigger
	}
}

// Infos describes all declarations, in their order.
func (r *Registry) Infos() []Info { return slices.Clone(r.infos) }

// first returns the first string of a list, "" when it is empty, and rest the
// others.
func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func rest(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list[1:]
}
