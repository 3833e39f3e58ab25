package consumer

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

// logged returns a handler for the queue that logs each event with the names of the
// actions that handle ran.
func (d *Dispatcher) logged(handle func(context.Context, *workqueue.Delivery) ([]string, error)) workqueue.HandlerFunc {
	return func(ctx context.Context, delivery *workqueue.Delivery) error {
		start := time.Now()
		actions, err := handle(ctx, delivery)
		delivery.Note(strings.Join(actions, ", "))

		line, outcome := d.opts.Log.Info(), "handled"
		if discard, ok := errors.AsType[*workqueue.DiscardError](err); ok {
			outcome = "discarded"
			line = line.Str("reason", discard.Reason)
		} else if _, ok := errors.AsType[*workqueue.PostponeError](err); ok {
			outcome = "postponed"
			line = line.Err(err)
		} else if err != nil {
			outcome = "failed"
			line = d.opts.Log.Error().Err(err)
		}
		line.Str("event_id", delivery.ID).Str("request_id", delivery.RequestID).Str("type", delivery.Type).
			Strs("actions", actions).Str("outcome", outcome).Int("attempt", delivery.Attempt).Bool("reclaimed", delivery.Reclaimed).
			Dur("waited_ms", delivery.ReceivedAt.Sub(delivery.QueuedAt)).Dur("handled_ms", time.Since(start)).
			Msg("event")
		return err
	}
}
