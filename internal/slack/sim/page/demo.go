package page

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Demo is the program around the workspace, as far as people control it on the page. Its
// methods are safe for concurrent use.
type Demo interface {
	// State returns the state now, and a channel that is closed with the next change.
	State() (now State, changed <-chan struct{})
	// Publish adds an entry to a feed that the bot follows.
	Publish(context.Context) error
	// Play has two people begin a short conversation with the bot; a second call while
	// they talk does nothing. With paced they leave time to read. Stop ends it.
	Play(paced bool) error
	Stop()
	// Begin begins a fault: see Fault. End ends it before its time.
	Begin(fault string, by Person) error
	End(fault string) error
	// Alert has a monitoring system say that something is wrong, or that it is over: see
	// Notify.
	Alert(ctx context.Context, fire bool) error
}

// Person is someone on the page, and the channel that they have open.
type Person struct {
	As      string `json:"as"`
	Channel string `json:"channel"`
}

// State is the state of a Demo.
type State struct {
	// Examples are messages to try.
	Examples []Example `json:"examples"`
	Tour     Tour      `json:"tour"`
	Faults   []Fault   `json:"faults"`
	// Publishes reports that Publish works.
	Publishes bool `json:"publishes"`
	// Notify is the use of the notification API, nil if there is none.
	Notify *Notify `json:"notify"`
	// Notes are sentences about this demo, such as which settings it has taken.
	Notes []string `json:"notes"`
}

// Example is a message to try.
type Example struct {
	Text string `json:"text"`
	// Label is shown on its button. Defaults to Text.
	Label string `json:"label,omitempty"`
	// Addressed messages are for the bot: in a channel they begin with a mention.
	Addressed bool `json:"addressed"`
}

// Tour is the short conversation.
type Tour struct {
	// Auto has the first page that is opened begin it. Available reports that there is one.
	Auto      bool `json:"auto"`
	Available bool `json:"available"`
	Playing   bool `json:"playing"`
}

// Notify is how programs post through the bot.
type Notify struct {
	// Curl is a command that works, and Docs the address of the page about more.
	Curl string `json:"curl"`
	Docs string `json:"docs"`
	// Channel is the name of the one in which it all appears.
	Channel string `json:"channel"`
	// Firing reports that the alert fires, and Status how the last request was answered.
	Firing bool   `json:"firing"`
	Status string `json:"status"`
}

// Fault is a way to break a part of the bot for a while.
type Fault struct {
	ID string `json:"id"`
	// Title is what its button does, such as "Pause Redis". About says what then happens,
	// and what of it is simulated.
	Title string `json:"title"`
	About string `json:"about"`
	// Stop is what the button does meanwhile, such as "Resume Redis".
	Stop string `json:"stop"`
	// Ends is when it ends by itself; the zero time while it has not begun.
	Ends time.Time `json:"ends,omitzero"`
	// Status says how far it is, or how it ended; "" before the first time.
	Status string `json:"status"`
}

// errNoDemo is the error of a page without a Demo.
var errNoDemo = errors.New("this page shows a workspace alone: there is nothing else to control")

// none is the Demo of a page that has none.
type none struct{}

func (none) State() (State, <-chan struct{}) {
	return State{Examples: []Example{}, Faults: []Fault{}, Notes: []string{}}, nil
}
func (none) Publish(context.Context) error     { return errNoDemo }
func (none) Play(bool) error                   { return errNoDemo }
func (none) Stop()                             {}
func (none) Begin(string, Person) error        { return errNoDemo }
func (none) End(string) error                  { return errNoDemo }
func (none) Alert(context.Context, bool) error { return errNoDemo }

// control adds what people do with the program around the workspace.
func control(mux *http.ServeMux, d Demo) {
	mux.HandleFunc("POST /api/publish", action(func(ctx context.Context, _ struct{}) (any, error) {
		return done, d.Publish(ctx)
	}))
	mux.HandleFunc("POST /api/tour/play", action(func(_ context.Context, in struct{ Paced bool }) (any, error) {
		return done, d.Play(in.Paced)
	}))
	mux.HandleFunc("POST /api/tour/stop", action(func(context.Context, struct{}) (any, error) {
		d.Stop()
		return done, nil
	}))
	mux.HandleFunc("POST /api/fault/begin", action(func(_ context.Context, in struct {
		Person
		Fault string
	}) (any, error) {
		return done, d.Begin(in.Fault, in.Person)
	}))
	mux.HandleFunc("POST /api/fault/end", action(func(_ context.Context, in struct{ Fault string }) (any, error) {
		return done, d.End(in.Fault)
	}))
	mux.HandleFunc("POST /api/alert", action(func(ctx context.Context, in struct{ Fire bool }) (any, error) {
		return done, d.Alert(ctx, in.Fire)
	}))
}
