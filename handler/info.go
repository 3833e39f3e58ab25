package handler

import "slices"

// Info describes a declaration, for help texts, docs and tests.
type Info struct {
	Kind InfoKind
	// Name is the declaration's.
	Name string
	// Trigger runs the declaration: a command's trigger, a prefix, the first
	// of a reaction's words or a phrase's phrases, a listener's title, or the name
	// of the channel that someone joins, "" for the workspace.
	Trigger string
	// Aliases are other triggers to the same effect.
	Aliases []string
	// Argument names the text after a prefix, Arguments are those that it knows.
	Argument  string
	Arguments []Argument
	Help      string
	// Emoji are a reaction's; Mentioned and OneIn say when it reacts.
	Emoji     []string
	Mentioned bool
	OneIn     int
	Examples  []Example

	matcher int // its id
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
)

// Usage is how to say it: the trigger, and behind a prefix its argument.
func (e Info) Usage() string {
	if e.Kind == PrefixInfo {
		return e.Trigger + "<" + e.Argument + ">"
	}
	return e.Trigger
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
