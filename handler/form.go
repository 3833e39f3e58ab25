package handler

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Form is filled in by one person. A form that a declaration of the same list opens
// needs no place of its own in it. A form that a Run function opens, or that Validate
// shows next, is declared itself.
//
// The entries are passed to Validate while the person waits, and then to Run, which
// may run again until it succeeds. So Validate has no effects, and Run has them all. Both
// get values that are as the fields declare them, whatever client submitted them: see
// CheckValues. A Run function may open a copy of a declared form with other Defaults.
type Form struct {
	// ID is for ever: a form that was opened before a deploy is submitted after it. It
	// has 1 to 40 of the characters a-z, 0-9 and -.
	ID string
	// Title and Submit, the text of the button, have at most 24 characters. Submit
	// defaults to "Submit".
	Title, Submit string
	// Intro is shown above the fields, in the dialect of handler/markup.
	Intro  string
	Fields []Field
	// Load, if set, returns the fields instead, when they depend on the person. The form
	// shows "one moment" until then. It is called with the values so far when a
	// field with Refresh changes.
	Load func(ctx context.Context, i Interaction) ([]Field, error)
	// Validate, if set, is called while the person waits, for about 2 seconds. If it
	// fails, or takes longer, the person sees the form as it was, and can submit again.
	Validate func(ctx context.Context, i Interaction) (Validation, error)
	// Run is called after Validate has taken the form. Without it the form only shows
	// something.
	Run func(ctx context.Context, i Interaction, r Responder) error
	// OnClose, if set, is called for a form that the person closed and that was not taken
	// before, where the platform reports it.
	OnClose func(ctx context.Context, i Interaction, r Responder) error
	// Fallback is said instead on a platform that has no forms. If it is empty, OpenForm
	// returns ErrUnsupported there.
	Fallback string
	// Only is the role that may open and submit it, "" for everybody.
	Only Role
}

// Field is one question of a form.
type Field struct {
	// Name is the key of the answer in Interaction.Values: 1 to 40 of the characters a-z,
	// 0-9 and -.
	Name string
	// Label is the question, at most 24 characters. Hint is shown below it, and
	// Placeholder while the field is empty: at most 150 characters each.
	Label, Hint, Placeholder string
	// Kind defaults to TextLine.
	Kind FieldKind
	// Optional fields may be left empty.
	Optional bool
	// Min and Max are bounds of the number of characters of a text, of the choices of a
	// list, or of a Number's value. Max 0 is the platform's maximum, at most 3,000
	// characters.
	Min, Max int
	// Default are the values that the field has at first: of a field with Options, Values
	// of these.
	Default []string
	// Options are the choices of a Select or MultiSelect, at most 100.
	Options []Option
	// Lookup returns the choices for the text that the person has typed so far, instead of
	// Options. It is called while they type, and has about 2 seconds.
	Lookup func(ctx context.Context, i Interaction, typed string) ([]Option, error)
	// Refresh calls the form's Load again when the value changes.
	Refresh bool
}

// FieldKind is the kind of a Field.
type FieldKind int

// The kinds of fields. A platform that lacks a kind shows a TextLine.
const (
	TextLine FieldKind = iota
	TextArea
	Number
	Email
	URL
	Phone
	Password // shown as it is typed on platforms that cannot hide it
	Select
	MultiSelect
	Checkbox // its value is "true", or absent
	User     // its value is the platform's id of a person
	Users
	ChannelField // its value is the platform's id of a channel
	Date         // 2006-01-02
	DateTime     // in the format of RFC 3339
	Files        // ids of files
)

// Validation is the result of Validate. The zero value takes the form.
type Validation struct {
	// Errors are shown at the fields of these names; "" is the form as a whole. The form
	// stays open.
	Errors map[string]string
	// Next is shown in place of the form, which is not run. One that has no fields, because
	// it only shows a result, may have the ID of the form itself.
	Next *Form
	// NextData is the Data with which Next is opened.
	NextData string
}

// Taken reports whether the form is taken, so that Run follows.
func (v Validation) Taken() bool { return len(v.Errors) == 0 && v.Next == nil }

