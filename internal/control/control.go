// Package control keeps in Redis the controls that operators set while the bot runs: a
// platform, a type of events or a handler is paused, a channel is silenced, a person is
// ignored. Each says who set it, when and why. Processes watch them: see Watcher.
//
// The package must not know consumers, nor the platforms. A platform is a source, a name.
package control

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/event"
)

// Kind is the kind of a control.
type Kind string

// The kinds of controls. Their names are stored.
const (
	// Platform pauses a platform: consumers receive no events of its types.
	Platform Kind = "platform"
	// EventType pauses a type of events: consumers receive none of it.
	EventType Kind = "type"
	// Handler pauses a handler: consumers postpone the events that it matches.
	Handler Kind = "handler"
	// Channel silences a channel: the bot posts nothing there.
	Channel Kind = "channel"
	// Person ignores a person: no handler runs for what they do.
	Person Kind = "person"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Platform, EventType, Handler, Channel, Person} }

// Pauses reports whether a control of the kind pauses something, so that work waits for
// the control's end.
func (k Kind) Pauses() bool { return k == Platform || k == EventType || k == Handler }

// Control is something that an operator has paused, silenced or ignored.
type Control struct {
	Kind Kind `json:"kind"`
	// Name is the source of a platform, such as "slack", a type of events, or the name of
	// a handler's declaration. Of a channel and a person it is the platform's id with its
	// source, in the form of event.Target: "C012ABC", or "mattermost:4xp9".
	Name string `json:"name"`
	// Label is a channel's or a person's name, "" if it is not known. A channel that
	// something names by it is silenced, too.
	Label string `json:"label,omitempty"`
	// By is the operator's name and Why the reason, which may be "".
	By  string `json:"by"`
	Why string `json:"why,omitempty"`
	// At is when it was set, by Redis's clock to the millisecond. Set ignores it.
	At time.Time `json:"-"`
}

// The bounds of controls, in bytes but for the number of them. All together take less than
// 1 MiB.
const (
	MaxControls = 500
	maxName     = 300
	maxLabel    = 200
	maxBy       = 256
	// MaxWhy bounds a reason.
	MaxWhy = 800
)

// PausedTypes returns the types of events that controls pause, by themselves or with their
// platform.
func PausedTypes(list []Control) map[string]bool {
	types := map[string]bool{}
	for _, c := range list {
		switch c.Kind {
		case Platform:
			for _, eventType := range event.Types(c.Name) {
				types[eventType] = true
			}
		case EventType:
			types[c.Name] = true
		}
	}
	return types
}

// InvalidError is the error of a control that cannot be stored: it says what is wrong with it.
type InvalidError struct{ error }

// validate returns an *InvalidError for a control that cannot be stored.
func (c Control) validate() error {
	var errs []error
	if !slices.Contains(Kinds(), c.Kind) {
		errs = append(errs, fmt.Errorf("kind %q: want one of %v", c.Kind, Kinds()))
	}
	for _, field := range []struct {
		name, value string
		least, most int
	}{
		{"name", c.Name, 1, maxName}, {"label", c.Label, 0, maxLabel}, {"operator", c.By, 1, maxBy}, {"reason", c.Why, 0, MaxWhy},
	} {
		switch n := len(field.value); {
		case n < field.least:
			errs = append(errs, fmt.Errorf("%s: want one", field.name))
		case n > field.most:
			errs = append(errs, fmt.Errorf("%s of %d bytes: want at most %d", field.name, n, field.most))
		case !utf8.ValidString(field.value) || strings.ContainsFunc(field.value, isControl):
			errs = append(errs, fmt.Errorf("%s: want text without control characters", field.name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return &InvalidError{err}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// field is the control's field in Redis.
func (c Control) field() string { return string(c.Kind) + "/" + c.Name }

// String names the control's target, such as `handler "command flip"` or "channel
// #general (C012ABC)".
func (c Control) String() string {
	switch {
	case c.Kind == Channel && c.Label != "":
		return fmt.Sprintf("channel #%s (%s)", c.Label, c.Name)
	case c.Kind == Person && c.Label != "":
		return fmt.Sprintf("person %s (%s)", c.Label, c.Name)
	case c.Kind == Handler:
		return fmt.Sprintf("handler %q", c.Name)
	default:
		return string(c.Kind) + " " + c.Name
	}
}

// compare orders controls by kind, in the order of Kinds, and by name.
func compare(a, b Control) int {
	if a.Kind != b.Kind {
		return slices.Index(Kinds(), a.Kind) - slices.Index(Kinds(), b.Kind)
	}
	return strings.Compare(a.Name, b.Name)
}
