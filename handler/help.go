package handler

import (
	"context"
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/handler/markup"
)

// Help is the command that lists the declarations of the registry that it is
// declared in. The trigger alone lists everything; with a
// command behind it, it explains that one, and with any other word it searches.
// Outside direct messages only its author sees the answer.
//
// With a Help each message to the bot gets an answer: see Registry.Message.
type Help struct {
	Trigger  string
	Aliases  []string
	Help     string
	Examples []Example
	// About is one line on the purpose of the bot. It answers a mention without a text.
	About string
	// AskPeople is a line that says where people answer questions, for those that the bot
	// does not know.
	AskPeople string
	// Talk is small talk, and Names are the words that people call the bot in it.
	Talk  []Talk
	Names []string
	// Home shows everything on the bot's own page, too, on a platform where it has one,
	// with a form to search in.
	Home bool
}

// Name returns a name such as command "help", with the trigger.
func (h Help) Name() string { return fmt.Sprintf("command %q", h.Trigger) }

func (h Help) declare(b *builder) []error {
	registry := b.Registry
	id := b.add(matcher{
		direct: true, fallback: true,
		run: func(ctx context.Context, m Message, topic string, r Responder) error {
			return sayPrivately(ctx, m, r, Text(registry.help(h.Trigger, topic)))
		},
	}, Info{Kind: CommandInfo, Trigger: h.Trigger, Aliases: h.Aliases, Help: h.Help, Examples: h.Examples})
	errs := []error{need("a help text", h.Help)}
	if b.helpTrigger == "" {
		b.helpTrigger, b.helps, b.talk = h.Trigger, &h, newSmallTalk(h.Talk, h.Names)
		errs = append(errs, b.sayAgain()...)
	}
	for _, t := range h.Talk {
		errs = append(errs, t.mistakes()...)
	}
	if h.Home {
		errs = append(errs, b.addHome(h.Trigger)...)
	}
	for _, trigger := range append([]string{h.Trigger}, h.Aliases...) {
		err := b.claim(b.commands, trigger, commandKey(fold(trigger)), id)
		errs = append(errs, err)
		if err == nil {
			errs = append(errs, b.claim(b.prefixes, trigger+" ", foldPrefix(trigger+" "), id))
		}
	}
	return errs
}

// help returns the help text for a topic, or for everything.
func (r *Registry) help(trigger, topic string) string {
	q := parseQuestion(topic, r.talk.skipped)
	if searchWords(q.subject) == "" && len(r.finder().index.Exact(q.subject)) == 0 {
		return r.overview(trigger)
	}
	if e, ok := r.infoOf(topic); ok {
		return e.explain()
	}
	if e, _ := r.finder().find(q, func(e entry) bool { return e.say != "" }); e != nil && !e.term {
		return e.info.explain()
	}
	if lines := r.search(q); len(lines) > 0 {
		return "*Here's what I found:*\n" + list(lines)
	}
	return r.unknown(trigger)
}

// unknown answers a text that means nothing to the bot. It offers everything behind a
// trigger.
func (r *Registry) unknown(trigger string) string {
	return "I don't know anything about that, sorry. Say " + code(trigger) + " to see everything."
}

// overview names everything that can be said to the bot.
func (r *Registry) overview(trigger string) string {
	var commands, prefixes, slashes, shortcuts, reactions, byItself []string
	for _, e := range r.infos {
		switch e.Kind {
		case CommandInfo:
			commands = append(commands, code(e.Trigger))
		case PrefixInfo:
			prefixes = append(prefixes, e.line())
		case SlashInfo:
			slashes = append(slashes, e.line())
		case ShortcutInfo:
			shortcuts = append(shortcuts, e.line())
		case ReactionAddedInfo:
			reactions = append(reactions, e.line())
		case ListenerInfo:
			byItself = append(byItself, "• "+e.Help)
		}
	}
	text := "*Mention me, or send me a direct message, and say:*\n" + strings.Join(commands, ", ") + "\n"
	if len(prefixes) > 0 {
		text += "*Say anywhere:*\n" + strings.Join(prefixes, "\n") + "\n"
	}
	if len(slashes) > 0 {
		text += "*Type anywhere:*\n" + strings.Join(slashes, "\n") + "\n"
	}
	if len(shortcuts) > 0 {
		text += "*In the menus:*\n" + strings.Join(shortcuts, "\n") + "\n"
	}
	if len(reactions) > 0 {
		text += "*React to a message:*\n" + strings.Join(reactions, "\n") + "\n"
	}
	if len(byItself) > 0 {
		text += "*What I do by myself:*\n" + strings.Join(byItself, "\n") + "\n"
	}
	return text + "Say " + code(trigger) + " and one of them to learn more about it, or " + code(trigger) + " and any word to search."
}

