// Package notification is what background tasks want announced and consumers
// post: the payload of events of the type notification. It is the one thing
// that the two have to agree on.
//
// A notification is plain text. How a chat platform escapes it and writes a
// link is the platform's business, so that nothing that was found somewhere on
// the web can become a mention or a link by itself.
package notification

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Notification is something to announce.
type Notification struct {
	// Channel is a channel's name, without "#", or its id.
	Channel string `json:"channel"`
	// Text is what is said.
	Text string `json:"text"`
	// Link is the address, http or https, of what it is about, "" if there is
	// none, and Title what is shown in its place, "" for the address itself. The
	// link comes after the text.
	Link  string `json:"link,omitempty"`
	Title string `json:"title,omitempty"`
}

// Encode returns the payload of the event that brings n.
func (n Notification) Encode() ([]byte, error) {
	if err := n.validate(); err != nil {
		return nil, err
	}
	return json.Marshal(n)
}

// Decode is the inverse of Encode.
func Decode(payload []byte) (Notification, error) {
	var n Notification
	if err := json.Unmarshal(payload, &n); err != nil {
		return Notification{}, fmt.Errorf("a notification of %d bytes that cannot be read: %w", len(payload), err)
	}
	return n, n.validate()
}

func (n Notification) validate() error {
	if n.Channel == "" {
		return errors.New("a notification without a channel")
	}
	if n.Text == "" && n.Link == "" {
		return errors.New("a notification that says nothing")
	}
	return nil
}
