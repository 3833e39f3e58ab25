package handler

import "slices"

// Info is what the registry tells about a declaration to those who write help
// texts, docs and tests.
type Info struct {
	Kind InfoKind
	// Name is the declaration's.
	Name string
	// Trigger is what brings it about: a command's trigger, a prefix, the first
	// of a reaction's words or a phrase's phrases, a watcher's title, or the name
	// of the channel that someone joins, "" for the workspace.
	Trigger string
	// Aliases are other triggers to the same effect.
	Aliases []string
	// Argument names what follows a prefix, Arguments are those that it knows.
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

// InfoKind is the kind of declaration that an Entry is of.
type InfoKind int

const (
	// CommandEntry is of a Command or of Help, said to the bot.
	CommandEntry InfoKind = iota + 1
	// PrefixEntry is of a Prefix, said anywhere.
	PrefixEntry
	// ReactionEntry is of a Reaction, PhraseEntry of a Phrase, to what is
	// contained in a message.
	ReactionEntry
	PhraseEntry
	// WatcherEntry is of a Watcher.
	WatcherEntry
	// WelcomeEntry is of a TeamJoin or a ChannelJoin.
	WelcomeEntry
)

// Usage is how to say it: the trigger, and behind a prefix its argument.
func (e Info) Usage() string {
	if e.Kind == PrefixEntry {
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