// infoOf returns the command that a topic is the trigger or an alias of, the shortcut
// with that title, or the prefix or slash command that it is or begins with.
func (r *Registry) infoOf(topic string) (Info, bool) {
	key := commandKey(fold(topic))
	id, isCommand := r.index.commands[key]
	for _, e := range r.infos {
		switch {
		case e.Kind == CommandInfo && isCommand && e.matcher == id,
			e.Kind == SlashInfo && strings.HasPrefix(key+" ", e.Trigger+" "),
			e.Kind == ShortcutInfo && key == commandKey(fold(e.Title)),
			e.Kind == PrefixInfo && strings.HasPrefix(key+" ", foldPrefix(e.Trigger)):
			return e, true
		}
	}
	return Info{}, false
}

// explain describes a declaration that infoOf returns.
func (e Info) explain() string {
	where := "Say it anywhere."
	switch {
	case e.Kind == CommandInfo:
		where = "Say it to me: in a direct message, or with a mention."
	case e.Kind == SlashInfo:
		where = "Type it anywhere."
	case e.Kind == ShortcutInfo && e.OnMessage:
		where = "Choose it in the menu of a message."
	case e.Kind == ShortcutInfo:
		where = "Choose it in the list of shortcuts."
	}
	text := strings.TrimPrefix(e.line(), "• ") + "\n" + where
	for i, example := range e.Examples {
		if i == 0 {
			text += " For example:"
		}
		text += "\n• " + code(example.Say)
	}
	return text
}

// search returns a line for each declaration and argument that a question may be about, the
// best first.
func (r *Registry) search(q question) []string {
	f := r.finder()
	var lines []string
	for _, h := range f.search(searchWords(q.subject), func(entry) bool { return true }) {
		lines = append(lines, f.entries[h.Document].line())
	}
	return lines
}

// maxFound is how many results are shown.
const maxFound = 10

func list(lines []string) string {
	if more := len(lines) - maxFound; more > 0 {
		return strings.Join(lines[:maxFound], "\n") + fmt.Sprintf("\nand %d more.", more)
	}
	return strings.Join(lines, "\n")
}

// code returns a text of ours as code.
func code(text string) string { return "`" + markup.EscapeReferences(text) + "`" }

// line describes a declaration in one line.
func (e Info) line() string {
	if e.Only != "" {
		role := e.Only
		e.Only = ""
		return e.line() + " (only for the role " + code(string(role)) + ")"
	}
	text := "• " + code(e.Usage())
	for i, alias := range e.Aliases {
		if i == 0 {
			text += " (or " + code(alias)
		} else {
			text += ", " + code(alias)
		}
		if i == len(e.Aliases)-1 {
			text += ")"
		}
	}
	switch e.Kind {
	case ShortcutInfo:
		where := "a shortcut"
		if e.OnMessage {
			where = "in the menu of a message"
		}
		return "• *" + markup.Escape(e.Title) + "* (" + where + ") – " + e.Help
	case ReactionAddedInfo:
		return "• :" + strings.Join(e.Emoji, ": :") + ": – " + e.Help
	case ReactionInfo:
		return text + " – makes me react with :" + strings.Join(e.Emoji, ": :") + ":"
	}
	return text + " – " + e.Help
}
