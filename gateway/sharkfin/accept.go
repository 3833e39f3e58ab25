package sharkfin

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/sharkfin"
	"github.com/gobridge/gopherbot/workqueue"
)

// MaxMessage is how many bytes the payload of a message may have. The server takes messages
// of any size by other ways than REST. A larger one is logged and counted, and passed over:
// nobody waits for an answer to it.
const MaxMessage = gateway.DefaultMaxBody

// The ways by which messages come, which name them as the routes of requests.
const (
	byPush = "push"
	byRead = "read"
)

// accept gives a message to the queue. It reports false if the queue did not take it, and it
// must be read again.
func (t *turn) accept(ctx context.Context, m sharkfin.Message, way string) bool {
	if m.From == t.me.Username {
		t.stats.skip(skippedOwn)
		return true
	}
	if t.recent.has(m.ID) {
		return true
	}
	if size := textBytes(m.Body, m.Metadata); size > MaxMessage {
		t.tooLarge(m.ID, m.Channel, size)
		return true
	}
	var err error
	if m.FromType, err = t.people.typeOf(ctx, m.From); err != nil {
		return false // whether it is a person's decides what becomes of it
	}
	if m.FromType == sharkfin.Service { // a loop of two bots costs more than a missed word
		t.stats.skip(skippedService)
		return true
	}
	payload, err := json.Marshal(m)
	if err != nil || len(payload) > MaxMessage {
		t.tooLarge(m.ID, m.Channel, len(payload))
		return true
	}
	if ctx.Err() != nil {
		return false // the term has ended: another gateway reads it
	}
	if !t.ingress.Accept(ctx, payload, gateway.Meta{Route: sharkfin.Source + " " + way}).Acknowledge() {
		return false
	}
	t.stats.accepted(way)
	t.recent.add(m.ID)
	return true
}

// textBytes returns how many bytes the texts of a message have.
func textBytes(body string, metadata *string) int {
	n := len(body)
	if metadata != nil {
		n += len(*metadata)
	}
	return n
}

// tooLarge counts and logs a message that is passed over.
func (t *turn) tooLarge(id int64, channel string, size int) {
	t.stats.skip(skippedLarge)
	t.log.Warn().Int64("message", id).Str("channel", channel).Int("bytes", size).Msg("a message is too large, and is passed over")
}

// decode makes the event of a message. The event keeps the payload, which accept made for it.
func (g *Gateway) decode(payload []byte) (gateway.Decoded, error) {
	m, err := sharkfin.Decode(payload)
	if err != nil {
		// It is passed over: the server would give us the same one again.
		return gateway.Decoded{Outcome: gateway.Malformed, Reason: err.Error()}, nil
	}
	at, err := m.Time()
	if err != nil {
		return gateway.Decoded{}, err // never: Decode has read it
	}
	kind := event.MessagePrivate
	if m.Public && !m.Direct() {
		kind = event.MessagePublic
	}
	return gateway.Decoded{Event: workqueue.Event{
		Type: event.Type(sharkfin.Source, kind), Key: sharkfin.Key(g.host, m.ID), Partition: m.Channel, Source: sharkfin.Source,
		ID: strconv.FormatInt(m.ID, 10), Time: at, Payload: payload,
	}}, nil
}