// The limits of forms: the smallest of those of the platforms.
const (
	maxFields    = 25
	maxFormTitle = 24
	maxHint      = 150
	maxCharacter = 3000
)

// Name returns a name such as form "suggest-a-term", with the ID.
func (f *Form) Name() string { return fmt.Sprintf("form %q", f.ID) }

func (f *Form) declare(b *builder) []error {
	if other := b.forms[f.ID]; other == f {
		return nil // by a declaration that opens it
	} else if other != nil {
		return []error{fmt.Errorf("another form has the ID %q", f.ID)}
	}
	b.forms[f.ID] = f
	b.info(Info{Kind: FormInfo, Name: f.Name(), Trigger: f.ID, Help: f.Title, Only: f.Only})
	errs := []error{
		checkID(f.ID), need("a Title", f.Title), atMost("Title", f.Title, maxFormTitle), atMost("Submit", f.Submit, maxFormTitle),
		atMost("Intro", f.Intro, maxCharacter),
	}
	if f.Load != nil && len(f.Fields) > 0 {
		errs = append(errs, errors.New("wants either Fields or Load"))
	}
	if f.Run == nil && (len(f.Fields) > 0 || f.Load != nil) && f.Validate == nil {
		errs = append(errs, errors.New("has fields and nothing that uses them: wants Run or Validate"))
	}
	return append(errs, CheckFields(f, f.Fields))
}

// FieldsFor returns the form's fields as the person of an interaction gets them: its own, or
// those that Load returns, which are checked.
func (f *Form) FieldsFor(ctx context.Context, i Interaction) ([]Field, error) {
	if f.Load == nil {
		return f.Fields, nil
	}
	fields, err := f.Load(ctx, i)
	if err != nil {
		return nil, err
	}
	return fields, CheckFields(f, fields)
}

// CheckFields returns an error that names every mistake in the fields of a form, which
// Load may have returned.
func CheckFields(f *Form, fields []Field) error {
	var errs []error
	if len(fields) > maxFields {
		errs = append(errs, fmt.Errorf("%d fields: want at most %d", len(fields), maxFields))
	}
	names := map[string]bool{}
	for _, field := range fields {
		for _, err := range field.mistakes(f) {
			if err != nil {
				errs = append(errs, fmt.Errorf("field %q: %w", field.Name, err))
			}
		}
		if names[field.Name] {
			errs = append(errs, fmt.Errorf("two fields have the name %q", field.Name))
		}
		names[field.Name] = true
	}
	return errors.Join(errs...)
}

func (f Field) mistakes(form *Form) []error {
	errs := []error{
		checkID(f.Name), need("a Label", f.Label), atMost("Label", f.Label, maxFormTitle),
		atMost("Hint", f.Hint, maxHint), atMost("Placeholder", f.Placeholder, maxHint),
	}
	if f.Kind < TextLine || f.Kind > Files {
		errs = append(errs, fmt.Errorf("kind %d is unknown", f.Kind))
	}
	if f.Min < 0 || f.Max < 0 || f.Max > 0 && f.Min > f.Max || f.isText() && max(f.Min, f.Max) > maxCharacter {
		errs = append(errs, fmt.Errorf("has Min %d and Max %d: want 0 <= Min <= Max, of a text at most %d", f.Min, f.Max, maxCharacter))
	}
	if chooses := f.Kind == Select || f.Kind == MultiSelect; chooses && (len(f.Options) > 0) == (f.Lookup != nil) {
		errs = append(errs, errors.New("wants either Options or Lookup"))
	} else if !chooses && (len(f.Options) > 0 || f.Lookup != nil) {
		errs = append(errs, errors.New("has Options or Lookup, which are for a Select or MultiSelect"))
	}
	for _, value := range f.Default {
		if len(f.Options) > 0 && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.value() == value }) {
			errs = append(errs, fmt.Errorf("its Default %q is the Value of no Option", value))
		}
	}
	if f.Refresh && form.Load == nil {
		errs = append(errs, errors.New("has Refresh, which wants the form to have Load"))
	}
	return append(errs, checkOptions(f.Options)...)
}

func (f Field) isText() bool { return f.Kind <= Password && f.Kind != Number }
