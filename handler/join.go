package handler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// WorkspaceJoin runs when someone joins the workspace. Text is sent to them as a
// direct message, or Run does something else; one of the two is set.
type WorkspaceJoin struct {
	Text string
	Run  func(ctx context.Context, j Join, r Responder) error
	// Cooldown is for how long the same person is not welcomed again; 0 welcomes
	// them every time.
	Cooldown time.Duration
}

// Name returns the same name for all: a registry runs them one after the other.
func (WorkspaceJoin) Name() string { return "workspace welcome" }

func (t WorkspaceJoin) declare(b *builder) []error {
	run := t.Run
	if run == nil {
		run = func(ctx context.Context, _ Join, r Responder) error { return r.DM(ctx, Text(t.Text)) }
	}
	b.welcome("", joinRun{t.Name(), run, t.Cooldown})
	return []error{oneOf(t.Text != "", t.Run != nil), notNegative("Cooldown", t.Cooldown)}
}

// ChannelJoin runs when someone joins the channel of that name. Text is shown to
// them alone, in the channel, or Run does something else; one of the two is set.
type ChannelJoin struct {
	Channel string // without "#"
	Text    string
	Run     func(ctx context.Context, j Join, r Responder) error
	// Cooldown is for how long the same person is not welcomed again; 0 welcomes
	// them every time.
	Cooldown time.Duration
}

// Name returns a name such as welcome to #newbies.
func (c ChannelJoin) Name() string { return "welcome to #" + c.Channel }

func (c ChannelJoin) declare(b *builder) []error {
	run := c.Run
	if run == nil {
		run = func(ctx context.Context, _ Join, r Responder) error { return r.ReplyEphemeral(ctx, Text(c.Text)) }
	}
	b.welcome(c.Channel, joinRun{c.Name(), run, c.Cooldown})
	var badName error
	if strings.HasPrefix(c.Channel, "#") {
		badName = errors.New(`wants the channel's name without "#"`)
	}
	return []error{need("a channel's name", c.Channel), badName, oneOf(c.Text != "", c.Run != nil), notNegative("Cooldown", c.Cooldown)}
}

func notNegative(field string, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("%s %v: want no negative duration", field, d)
	}
	return nil
}
