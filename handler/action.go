package handler

import (
	"context"
	"errors"
	"fmt"
)

// Action runs when somebody presses, or chooses from, a Component of its ID. One of Form
// and Run is set.
type Action struct {
	// ID is for ever, since old messages keep their controls: 1 to 40 of the characters
	// a-z, 0-9 and -.
	ID   string
	Help string // one line that begins with a verb
	// Form is opened at once, with the Data of the Component.
	Form *Form
	Run  func(ctx context.Context, i Interaction, r Responder) error
	// Once, if not empty, names a decision about the message that has the Component: of all
	// actions with that name one runs, once. Who comes later gets a private line.
	Once string
	// Only is the role that may use it, "" for everybody.
	Only Role
}

// Name returns a name such as action "approve".
func (a Action) Name() string { return fmt.Sprintf("action %q", a.ID) }

func (a Action) declare(b *builder) []error {
	info := Info{Kind: ActionInfo, Name: a.Name(), Trigger: a.ID, Help: a.Help, Only: a.Only}
	return []error{
		checkID(a.ID), need("a help text", a.Help), oneOfFormAndRun(a.Form, a.Run),
		b.control(b.actions, a.ID, a.Form, a.Run, control{only: a.Only, once: a.Once}, info),
	}
}

// Shortcut is an entry of a menu of the platform's. One of Form and Run is set.
type Shortcut struct {
	ID    string // 1 to 40 of the characters a-z, 0-9 and -
	Title string // its text in the menu, at most 24 characters
	Help  string // one line that begins with a verb
	// OnMessage puts it in the menu of each message, which is Interaction.Message then.
	// A platform has at most 5 of these, and 5 others.
	OnMessage bool
	Form      *Form
	Run       func(ctx context.Context, i Interaction, r Responder) error
	// Only is the role that may use it, "" for everybody.
	Only Role
}

// Name returns a name such as shortcut "look-up-a-term".
func (s Shortcut) Name() string { return fmt.Sprintf("shortcut %q", s.ID) }

// maxShortcuts is the number of shortcuts of each of the two kinds.
const maxShortcuts = 5

func (s Shortcut) declare(b *builder) []error {
	info := Info{Kind: ShortcutInfo, Name: s.Name(), Trigger: s.ID, Title: s.Title, Help: s.Help, OnMessage: s.OnMessage, Only: s.Only}
	errs := []error{
		checkID(s.ID), need("a Title", s.Title), atMost("Title", s.Title, maxFormTitle), need("a help text", s.Help), atMost("Help", s.Help, maxHint),
		oneOfFormAndRun(s.Form, s.Run), b.control(b.shortcuts, s.ID, s.Form, s.Run, control{only: s.Only}, info),
	}
	n := 0
	for _, other := range b.infos {
		if other.Kind == ShortcutInfo && other.OnMessage == s.OnMessage {
			n++
		}
	}
	if n > maxShortcuts {
		errs = append(errs, fmt.Errorf("is one of %d shortcuts of its kind: want at most %d", n, maxShortcuts))
	}
	return errs
}

func oneOfFormAndRun(form *Form, run func(context.Context, Interaction, Responder) error) error {
	if (form != nil) == (run != nil) {
		return errors.New("wants either a Form or a Run function")
	}
	return nil
}
