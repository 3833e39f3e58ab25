package handler

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Component is a control below a reply: a button, a menu if it has Options, or a link if
// it has a URL.
type Component struct {
	// ID is that of the Action that runs. A link has none.
	ID string
	// Label is the text of a button, or the placeholder of a menu: at most 75 characters.
	Label string
	// Data is passed to the Action as Interaction.Data: at most 1,500 bytes, of a menu
	// at most 200. Everybody who can read the message could read it, so it is no place
	// for secrets, and the platform sends it back unchanged.
	Data string
	// URL is opened by a link: http or https, at most 3,000 bytes.
	URL string
	// Confirm, if not empty, is asked before the Action runs: at most 300 characters.
	Confirm string
	// Danger shows that the Action removes something.
	Danger bool
	// Options are the choices of a menu, at most 100.
	Options []Option
	// Fallback is shown instead on a platform without controls, such as "approve 17".
	// If it is empty nothing is shown there.
	Fallback string
}

// Option is a choice of a menu or a field. Label has at most 75 characters, Value at most
// 150 bytes, and Hint, which explains it, at most 75 characters. Value defaults to Label.
type Option struct{ Label, Value, Hint string }

// Values of the limits of controls: the smallest of those of the platforms.
const (
	maxComponents = 25
	maxLabel      = 75
	maxData       = 1500
	maxMenuData   = 200
	maxURL        = 3000
	maxConfirm    = 300
	maxOptions    = 100
	maxValue      = 150
)

// CheckComponents returns an error that names every mistake in the controls of a reply.
// Platforms check the controls that they render, and handlertest those that it records.
func CheckComponents(list []Component) error {
	var errs []error
	if len(list) > maxComponents {
		errs = append(errs, fmt.Errorf("%d components: want at most %d", len(list), maxComponents))
	}
	for i, c := range list {
		for _, err := range c.mistakes() {
			if err != nil {
				errs = append(errs, fmt.Errorf("component %d, %q: %w", i+1, c.Label, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (c Component) mistakes() []error {
	errs := []error{need("a Label", c.Label), atMost("Label", c.Label, maxLabel), atMost("Confirm", c.Confirm, maxConfirm)}
	data := maxData
	if len(c.Options) > 0 {
		data = maxMenuData
		errs = append(errs, checkOptions(c.Options)...)
	}
	if len(c.Data) > data {
		errs = append(errs, fmt.Errorf("its Data has %d bytes: want at most %d", len(c.Data), data))
	}
	if c.URL == "" {
		return append(errs, checkID(c.ID))
	}
	address, err := url.Parse(c.URL)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" || len(c.URL) > maxURL {
		errs = append(errs, fmt.Errorf("want an http or https URL of at most %d bytes", maxURL))
	}
	if c.ID != "" || len(c.Options) > 0 || c.Data != "" {
		errs = append(errs, errors.New("a link has neither an ID nor Data nor Options"))
	}
	return errs
}

// checkOptions returns the mistakes in a list of choices.
func checkOptions(options []Option) []error {
	var errs []error
	if len(options) > maxOptions {
		errs = append(errs, fmt.Errorf("%d options: want at most %d", len(options), maxOptions))
	}
	values := map[string]bool{}
	for _, o := range options {
		errs = append(errs, need("a Label for each Option", o.Label), atMost("the Label of an Option", o.Label, maxLabel), atMost("the Hint of an Option", o.Hint, maxLabel))
		if len(o.value()) > maxValue {
			errs = append(errs, fmt.Errorf("the Value of Option %q has %d bytes: want at most %d", o.Label, len(o.value()), maxValue))
		}
		if values[o.value()] {
			errs = append(errs, fmt.Errorf("two Options have the Value %q", o.value()))
		}
		values[o.value()] = true
	}
	return errs
}

// WithValue returns the option with the default of its Value.
func (o Option) WithValue() Option {
	o.Value = o.value()
	return o
}

func (o Option) value() string {
	if o.Value == "" {
		return o.Label
	}
	return o.Value
}

// maxID is the number of characters of an id.
const maxID = 40

// checkID returns the mistake in the id of an Action, Shortcut, Form or Component.
func checkID(id string) error {
	if id == "" || len(id) > maxID || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("ID %q: want 1 to %d of the characters a-z, 0-9 and -", id, maxID)
	}
	return nil
}

// atMost returns an error if a text has more than n characters.
func atMost(field, text string, n int) error {
	if length := utf8.RuneCountInString(text); length > n {
		return fmt.Errorf("%s of %d characters: want at most %d", field, length, n)
	}
	return nil
}
