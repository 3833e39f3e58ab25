package client

import (
	"encoding/json"
	"fmt"
)

// The types of events. The server's are named by the server, and it may send others.
const (
	typeMessage  = "message.new"
	typePresence = "presence"
	// Of the client's own:
	typeDisconnect = "disconnect"
	typeReconnect  = "reconnect"
	typeLost       = "lost"
	typeDeaf       = "deaf"
)

// Event is something that the server pushed, or that happened to the connection.
type Event struct {
	// Type is the server's, such as "message.new", "presence" or "capabilities", or one of the
	// client's own:
	//
	//   - "disconnect": the connection was lost. Data is {"error": text}.
	//   - "reconnect": there is a connection again. Messages of the meantime are not sent again:
	//     read them with All.
	//   - "lost": events were discarded. Data is {"count": n}.
	//   - "deaf": no events come over this connection any more. Data is {"channel": name, "id": n},
	//     the message that did not come back; see WithEcho. It comes once for each connection.
	Type string
	// Data is the JSON of the event, nil for none.
	Data json.RawMessage
}

// AsMessage decodes the data of a "message.new" event. It returns an error for other events.
func (e Event) AsMessage() (*BroadcastMessage, error) {
	return decodeEvent[BroadcastMessage](e, typeMessage)
}

// AsPresence decodes the data of a "presence" event. It returns an error for other events.
func (e Event) AsPresence() (*PresenceUpdate, error) {
	return decodeEvent[PresenceUpdate](e, typePresence)
}

func decodeEvent[T any](e Event, want string) (*T, error) {
	if e.Type != want && e.Type != "" {
		return nil, fmt.Errorf("client: the event is of the type %q, not %q", e.Type, want)
	}
	var v *T
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return nil, fmt.Errorf("client: decode the %q event: %w", want, err)
	}
	if v == nil {
		return nil, fmt.Errorf("client: the %q event has no data", want)
	}
	return v, nil
}

// own returns an event of the client's own.
func own(kind string, data any) Event {
	e := Event{Type: kind}
	if data != nil {
		e.Data, _ = json.Marshal(data) // of texts and numbers: it does not fail
	}
	return e
}

// outbox gives events to the receiver in their order. Only the owner uses it.
type outbox struct {
	events   chan Event
	overflow Overflow
	queue    []entry // events that wait for room in the channel
	// maxBytes is how many bytes the events in the channel may have, 0 for any number; sizes are
	// theirs, in order, and maybe those of some before them, and bytes is the sum.
	maxBytes, bytes int
	sizes           []int
}

// entry is an event that waits, or a number of events that were discarded.
type entry struct {
	event Event
	lost  int
}

func (e entry) asEvent() Event {
	if e.lost > 0 {
		return own(typeLost, map[string]int{"count": e.lost})
	}
	return e.event
}

// add gives the receiver an event of the client's own. It waits for room and is never discarded.
func (b *outbox) add(e Event) {
	b.queue = append(b.queue, entry{event: e})
	b.flush()
}

// push gives the receiver an event of the server's. It returns false if the event was discarded.
func (b *outbox) push(e Event) (kept bool) {
	b.flush()
	if len(b.queue) == 0 && (b.overflow == Block || b.fits(len(e.Data))) {
		select {
		case b.events <- e:
			b.given(len(e.Data))
			return true
		default:
		}
	}
	if b.overflow == Block {
		b.queue = append(b.queue, entry{event: e})
		return true
	}
	b.lose()
	return false
}

// lose counts a discarded event.
func (b *outbox) lose() {
	if n := len(b.queue); n > 0 && b.queue[n-1].lost > 0 {
		b.queue[n-1].lost++
		return
	}
	b.queue = append(b.queue, entry{lost: 1})
}

// flush moves waiting events to the receiver's buffer, as far as there is room.
func (b *outbox) flush() {
	for len(b.queue) > 0 {
		select {
		case b.events <- b.queue[0].asEvent():
			b.pop()
		default:
			return
		}
	}
}

// head returns the event that is the next to be given, and where to. The channel is nil if there
// is none.
func (b *outbox) head() (chan<- Event, Event) {
	if len(b.queue) == 0 {
		return nil, Event{}
	}
	return b.events, b.queue[0].asEvent()
}

// fits reports whether an event of so many bytes may go into the channel. A single one always
// may.
func (b *outbox) fits(bytes int) bool {
	b.received()
	return b.maxBytes == 0 || b.bytes == 0 || b.bytes+bytes <= b.maxBytes
}

// given counts an event that is in the channel.
func (b *outbox) given(bytes int) {
	b.received()
	b.sizes, b.bytes = append(b.sizes, bytes), b.bytes+bytes
}

// received forgets the events that are not in the channel any more.
func (b *outbox) received() {
	for len(b.sizes) > len(b.events) {
		b.bytes -= b.sizes[0]
		b.sizes = b.sizes[1:]
	}
}

// pop forgets the head, which was given.
func (b *outbox) pop() {
	b.given(len(b.queue[0].event.Data))
	b.queue[0] = entry{}
	if b.queue = b.queue[1:]; len(b.queue) == 0 {
		b.queue = nil
	}
}

// blocked reports whether nothing more is to be read until there is room.
func (b *outbox) blocked() bool { return b.overflow == Block && len(b.queue) > 0 }
