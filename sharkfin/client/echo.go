package client

import (
	"encoding/json"
	"slices"
	"time"
)

// echo checks that messages which were sent over a connection come back over it. Only the owner
// uses it.
type echo struct {
	within time.Duration // 0 for no check
	deaf   bool          // reported for this connection
	// sending counts the messages whose reply has not come. Their echo may come before it.
	sending  int
	seen     []int64       // the last messages that came while sending
	expected []expectation // the earliest deadline first
}

// maxSeen is how many messages are remembered until a reply comes. A client that always sends
// would remember all otherwise.
const maxSeen = 1024

type expectation struct {
	id      int64
	channel string
	by      time.Time
}

// reset forgets all: the connection is another.
func (e *echo) reset() { *e = echo{within: e.within} }

// sent notes that a message was handed to the connection.
func (e *echo) sent() { e.sending++ }

// done notes that a message's reply has come, or is no longer waited for.
func (e *echo) done() {
	if e.sending--; e.sending <= 0 {
		e.sending, e.seen = 0, nil
	}
}

// expect notes the reply to a message: its echo is due, unless it was first.
func (e *echo) expect(reply json.RawMessage, channel string, now time.Time) {
	var d struct {
		ID int64 `json:"id"`
	}
	if e.within <= 0 || e.deaf || json.Unmarshal(reply, &d) != nil || d.ID == 0 || slices.Contains(e.seen, d.ID) {
		return
	}
	e.expected = append(e.expected, expectation{d.ID, channel, now.Add(e.within)})
}

// came notes a message that came.
func (e *echo) came(data json.RawMessage) {
	if e.within <= 0 || e.sending == 0 && len(e.expected) == 0 {
		return
	}
	var d struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal(data, &d) != nil {
		return
	}
	if i := slices.IndexFunc(e.expected, func(x expectation) bool { return x.id == d.ID }); i >= 0 {
		e.expected = slices.Delete(e.expected, i, i+1)
		return
	}
	if e.sending > 0 {
		e.seen = append(e.seen[max(0, len(e.seen)-maxSeen+1):], d.ID)
	}
}

// wait returns the time until the next deadline. ok is false if there is none.
func (e *echo) wait(now time.Time) (d time.Duration, ok bool) {
	if len(e.expected) == 0 {
		return 0, false
	}
	return max(e.expected[0].by.Sub(now), 0), true
}

// overdue returns the event of a message that has not come back in time.
func (e *echo) overdue(now time.Time) (Event, bool) {
	if len(e.expected) == 0 || now.Before(e.expected[0].by) {
		return Event{}, false
	}
	missing := e.expected[0]
	e.deaf, e.expected = true, nil
	return own(typeDeaf, map[string]any{"channel": missing.channel, "id": missing.id}), true
}

// extend gives all deadlines more time: nothing was read.
func (e *echo) extend(now time.Time) {
	for i := range e.expected {
		e.expected[i].by = now.Add(e.within)
	}
}
