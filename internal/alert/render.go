package alert

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxText is the size of a message's text, in bytes.
const MaxText = 64 << 10

// Markup is the format of the built-in layout: the dialect of handler/markup.
const Markup = "markup"

// Options are what an operator configures for a source's webhooks. The zero value has
// the defaults.
type Options struct {
	// Levels are the severities (Alertmanager) or states (Grafana) that make a message
	// an error. nil stands for DefaultLevels. Alertmanager's are also the order in
	// which alerts are chosen.
	Levels []string
	// MaxAlerts is how many alerts a message shows. 0 stands for DefaultMaxAlerts.
	MaxAlerts int
	// Template is used in place of the built-in layout, if it is not nil.
	Template *Template
	// Strict makes a failure of the template an error of Render. Otherwise the built-in
	// layout is used, with a warning.
	Strict bool
	// Format is the format of the template's text, such as "plain" or "mrkdwn". It is
	// passed on.
	Format string
	// TimeZone is that of the times in the text. nil keeps them as they are sent, which
	// usually is UTC.
	TimeZone *time.Location
	// Images asks for Message.Images. Otherwise the built-in layout links them.
	Images bool
	// Now is the time from which the function "since" counts. The zero value stands for
	// the present.
	Now time.Time
}

// Message is a webhook as a message.
type Message struct {
	// Text is at most MaxText bytes.
	Text string
	// Format is Markup for the built-in layout, and Options.Format for a template's text.
	Format string
	// Status is OK or Error.
	Status string
	// Images are those of the alerts in the text, if Options asks for them.
	Images []Image
	// Warnings say what is not as the sender or the operator wanted.
	Warnings []Warning
}

// Image is a picture of an alert on a web server. We never fetch it.
type Image struct {
	// URL begins with https://.
	URL string
	// Name is the alert's name. It is foreign text; it may be empty.
	Name string
}

// The codes of warnings.
const (
	WarnTemplate = "template_error"
	WarnImage    = "image_dropped"
)

// Warning is a part of a receipt.
type Warning struct {
	Code string
	// Text says more to people. It holds nothing of the webhook.
	Text string
}

// Render returns the message for a webhook. Its only error is a *template.Error, or
// one of a template without output, if Options.Strict is set.
func (w *Webhook) Render(o Options) (Message, error) {
	if o.Levels == nil {
		o.Levels = DefaultLevels(w.Source)
	}
	severities := o.Levels
	if w.Source == Grafana {
		severities = DefaultLevels(Alertmanager)
	}
	if o.MaxAlerts <= 0 {
		o.MaxAlerts = DefaultMaxAlerts
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	m := Message{Status: w.MessageStatus(o.Levels)}
	if w.embedded > 0 {
		m.Warnings = append(m.Warnings, Warning{WarnImage, fmt.Sprintf("%d images are left out: only http and https addresses can be shown", w.embedded)})
	}
	chosen := w.choose(o.MaxAlerts, severities).in(o.TimeZone)
	if o.Template != nil {
		text, err := o.Template.render(chosen, o.Now)
		switch {
		case err == nil:
			m.Text, m.Format = text, o.Format
		case o.Strict:
			return Message{}, err
		default:
			m.Warnings = append(m.Warnings, Warning{WarnTemplate, "the built-in layout is used: " + err.Error()})
		}
	}
	if m.Text == "" {
		m.Text, chosen = layout(chosen, o.Images)
		m.Format = Markup
	}
	if o.Images {
		m.Images = chosen.images()
	}
	return m, nil
}

// in returns a copy of the webhook with its times in a zone.
func (w *Webhook) in(zone *time.Location) *Webhook {
	if zone == nil {
		return w
	}
	moved := *w
	moved.Alerts = make(Alerts, len(w.Alerts))
	for i, a := range w.Alerts {
		for _, t := range []*time.Time{&a.StartsAt, &a.EndsAt} {
			if !t.IsZero() {
				*t = t.In(zone)
			}
		}
		moved.Alerts[i] = a
	}
	return &moved
}

// images returns each image with https once.
func (w *Webhook) images() []Image {
	var images []Image
	seen := map[string]bool{}
	for _, a := range w.Alerts {
		if a.postsImage() && !seen[a.ImageURL] {
			seen[a.ImageURL] = true
			images = append(images, Image{a.ImageURL, w.nameOf(a)})
		}
	}
	return images
}

// postsImage reports whether chat platforms can show the alert's image.
func (a Alert) postsImage() bool {
	return len(a.ImageURL) > len("https://") && strings.EqualFold(a.ImageURL[:len("https://")], "https://")
}

var errTooLong = fmt.Errorf("the text is larger than %d bytes", MaxText)

// output collects a text of at most MaxText bytes.
type output struct{ strings.Builder }

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if o.Len()+len(p) > MaxText {
		return 0, errTooLong
	}
	return o.Builder.Write(p)
}

var errNoText = errors.New("the template writes nothing")
