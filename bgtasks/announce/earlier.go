package announce

import (
	"encoding/json"
	"fmt"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// earlier is an outbox entry of the release before event.Send: the payload of an
// event.Notification. It is queued as that release would have queued it, because a
// leader that died may have done so already: the publisher recognises the key only
// on the same stream. The next release drops this file.
type earlier json.RawMessage

// MarshalJSON returns the payload unchanged.
func (n earlier) MarshalJSON() ([]byte, error) { return json.RawMessage(n).MarshalJSON() }

// UnmarshalJSON keeps the payload unchanged.
func (n *earlier) UnmarshalJSON(text []byte) error { return (*json.RawMessage)(n).UnmarshalJSON(text) }

// event returns the event, without its id and times.
func (n earlier) event() (workqueue.Event, error) {
	var to struct {
		Channel string `json:"channel"`
	}
	if err := json.Unmarshal(n, &to); err != nil || to.Channel == "" {
		return workqueue.Event{}, fmt.Errorf("a notification of %d bytes without a channel", len(n))
	}
	return workqueue.Event{Type: event.Type(event.Slack, event.Notification), Partition: to.Channel, Payload: n}, nil
}
