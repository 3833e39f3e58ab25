package handler

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Declaration is one function of the bot: a Command, Prefix, Reaction,
// Phrase, Listener, WorkspaceJoin, ChannelJoin, ReactionAdded, SlashCommand, Action,
// Shortcut, *Form or Help.
type Declaration interface {
	// Name identifies the declaration in logs and errors: its kind and its trigger.
	Name() string
	// declare adds the declaration to a registry that is being built. It returns the
	// declaration's mistakes; some of the errors may be nil.
	declare(b *builder) []error
}

// Example is a message and its answer. Help and the docs show it, and it runs as a
// test.
type Example struct {
	// Say is said to the bot in a direct message. A SlashCommand's begins with its slash.
	Say string
	// Want is a regular expression that one of the answers matches, or one of
	// the reactions, written :emoji:.
	Want string
}

// check returns the mistake in an example of any declaration.
func (e Example) check() error {
	if e.Say == "" || e.Want == "" {
		return errors.New("has an Example without Say or without Want, which would match anything")
	}
	if _, err := regexp.Compile(e.Want); err != nil {
		return fmt.Errorf("Example %q: Want is no regular expression: %w", e.Say, err)
	}
	return nil
}

func need(what, value string) error {
	if strings.TrimSpace(value) == "" {
		return errors.New("wants " + what)
	}
	return nil
}

func oneOf(text, run bool) error {
	if text == run {
		return errors.New("wants either a Text or a Run function")
	}
	return nil
}
