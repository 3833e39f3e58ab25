package consumer

import (
	"context"
	"errors"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/notification"
	"github.com/gobridge/gopherbot/workqueue"
)

// Announcer prepares announcements on a chat platform.
type Announcer interface {
	// Announcement returns what posts an announcement, with its Reply method, and
	// what is to be posted.
	Announcement(ctx context.Context, n notification.Notification) (Responder, handler.Reply, error)
}

// RegisterNotifications makes d the handler of what background tasks want
// announced; in shadow mode it is logged. What fails is tried again as anything
// else, whatever its age. One at a time is posted, so that announcements come in
// the order in which they were queued, as long as one consumer takes them all and
// none has to be tried again. Notifications are always Slack's: Options.Platforms
// has it.
func (d *Dispatcher) RegisterNotifications(c *workqueue.Consumer, a Announcer) {
	c.Handle(event.Type(event.Slack, event.Notification), d.logged(func(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
		n, err := notification.Decode(e.Payload)
		if err != nil {
			return nil, workqueue.Reject(err)
		}
		platform, ok := d.opts.Platforms[event.Slack]
		if !ok {
			return nil, d.unknownSource(e)
		}
		did := []string{"announce in " + n.Channel}
		if d.opts.Shadow {
			d.opts.Log.Info().Str("would", "announce").Str("event_id", e.ID).
				Str("channel", n.Channel).Str("link", n.Link).Int("length", len(n.Text)).Msg("shadow mode")
			return did, nil
		}
		prepare, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
		defer cancel()
		r, reply, err := a.Announcement(prepare, n)
		if err != nil {
			return did, outcomeFor(platform, err)
		}
		o := request{
			progress: &progress{Delivery: e},
			platform: platform,
			respond:  func() Responder { return r },
		}
		_, err = d.run(ctx, o, []task{{
			Match: handler.Match{Name: announcementHandler},
			run:   func(ctx context.Context, r handler.Responder) error { return r.Reply(ctx, reply) },
		}})
		// An operator has chosen the channel, and is the one to know that it is gone.
		if gone, ok := errors.AsType[*workqueue.DiscardError](err); ok {
			err = workqueue.Reject(gone)
		}
		return did, err
	}), workqueue.Concurrency(1))
}
