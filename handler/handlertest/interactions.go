package handlertest

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// Opened is a form that a handler opened.
type Opened struct {
	Form *handler.Form
	Data string
}

// Post is a reply in another channel.
type Post struct {
	Channel string
	Reply   handler.Reply
}

// SlashCommand types text, which begins with the slash, in a public channel.
func SlashCommand(t testing.TB, registry *handler.Registry, text string, as ...handler.Role) Result {
	t.Helper()
	name, argument, _ := strings.Cut(strings.TrimPrefix(text, "/"), " ")
	i := interaction(handler.Interaction{Text: argument, RawText: argument, Roles: as})
	matches := registry.SlashCommand(name, i)
	if len(matches) == 0 {
		t.Fatalf("/%s is not declared", name)
	}
	return run(t, registry, matches)
}

// Action presses a Component of an ID. Fields that every platform sets, and that are
// empty in i, are filled in.
func Action(t testing.TB, registry *handler.Registry, id string, i handler.Interaction) Result {
	t.Helper()
	match, ok := registry.Action(id, interaction(i))
	if !ok {
		t.Fatalf("action %q is not declared", id)
	}
	return run(t, registry, []handler.Match{match})
}

// Shortcut chooses a shortcut, on i.Message if it is one of messages.
func Shortcut(t testing.TB, registry *handler.Registry, id string, i handler.Interaction) Result {
	t.Helper()
	onMessage := slices.ContainsFunc(registry.Infos(), func(e handler.Info) bool {
		return e.Kind == handler.ShortcutInfo && e.Trigger == id && e.OnMessage
	})
	if onMessage && i.Message == nil {
		t.Fatalf("shortcut %q is one of messages: want a Message", id)
	}
	in := interaction(i)
	if !onMessage {
		in.Channel = handler.Channel{} // such a shortcut is used nowhere in particular
	}
	match, ok := registry.Shortcut(id, in)
	if !ok {
		t.Fatalf("shortcut %q is not declared", id)
	}
	return run(t, registry, []handler.Match{match})
}

// ReactionAdded adds an emoji to i.Message.
func ReactionAdded(t testing.TB, registry *handler.Registry, emoji string, i handler.Interaction) Result {
	t.Helper()
	return run(t, registry, registry.ReactionAdded(emoji, interaction(i)))
}

// Open returns the fields of a form as the person of i sees them, and fails the test if
// they have mistakes.
func Open(t testing.TB, form *handler.Form, i handler.Interaction) []handler.Field {
	t.Helper()
	fields := form.Fields
	if form.Load != nil {
		var err error
		if fields, err = form.Load(t.Context(), interaction(i)); err != nil {
			t.Fatalf("load %s: %v", form.Name(), err)
		}
	}
	if err := handler.CheckFields(form, fields); err != nil {
		t.Errorf("%s: %v", form.Name(), err)
	}
	return fields
}

// Submit submits a form with i.Values: it validates them, and if they are taken it runs
// the form. Fields that are not optional must have a value, as on a platform. Values that
// handler.CheckValues refuses are not passed to the form. A person without the form's role is refused instead.
func Submit(t testing.TB, registry *handler.Registry, id string, i handler.Interaction) (handler.Validation, Result) {
	t.Helper()
	form, i := declared(t, registry, id), interaction(i)
	if !form.Only.Admits(i.Roles) {
		return handler.Validation{}, run(t, registry, []handler.Match{registry.Submit(form, i)})
	}
	fields := Open(t, form, i)
	for _, field := range fields {
		if !field.Optional && i.Values.First(field.Name) == "" {
			t.Fatalf("%s: field %q has no value, and no platform submits that", form.Name(), field.Name)
		}
	}
	if mistakes := handler.CheckValues(fields, i.Values); len(mistakes) > 0 {
		return handler.Validation{Errors: mistakes}, Result{}
	}
	var validation handler.Validation
	if form.Validate != nil {
		var err error
		if validation, err = form.Validate(t.Context(), i); err != nil {
			t.Fatalf("validate %s: %v", form.Name(), err)
		}
	}
	for name := range validation.Errors {
		if name != "" && !slices.ContainsFunc(form.Fields, func(f handler.Field) bool { return f.Name == name }) && form.Load == nil {
			t.Errorf("%s: Validate has an error for field %q, which it lacks", form.Name(), name)
		}
	}
	if validation.Next != nil {
		declared(t, registry, validation.Next.ID)
		if _, err := handler.NewRegistry(validation.Next); err != nil {
			t.Errorf("%s: the form that Validate shows next has mistakes:\n%v", form.Name(), err)
		}
	}
	if !validation.Taken() {
		return validation, Result{}
	}
	return validation, run(t, registry, []handler.Match{registry.Submit(form, i)})
}

// Lookup types a text into a field with Lookup and returns the choices.
func Lookup(t testing.TB, registry *handler.Registry, id, field, typed string) []handler.Option {
	t.Helper()
	form, i := declared(t, registry, id), interaction(handler.Interaction{})
	for _, f := range Open(t, form, i) {
		if f.Name == field && f.Lookup != nil {
			options, err := f.Lookup(t.Context(), i, typed)
			if err != nil {
				t.Fatalf("%s: look up %q: %v", form.Name(), field, err)
			}
			return options
		}
	}
	t.Fatalf("%s has no field %q with Lookup", form.Name(), field)
	return nil
}

// Close closes a form without submitting it.
func Close(t testing.TB, registry *handler.Registry, id string, i handler.Interaction) Result {
	t.Helper()
	match, ok := registry.Close(declared(t, registry, id), interaction(i))
	if !ok {
		return Result{}
	}
	return run(t, registry, []handler.Match{match})
}

func declared(t testing.TB, registry *handler.Registry, id string) *handler.Form {
	t.Helper()
	form := registry.Form(id)
	if form == nil {
		t.Fatalf("form %q is not declared", id)
	}
	return form
}

// interaction fills in the fields that every platform sets.
func interaction(i handler.Interaction) handler.Interaction {
	if i.Platform == "" {
		i.Platform, i.Workspace = "test", "T1"
	}
	if i.Channel.Kind == 0 {
		i.Channel.ID, i.Channel.Kind = cmp.Or(i.Channel.ID, "C1"), handler.Public
	}
	if i.User == "" {
		i.User = "U1"
	}
	if i.Time.IsZero() {
		i.Time = time.Now()
	}
	return i
}

// check returns the mistakes in a reply that platforms would refuse.
func check(registry *handler.Registry, reply handler.Reply) error {
	errs := []error{handler.CheckComponents(reply.Components)}
	for _, c := range reply.Components {
		if _, ok := registry.Action(c.ID, handler.Interaction{}); c.URL == "" && !ok {
			errs = append(errs, errors.New("no Action has the ID "+c.ID))
		}
	}
	return errors.Join(errs...)
}
