package handler

import (
	"context"
	"fmt"
	"strings"
)

// Help is the command that lists what the bot answers to. It is written from
// the registry that it is declared in. Outside direct messages only who asked
// sees the list.
type Help struct {
	Trigger  string
	Aliases  []string
	Help     string
	Examples []Example
}

// Name implements Declaration.
func (h Help) Name() string { return h.command(nil).Name() }

func (h Help) declare(b *builder) []error { return h.command(b.Registry).declare(b) }

func (h Help) command(registry *Registry) Command {
	return Command{
		Trigger: h.Trigger, Aliases: h.Aliases, Help: h.Help, Examples: h.Examples,
		Run: func(ctx context.Context, m Message, r Responder) error {
			reply := Text(helpText(registry.entries))
			if m.Channel.Kind == Direct {
				return r.Reply(ctx, reply)
			}
			return r.ReplyEphemeral(ctx, reply)
		},
	}
}

func helpText(entries []Entry) string {
	var s strings.Builder
	section := func(kind EntryKind, title string) {
		for _, e := range entries {
			if e.Kind != kind {
				continue
			}
			if title != "" {
				fmt.Fprintf(&s, "%s\n", title)
				title = ""
			}
			fmt.Fprintf(&s, "• `%s`%s – %s\n", Escape(e.Usage()), aliasText(e.Aliases), e.Help)
		}
	}
	section(CommandEntry, "*Mention me, or send me a direct message, and say:*")
	section(PrefixEntry, "*Say anywhere:*")
	return strings.TrimSuffix(s.String(), "\n")
}

func aliasText(aliases []string) string {
	if len(aliases) == 0 {
		return ""
	}
	return " (or `" + Escape(strings.Join(aliases, "`, `")) + "`)"
}

// Escape returns text such that a Reply shows it as it is: text that somebody
// else wrote must pass through it, or it could mention everyone.
func Escape(text string) string { return escaper.Replace(text) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
