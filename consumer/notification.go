package consumer

import (
	"context"

	"github.com/gobridge/gopherbot/internal/eventtype"
	"github.com/gobridge/gopherbot/internal/notification"
	"github.com/gobridge/gopherbot/workqueue"
)

// Announcer posts announcements on a chat platform.
type Announcer interface {
	Announce(ctx context.Context, n notification.Notification) error
}

// RegisterNotifications makes d the handler of what background tasks want
// announced, which a posts; in shadow mode it is logged. What fails is tried
// again as anything else. One at a time is posted, so that announcements come in
// the order in which they were queued, as long as one consumer takes them all and
// none has to be tried again.
func (d *Dispatcher) RegisterNotifications(c *workqueue.Consumer, a Announcer) {
	c.Handle(eventtype.Notification, d.logged(func(ctx context.Context, e *workqueue.Delivery) ([]string, error) {
		n, err := notification.Decode(e.Payload)
		if err != nil {
			return nil, workqueue.Reject(err)
		}
		did := []string{"announce in " + n.Channel}
		if d.opts.Shadow {
			d.opts.Log.Info().Str("would", "announce").Str("event_id", e.ID).
				Str("channel", n.Channel).Str("link", n.Link).Int("length", len(n.Text)).Msg("shadow mode")
			return did, nil
		}
		ctx, cancel := context.WithTimeout(ctx, d.opts.ActionTimeout)
		defer cancel()
		err = d.ran(ctx, announcementHandler, func(ctx context.Context) error { return a.Announce(ctx, n) })
		return did, d.outcome(err)
	}), workqueue.Concurrency(1))
}

// outcome is what the queue is told of what went wrong: the platform may know
// that another try is of no use, or when it is due.
func (d *Dispatcher) outcome(err error) error {
	if err == nil {
		return nil
	}
	switch final, after := d.opts.Platform.Classify(err); {
	case final:
		return workqueue.Reject(err)
	case after > 0:
		return workqueue.RetryAfter(after, err)
	default:
		return err
	}
}
