package consumer

import (
	"fmt"
	"time"

	"github.com/gobridge/gopherbot/workqueue"
)

// unknownSourceDelay is the time until the next attempt at an event of an unknown
// source. With the queue's ten attempts by default, a deploy has five minutes to
// start a consumer that knows it.
const unknownSourceDelay = 30 * time.Second

// platform returns the platform of an event, or an error, the event's outcome.
func (d *Dispatcher) platform(e *workqueue.Delivery) (Platform, error) {
	if p, ok := d.opts.Platforms[e.Source]; ok {
		return p, nil
	}
	return nil, d.unknownSource(e)
}

// unknownSource logs an event of a source that this consumer has no platform for, and
// returns its outcome. It decodes nothing: another platform's payload may have the
// same field names.
//
// The event is retried, so that a newer consumer gets it during a rolling deploy.
// Unlike with Postpone, each retry costs an attempt: an event that no consumer ever
// decodes becomes a dead letter, which an operator sees and can replay, and does not
// circulate for ever.
func (d *Dispatcher) unknownSource(e *workqueue.Delivery) error {
	d.opts.Log.Error().Str("source", e.Source).Str("type", e.Type).Str("event_id", e.ID).Str("request_id", e.RequestID).
		Int("attempt", e.Attempt).Dur("retry_in_ms", unknownSourceDelay).
		Msg("decode an event: this consumer has no platform of its source; configure the platform or deploy a release that has it")
	return workqueue.RetryAfter(unknownSourceDelay, fmt.Errorf("no platform for events of source %q", e.Source))
}
