// Package callbackrule puts events that callback rules are for on the queue, for the
// consumers that run the rules' handlers. Gateways do so for events of chats, and consumers
// for the ends of notifications.
//
// It knows no handler, no chat platform, and nothing of what is in a body.
package callbackrule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// maxPayload is how many bytes an event may have with its body. The body of a larger one
	// is stored as a blob.
	maxPayload = 4 << 10
	// keepBody is how long a stored body is kept: as long as there are attempts, and an hour
	// for an operator to replay a dead letter.
	keepBody = 2 * time.Hour
	// syncGroup stands for all rules of an event that run in order. No rule has this name.
	syncGroup = "sync!"
)

// Event is an event that rules may be for.
type Event struct {
	// Name is its name in rules, such as "message_public".
	Name string
	// Source is the platform's, such as "slack".
	Source string
	// Bot is the name of the bot that it is an event of.
	Bot string
	// Key identifies it, however often it is told.
	Key string
	// ID, Time and RequestID are those of its callbacks: see workqueue.Event.
	ID        string
	Time      time.Time
	RequestID string
	// Body is the JSON that handlers get, at most 1 MiB. Truncated says that something was
	// left out of it.
	Body      []byte
	Truncated bool
}

// Queue queues events. A *workqueue.Publisher is one.
type Queue interface {
	Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error)
}

// Publisher puts the callbacks of events on the queue. It is safe for concurrent use.
type Publisher struct {
	rules []notifyconfig.Rule
	bots  map[string]notifyconfig.Bot
	queue Queue
	blobs *blob.Store
}

// New returns a Publisher for the rules of a configuration.
func New(c notifyconfig.Config, queue Queue, blobs *blob.Store) *Publisher {
	return &Publisher{c.Rules, c.Bots, queue, blobs}
}

// Wants reports whether any rule is for an event of a bot.
func (p *Publisher) Wants(name, bot string) bool {
	return slices.ContainsFunc(p.rules, func(r notifyconfig.Rule) bool { return p.matches(r, name, bot) })
}

// matches reports whether a rule is for an event of a bot. A rule names the bot by the name
// in the configuration, or the only bot of a platform by the platform.
func (p *Publisher) matches(r notifyconfig.Rule, name, bot string) bool {
	return slices.ContainsFunc(r.Events, func(wanted string) bool {
		message := name == string(event.MessagePublic) || name == string(event.MessagePrivate)
		return wanted == name || wanted == notifyconfig.AnyEvent || wanted == notifyconfig.Message && message
	}) && slices.ContainsFunc(r.Bots, func(wanted string) bool {
		return wanted == bot || p.bots[wanted].Platform == bot
	})
}

// Publish queues the callbacks of an event: one for each rule that is asynchronous, and one
// for all others, which run in order. Several calls of it for one event, by its Key, queue
// each callback once within the queue's deduplication window.
//
// After an error some of them may be queued: call it again. The error is
// workqueue.ErrFull or blob.ErrFull if there is no room.
func (p *Publisher) Publish(ctx context.Context, e Event) error {
	var inOrder []string
	groups := map[string][]string{}
	for _, r := range p.rules {
		switch {
		case !p.matches(r, e.Name, e.Bot):
		case r.Async:
			groups[r.Name] = []string{r.Name}
		default:
			inOrder = append(inOrder, r.Name)
		}
	}
	if len(inOrder) > 0 {
		groups[syncGroup] = inOrder
	}
	// All at once: the queue puts what it is given at once on the streams in one round trip.
	errs := make([]error, 0, len(groups))
	var mu sync.Mutex
	var all sync.WaitGroup
	for group, rules := range groups {
		all.Go(func() {
			err := p.publish(ctx, e, group, rules)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// publish queues the callback of one rule, or of several that run in order.
func (p *Publisher) publish(ctx context.Context, e Event, group string, rules []string) error {
	request := event.CallbackRequest{
		Rules: rules, Event: e.Name, Platform: e.Source, Bot: e.Bot, Key: e.Key, Body: string(e.Body), Truncated: e.Truncated,
	}
	payload, err := request.Encode()
	if err != nil {
		return fmt.Errorf("callback rules %q: %w", rules, err)
	}
	if len(payload) > maxPayload {
		// Stored first: the event may be handled as soon as it is queued. A repetition
		// stores the same bytes under the same id.
		stored, err := p.blobs.Put(ctx, "callback/"+request.DeliveryID(group), e.Body, keepBody)
		if err != nil {
			return fmt.Errorf("store the body of a callback of rules %q: %w", rules, err)
		}
		request.Body, request.BodyBlob = "", &stored
		if payload, err = request.Encode(); err != nil {
			return err
		}
	}
	_, err = p.queue.Publish(ctx, workqueue.Event{
		Type: event.Type(e.Source, event.Callback), Key: e.Key + "/" + group, Source: e.Source, ID: e.ID, Time: e.Time,
		RequestID: e.RequestID, Payload: payload,
	})
	if err != nil {
		return fmt.Errorf("callback rules %q: %w", rules, err)
	}
	return nil
}
