package consumer

import (
	"context"
	"errors"
	"time"

	"github.com/gobridge/gopherbot/handler"
)

// Interaction is a person's use of a control, a slash command or a form.
type Interaction struct {
	handler.Interaction
	Kind InteractionKind
	// ID is the name of a slash command without its slash, or the ID of the action, the
	// shortcut or the form.
	ID string
	// Field is the name of the field that a Lookup or a Refresh is about, and Typed the
	// text that the person has typed so far.
	Field, Typed string
	// Shown are the fields of the form as the person saw them, without their functions and
	// texts; nil if the platform does not tell. Values of other fields are dropped.
	Shown []handler.Field
	// View identifies the form as it was opened this time, "" if the platform does not tell.
	View string
	// AnswerTo is the address of the gateway that waits for an answer, "" if none does.
	AnswerTo string
}

// InteractionKind is the kind of an Interaction.
type InteractionKind string

// The kinds of interactions.
const (
	SlashCommand InteractionKind = "slash_command"
	Action       InteractionKind = "action"
	Shortcut     InteractionKind = "shortcut"
	Submit       InteractionKind = "submit"  // a form was submitted
	Close        InteractionKind = "close"   // a form was closed
	Lookup       InteractionKind = "lookup"  // somebody types into a field with Lookup
	Refresh      InteractionKind = "refresh" // a field with Refresh changed
)

// ReactionAdded is an emoji that a person added to a message, whose place is
// Interaction.Message.
type ReactionAdded struct {
	handler.Interaction
	Emoji string // its name without colons
}

// HomeOpened is the opening of the bot's own page by a person.
type HomeOpened struct {
	handler.Interaction
	// Shown identifies the content of the page that the person sees, "" if it is empty.
	Shown string
}

func (Interaction) incoming()   {}
func (ReactionAdded) incoming() {}
func (HomeOpened) incoming()    {}

// Interactor is a Platform whose Decode returns an Interaction for events of the kind
// event.Interaction. The Responder of an Interaction is a FormPresenter.
type Interactor interface {
	// AnswerTimeout is the time from the receipt of an event by this consumer in which a
	// Verdict or Choices reach the person.
	AnswerTimeout() time.Duration
	// Verdict renders the result of Validate in the form of the answer for which the
	// gateway waits. It returns an error if the platform would not show it.
	Verdict(in Interaction, v handler.Validation) ([]byte, error)
	// Choices renders the options of a Lookup, likewise. It cuts the list to the platform's
	// limits.
	Choices(in Interaction, options []handler.Option) ([]byte, error)
}

// FormPresenter is a Responder that shows forms.
type FormPresenter interface {
	// ShowForm shows a form. It returns ErrTriggerExpired if the interaction is too old or
	// has opened a form before.
	ShowForm(ctx context.Context, v FormView) error
	// UpdateForm replaces the form that ShowForm showed, or the form of the
	// interaction. Values that the person has written stay in fields of the same name.
	UpdateForm(ctx context.Context, v FormView) error
}

// ErrTriggerExpired is the error of ShowForm for an interaction that cannot open a form
// any more.
var ErrTriggerExpired = errors.New("the interaction is too old to open a form")

// FormView is a form as one person sees it.
type FormView struct {
	Form *handler.Form
	// Fields are the form's, or those that its Load returned.
	Fields []handler.Field
	// Notice is shown instead of the fields, without a button, if it is not empty.
	Notice string
	// Data is passed to the form's functions.
	Data string
}

// HomePublisher is a Platform that has a page of the bot's own. Its Decode returns a
// HomeOpened for events of the kind event.HomeOpened.
type HomePublisher interface {
	// PublishHome publishes the page for the person who opened it, unless they see it
	// already. It reports whether it did.
	PublishHome(ctx context.Context, in HomeOpened, page handler.Reply, requestID string) (published bool, err error)
}

// MessageReader is a Platform that can read a message by its place. Its Decode returns a
// ReactionAdded for events of the kind event.ReactionAdded.
type MessageReader interface {
	// ReadMessage fills in m, of which the channel, the id and maybe the thread are set.
	// It leaves m as it is if the message does not exist any more or the bot may not read
	// it.
	ReadMessage(ctx context.Context, m *handler.Message) error
}
