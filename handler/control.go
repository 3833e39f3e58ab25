package handler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// control is a SlashCommand, Action or Shortcut of a registry.
type control struct {
	name     string
	only     Role
	once     string
	commands bool
	form     *Form
	run      func(ctx context.Context, i Interaction, r Responder) error
}

// control adds a control and its form to the registry. The error names every mistake of
// the form.
func (b *builder) control(taken map[string]control, id string, form *Form, run func(context.Context, Interaction, Responder) error, c control, info Info) error {
	b.info(info)
	if _, ok := taken[id]; ok {
		return fmt.Errorf("%q is taken by another declaration", id)
	}
	c.name, c.form, c.run = info.Name, form, run
	taken[id] = c
	if form == nil {
		return nil
	}
	var errs []error
	for _, err := range form.declare(b) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", form.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// match returns the match of a control for an interaction.
func (c control) match(i Interaction) Match {
	once := c.once
	if !c.only.Admits(i.Roles) {
		once = "" // a refusal decides nothing
	}
	return Match{Name: c.name, Direct: true, Once: once, run: func(ctx context.Context, r Responder) error {
		switch {
		case !c.only.Admits(i.Roles):
			return r.ReplyEphemeral(ctx, c.only.Refusal())
		case c.form != nil:
			return c.form.Open(ctx, i, r, i.Data)
		default:
			return c.run(ctx, i, r)
		}
	}}
}

// Open shows the form to the person of an interaction, or refuses if they lack the role.
func (f *Form) Open(ctx context.Context, i Interaction, r Responder, data string) error {
	if !f.Only.Admits(i.Roles) {
		return r.ReplyEphemeral(ctx, f.Only.Refusal())
	}
	return r.OpenForm(ctx, f, data)
}

// SlashCommand returns the matches for a slash command, by its name without the slash,
// and none if it is not declared. If its text is said to the bot, there is at least one.
func (r *Registry) SlashCommand(name string, i Interaction) []Match {
	c, ok := r.slashes[name]
	if !ok {
		return nil
	}
	if !c.commands || !c.only.Admits(i.Roles) {
		return []Match{c.match(i)}
	}
	m := i.said(i.Text)
	if strings.TrimSpace(m.Text) == "" {
		m.Text = r.helpTrigger
	}
	if matches := r.askedFor(m); len(matches) > 0 {
		return matches
	}
	return []Match{{Name: c.name, Direct: true, run: func(ctx context.Context, to Responder) error {
		return to.ReplyEphemeral(ctx, Text(r.unknown("/"+name)))
	}}}
}

// said is the message in which the person of an interaction says a text to the bot. It has
// no ID.
func (i Interaction) said(text string) Message {
	return Message{
		Platform: i.Platform, Workspace: i.Workspace, Channel: i.Channel, User: i.User, Roles: i.Roles, Text: text, RawText: i.RawText,
		Mentions: i.Mentions, Mentioned: true, Time: i.Time,
	}
}

// askedFor returns the matches for a text that is said by an interaction. Reactions and the
// like need a message, so they are not among them.
func (r *Registry) askedFor(m Message) []Match {
	indirect := func(match Match) bool { return !match.Direct }
	matches, _ := r.index.match(m)
	if matches = slices.DeleteFunc(matches, indirect); len(matches) > 0 {
		return matches
	}
	return slices.DeleteFunc(r.understand(m, false), indirect)
}

// sayAgain declares the Action that says the Data of a button to the bot.
func (b *builder) sayAgain() []error {
	registry := b.Registry
	return Action{ID: sayAction, Help: "says what I offered to me", Run: func(ctx context.Context, i Interaction, r Responder) error {
		matches := registry.askedFor(i.said(i.Data))
		if len(matches) == 0 { // it was offered by an earlier release
			return r.ReplyEphemeral(ctx, Text(registry.unknown(registry.helpTrigger)))
		}
		for _, match := range matches {
			if err := match.run(ctx, r); err != nil {
				return err
			}
		}
		return nil
	}}.declare(b)
}

// Action returns the match for a Component that was pressed, by its ID. ok is false if no
// Action has it: that of an earlier release, whose messages are still there.
func (r *Registry) Action(id string, i Interaction) (m Match, ok bool) {
	c, ok := r.actions[id]
	return c.match(i), ok
}

// Shortcut returns the match for a shortcut, by its ID. ok is false if there is none.
func (r *Registry) Shortcut(id string, i Interaction) (m Match, ok bool) {
	c, ok := r.shortcuts[id]
	return c.match(i), ok
}

// Form returns the form of an ID, nil if there is none.
func (r *Registry) Form(id string) *Form { return r.forms[id] }

// Submit returns the match for a form that was validated. It does nothing if the form has
// no Run function.
func (r *Registry) Submit(f *Form, i Interaction) Match {
	return Match{Name: f.Name(), Direct: true, run: func(ctx context.Context, r Responder) error {
		switch {
		case !f.Only.Admits(i.Roles):
			return r.ReplyEphemeral(ctx, f.Only.Refusal())
		case f.Run == nil:
			return nil
		default:
			return f.Run(ctx, i, r)
		}
	}}
}

// Close returns the match for a form that was closed without being submitted. ok is false
// if the form has no OnClose function.
func (r *Registry) Close(f *Form, i Interaction) (m Match, ok bool) {
	return Match{Name: "close " + f.Name(), run: func(ctx context.Context, r Responder) error { return f.OnClose(ctx, i, r) }}, f.OnClose != nil
}
