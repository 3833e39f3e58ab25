package handler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ReactionAdded runs when somebody adds one of its emoji to a message. The bot's own
// reactions do not count.
type ReactionAdded struct {
	Emoji []string // names without colons
	// Channel, if not empty, is the name, without "#", of the only channel where it runs.
	Channel string
	Help    string // one line that begins with a verb
	// Run gets the message that was reacted to, as far as the platform lets the bot read it.
	Run func(ctx context.Context, i Interaction, r Responder) error
	// Only is the role whose reactions count, "" for everybody. Others get no answer.
	Only Role
}

// Name returns a name such as emoji "x", with all emoji.
func (a ReactionAdded) Name() string { return `emoji "` + strings.Join(a.Emoji, `", "`) + `"` }

func (a ReactionAdded) declare(b *builder) []error {
	errs := []error{need("a help text", a.Help)}
	if a.Run == nil {
		errs = append(errs, errors.New("wants a Run function"))
	}
	if len(a.Emoji) == 0 {
		errs = append(errs, errors.New("wants an emoji"))
	}
	for _, emoji := range a.Emoji {
		if !isEmoji(emoji) {
			errs = append(errs, fmt.Errorf("emoji %q: want a name such as tada, in lower case and without colons", emoji))
		}
	}
	if strings.HasPrefix(a.Channel, "#") {
		errs = append(errs, errors.New(`wants the channel's name without "#"`))
	}
	b.reactions = append(b.reactions, a)
	b.info(Info{Kind: ReactionAddedInfo, Trigger: first(a.Emoji), Aliases: rest(a.Emoji), Emoji: a.Emoji, Argument: a.Channel, Help: a.Help, Only: a.Only})
	return errs
}

// Reacts reports whether a declaration waits for an emoji.
func (r *Registry) Reacts(emoji string) bool {
	return slices.ContainsFunc(r.reactions, func(a ReactionAdded) bool { return slices.Contains(a.Emoji, emoji) })
}

// ReactionAdded returns the matches for an emoji that somebody added to i.Message, in a
// channel whose name is i.Channel.Name.
func (r *Registry) ReactionAdded(emoji string, i Interaction) []Match {
	var matches []Match
	for _, a := range r.reactions {
		if slices.Contains(a.Emoji, emoji) && (a.Channel == "" || a.Channel == i.Channel.Name) && a.Only.Admits(i.Roles) {
			matches = append(matches, Match{Name: a.Name(), run: func(ctx context.Context, r Responder) error { return a.Run(ctx, i, r) }})
		}
	}
	return matches
}
