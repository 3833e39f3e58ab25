package handler

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// SlashCommand runs when somebody types its name behind a slash, such as "/gopher". One
// of Commands, Form and Run is set.
type SlashCommand struct {
	// Command is its name, without the slash: 1 to 31 of the characters a-z, 0-9, - and _.
	Command string
	Help    string // one line that begins with a verb
	Usage   string // the text that may follow, such as "[city]"
	// Examples begin with the slash: "/gopher help".
	Examples []Example
	// Commands says the text that follows to the bot: every Command and Prefix works.
	// Without a text it is the Help command, which the registry must have.
	Commands bool
	// Form is opened at once.
	Form *Form
	Run  func(ctx context.Context, i Interaction, r Responder) error
	// Only is the role that may use it, "" for everybody.
	Only Role
}

// Name returns a name such as slash command "/gopher".
func (c SlashCommand) Name() string { return fmt.Sprintf("slash command %q", "/"+c.Command) }

func (c SlashCommand) declare(b *builder) []error {
	info := Info{Kind: SlashInfo, Name: c.Name(), Trigger: "/" + c.Command, Argument: c.Usage, Help: c.Help, Examples: c.Examples, Only: c.Only}
	errs := []error{need("a help text", c.Help), b.control(b.slashes, c.Command, c.Form, c.Run, control{only: c.Only, commands: c.Commands}, info)}
	if c.Command == "" || len(c.Command) > 31 || strings.Trim(c.Command, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		errs = append(errs, fmt.Errorf("name %q: want 1 to 31 of the characters a-z, 0-9, - and _, without the slash", c.Command))
	}
	set := 0
	for _, is := range []bool{c.Commands, c.Form != nil, c.Run != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		errs = append(errs, errors.New("wants one of Commands, Form and Run"))
	}
	if c.Commands {
		b.wantsHelp = append(b.wantsHelp, b.position)
	}
	for _, e := range c.Examples {
		errs = append(errs, e.check())
		if !strings.HasPrefix(e.Say+" ", "/"+c.Command+" ") {
			errs = append(errs, fmt.Errorf("its Example %q does not begin with /%s", e.Say, c.Command))
		}
	}
	return errs
}
