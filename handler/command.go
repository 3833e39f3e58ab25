package handler

import (
	"context"
	"fmt"
	"strings"

	"github.com/gobridge/gopherbot/handler/search"
)

// Command runs when the bot is spoken to, by a mention or in a direct message,
// and the text is the trigger or an alias. Neither case nor spaces count, nor
// markup, quotation marks or a bullet around it, invisible characters in it, or
// a question mark, full stop or @here at its end.
type Command struct {
	Trigger  string
	Aliases  []string
	Help     string // one line that begins with a verb: "flips a coin"
	Examples []Example
	// Text is the answer of a command that always says the same; Run is that of
	// one that does not. One of the two is set. A Text is not said again in a
	// channel where it was said a moment ago. One of ten lines or more begins a thread.
	Text string
	Run  func(ctx context.Context, m Message, r Responder) error
	// Static says that Run always gives the same answer. Then it is not repeated
	// within the cooldown, as a Text is not.
	Static bool
	// Sensitive are words and phrases, in any of their forms. A message to the bot that has
	// one, and that no trigger matches, runs the command: nothing is searched or guessed.
	Sensitive []string
	// Only is the role that may use it, "" for everybody.
	Only Role
}

// longText is the number of lines of a Text that is said in a thread.
const longText = 10

// Name returns a name such as command "motto", with the trigger.
func (c Command) Name() string { return fmt.Sprintf("command %q", c.Trigger) }

func (c Command) declare(b *builder) []error {
	run := c.Run
	if run == nil {
		run = func(ctx context.Context, _ Message, r Responder) error {
			return r.Reply(ctx, Reply{Text: c.Text, MentionUsers: true, InThread: strings.Count(c.Text, "\n")+1 >= longText})
		}
	}
	id := b.add(matcher{
		direct: true, static: c.Run == nil || c.Static, only: c.Only,
		run: func(ctx context.Context, m Message, _ string, r Responder) error { return run(ctx, m, r) },
	}, Info{Kind: CommandInfo, Trigger: c.Trigger, Aliases: c.Aliases, Help: c.Help, Examples: c.Examples, Only: c.Only, text: c.Text})
	errs := []error{need("a help text", c.Help), oneOf(c.Text != "", c.Run != nil)}
	for _, trigger := range append([]string{c.Trigger}, c.Aliases...) {
		errs = append(errs, b.claim(b.commands, trigger, commandKey(fold(trigger)), id))
	}
	for _, words := range c.Sensitive {
		errs = append(errs, need("no empty text in Sensitive", strings.Join(search.Words(words), "")))
		b.sensitive = append(b.sensitive, sensitiveWord{" " + strings.Join(stems(words), " ") + " ", id})
	}
	return errs
}
