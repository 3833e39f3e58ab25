package sharkfin

import (
	"slices"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/workqueue"
)

// Describe returns what an event that this package queued is about. It reports false for one
// that is no person's message: a message of an agent, and events of other kinds. So a program
// that posts for each message does not answer another.
func Describe(e workqueue.Event) (o gateway.Occurrence, ok bool) {
	kind, _ := event.KindOf(sharkfin.Source, e.Type)
	if e.Source != sharkfin.Source || !slices.Contains([]event.Kind{event.MessagePublic, event.MessagePrivate}, kind) {
		return o, false
	}
	m, err := sharkfin.Decode(e.Payload)
	if err != nil {
		return o, false // never: the event was made of it
	}
	return gateway.Occurrence{
		Name: string(kind), ID: sharkfin.Ref{Channel: m.Channel, ID: m.ID}.String(), Text: m.Body, User: m.From, Chat: m.Channel, Direct: m.Direct(),
	}, m.FromType == sharkfin.User
}
