package announce

import (
	"encoding/json"
	"fmt"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// earlier is an entry of the outbox as the release before event.Send kept it: the
// payload of an event.Notification. It is queued as that release would have queued
// it, because a leader that died may have done so already: only on the same stream
// does the publisher recognise the key. The next release drops this file.
type earlier json.RawMessage

// MarshalJSON implements json.Marshaler.
func (n earlier) MarshalJSON() ([]byte, error) { return json.RawMessage(n).MarshalJSON() }

// UnmarshalJSON implements json.Unmarshaler.
func (n *earlier) UnmarshalJSON(text []byte) error { return (*json.RawMessage)(n).UnmarshalJSON(text) }

// event returns the event without what all events have.
func (n earlier) event() (workqueue.Event, error) {
	var to struct {
		Channel string `json:"channel"`
	}
	if err := json.Unmarshal(n, &to); err != nil || to.Channel == "" {
		return workqueue.Event{}, fmt.Errorf("a notification of %d bytes without a channel", len(n))
	}
	return workqueue.Event{Type: event.Type(event.Slack, event.Notification), Partition: to.Channel, Payload: n}, nil
}
