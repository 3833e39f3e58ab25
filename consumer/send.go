package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/workqueue"
)

// registerSend makes d the handler of a source's messages to post. In shadow mode
// they are logged. A message is retried at any age, unless it expires.
//
// One message at a time is posted. So announcements appear in the order in which they
// were queued, if one consumer reads them all and none is retried.
func (d *Dispatcher) registerSend(c *workqueue.Consumer, source string, platform Platform, poster Poster) {
	handle := func(kind event.Kind, decode func(payload []byte) (event.Message, error)) {
		c.Handle(event.Type(source, kind), d.logged(func(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
			m, err := decode(e.Payload)
			switch {
			case errors.Is(err, event.ErrVersion):
				d.opts.Log.Error().Err(err).Str("type", e.Type).Str("event_id", e.ID).Dur("retry_in_ms", unknownSourceDelay).
					Msg("decode a message to post: deploy a release that reads it")
				return nil, workqueue.RetryAfter(unknownSourceDelay, err)
			case err == nil && m.Bot != source:
				err = fmt.Errorf("a message to post as %q on the stream of %q", m.Bot, source)
			}
			if err != nil {
				return nil, workqueue.Reject(err)
			}
			return d.send(ctx, e, platform, poster, m)
		}), workqueue.Concurrency(1))
	}
	handle(event.Send, event.DecodeMessage)
	if source == event.Slack {
		handle(event.Notification, decodeNotification)
	}
}

// send posts a message.
func (d *Dispatcher) send(ctx context.Context, e *workqueue.Delivery, platform Platform, poster Poster, m event.Message) ([]string, error) {
	did := []string{"announce in " + m.Chat.String()}
	if d.opts.Shadow {
		d.opts.Log.Info().Str("would", "announce").Str("event_id", e.ID).
			Str("channel", m.Chat.String()).Str("link", m.Link).Int("length", len(m.Text)).Msg("shadow mode")
		return did, nil
	}
	prepare, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
	defer cancel()
	r, reply, err := poster.Post(prepare, m)
	if err != nil {
		return did, outcomeFor(platform, err)
	}
	o := request{
		progress: &progress{Delivery: e},
		platform: platform,
		respond:  func() Responder { return r },
	}
	if now := d.opts.Now(); !m.ExpiresAt.IsZero() && now.After(m.ExpiresAt) {
		return did, d.tooLate(ctx, o, now.Sub(o.since()))
	}
	_, err = d.runAll(ctx, o, []task{{
		Match: handler.Match{Name: announcementHandler},
		run:   func(ctx context.Context, r handler.Responder) error { return r.Reply(ctx, reply) },
	}})
	// An operator has chosen the channel, and needs to know that it is gone.
	if gone, ok := errors.AsType[*workqueue.DiscardError](err); ok {
		err = workqueue.Reject(gone)
	}
	return did, err
}
