package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/handler/markup"
)

// commandsMarkdown returns docs/commands.md, which lists all declarations.
func commandsMarkdown(entries []handler.Info) string {
	var s strings.Builder
	s.WriteString("# What the bot answers to\n\n<!-- Written by \"gopherbot docs\" from the declarations; do not edit. -->\n")
	section := func(kind handler.InfoKind, title string, describe func(e handler.Info) string) {
		for _, e := range entries {
			if e.Kind == kind {
				if title != "" {
					s.WriteString("\n## " + title + "\n\n")
					title = ""
				}
				s.WriteString("- " + describe(e) + "\n")
			}
		}
	}
	help := func(e handler.Info) string {
		text := markup.Markdown(markup.Parse(e.Help))
		if e.Only != "" {
			text += " (only for the role " + code(string(e.Only)) + ")"
		}
		return text
	}
	withHelp := func(e handler.Info) string { return codes(e.Usage(), e.Aliases...) + ": " + help(e) }
	section(handler.CommandInfo, "Said to it, in a direct message or with a mention", withHelp)
	section(handler.PrefixInfo, "At the beginning of any message", withHelp)
	section(handler.SlashInfo, "Slash commands", withHelp)
	section(handler.ShortcutInfo, "Shortcuts", func(e handler.Info) string {
		where := "in the list of shortcuts"
		if e.OnMessage {
			where = "in the menu of a message"
		}
		return "**" + e.Title + "**, " + where + ": " + help(e)
	})
	section(handler.ReactionAddedInfo, "Emoji that people add to a message", func(e handler.Info) string {
		text := ":" + strings.Join(e.Emoji, ": :") + ":"
		if e.Argument != "" {
			text += " in #" + e.Argument
		}
		return text + ": " + help(e)
	})
	section(handler.HomeInfo, "The bot's own page", help)
	section(handler.PhraseInfo, "Anywhere in a message", withHelp)
	section(handler.ListenerInfo, "By itself", func(e handler.Info) string { return e.Trigger + ": " + help(e) })
	section(handler.ReactionInfo, "Words that it reacts to", func(e handler.Info) string {
		text := codes(e.Trigger, e.Aliases...) + ": :" + strings.Join(e.Emoji, ": :") + ":"
		if e.Mentioned {
			text += ", when they are said to it"
		}
		if e.OneIn > 1 {
			text += fmt.Sprintf(", one time in %d", e.OneIn)
		}
		return text
	})
	section(handler.JoinInfo, "When somebody joins", func(e handler.Info) string {
		if e.Trigger == "" {
			return "the workspace"
		}
		return "#" + e.Trigger
	})
	for _, e := range entries {
		if len(e.Arguments) > 0 {
			s.WriteString("\n## " + code(e.Usage()) + " knows\n")
			s.WriteString(byLetter(e.Arguments))
		}
	}
	return s.String()
}

// byLetter lists the arguments of a prefix in alphabetical order, with a paragraph for each
// letter and the aliases of an argument in parentheses.
func byLetter(arguments []handler.Argument) string {
	arguments = slices.SortedFunc(slices.Values(arguments), func(a, b handler.Argument) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	var s strings.Builder
	letter := ""
	for _, a := range arguments {
		separator := ",\n"
		if first := strings.ToUpper(string([]rune(a.Name)[:1])); first != letter {
			letter, separator = first, "\n**"+first+"** "
			if s.Len() > 0 {
				separator = "\n" + separator
			}
		}
		s.WriteString(separator + code(a.Name))
		if len(a.Aliases) > 0 {
			s.WriteString(" (" + codes(a.Aliases[0], a.Aliases[1:]...) + ")")
		}
	}
	return s.String() + "\n"
}

func codes(trigger string, aliases ...string) string {
	text := code(trigger)
	for _, alias := range aliases {
		text += ", " + code(alias)
	}
	return text
}

// code returns a text as code.
func code(text string) string {
	return markup.Markdown(markup.Doc{{Nodes: []markup.Node{{Kind: markup.Code, Text: text}}}})
}
