// Package callback has the events of chats that callback rules are for queued a second
// time, for the handlers of the rules. It wraps a gateway's Publisher, so that what comes in
// is acknowledged when both are on the queue.
//
// It knows no platform: each describes its events. It knows no handlers either.
package callback

import (
	"context"
	"fmt"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/callbackrule"
	"github.com/gobridge/gopherbot/workqueue"
)

// Publisher queues events and their callbacks. It is a gateway.Publisher.
type Publisher struct {
	events    gateway.Publisher
	callbacks *callbackrule.Publisher
	describe  map[string]func(workqueue.Event) (gateway.Occurrence, bool)
}

// NewPublisher returns a Publisher that queues events with events and the callbacks of those
// that describe knows. describe has a function for each source, which reports false for an
// event that no rule can be for.
func NewPublisher(events gateway.Publisher, callbacks *callbackrule.Publisher, describe map[string]func(workqueue.Event) (gateway.Occurrence, bool)) *Publisher {
	return &Publisher{events, callbacks, describe}
}

// Publish queues an event, and then a callback for each rule or group of rules that it is
// for. The result is the event's.
//
// The order has a reason: the bot's own answer waits for nothing else, and a stream full of
// callbacks does not keep an event off the queue. Although these are two steps, nothing is
// lost in between: after an error, or the death of this process, the platform has no
// acknowledgement and sends the event again. It is then a Duplicate, and its callbacks are
// queued all the same; each has a key of its own, so those that are on the queue already are
// duplicates, too.
func (p *Publisher) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	result, err := p.events.Publish(ctx, e)
	if err != nil {
		return result, err
	}
	if err := p.publishCallbacks(ctx, e); err != nil {
		// Not %w: for an ingress ErrFull says that the event itself was refused.
		return 0, fmt.Errorf("the event is on the queue, not all of its callbacks: %v", err)
	}
	return result, nil
}

func (p *Publisher) publishCallbacks(ctx context.Context, e workqueue.Event) error {
	describe := p.describe[e.Source]
	if describe == nil {
		return nil
	}
	o, ok := describe(e)
	if !ok || !p.callbacks.Wants(o.Name, e.Source) {
		return nil
	}
	encoded, truncated, err := body(o, e.Source)
	if err != nil {
		return err
	}
	return p.callbacks.Publish(ctx, callbackrule.Event{
		Name: o.Name, Source: e.Source, Bot: e.Source, Key: e.Key, ID: e.ID, Time: e.Time, RequestID: e.RequestID,
		Body: encoded, Truncated: truncated,
	})
}
