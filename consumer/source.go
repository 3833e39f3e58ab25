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

// platform returns the platform of an event, or the outcome of an event that has
// none.
func (d *Dispatcher) platform(e *workqueue.Delivery) (Platform, error) {
	if p, ok := d.opts.Platforms[e.Source]; ok {
		return p, nil
	}
	return nil, d.unknownSource(e)
}

// unknownSource logs an event that no platform of this consumer decodes, and
// returns its outcome. Nothing is decoded: another platform's payload may have the
// field names of one that this consumer knows.
//
// The event is retried, so that a newer consumer gets it during a rolling deploy.
// Each retry costs an attempt, other than with Postpone: an event that no consumer
// ever decodes then becomes a dead letter, which an operator sees and can replay,
// and does not circulate for ever.
func (d *Dispatcher) unknownSource(e *workqueue.Delivery) error {
	d.opts.Log.Error().Str("source", e.Source).Str("type", e.Type).Str("event_id", e.ID).Str("request_id", e.RequestID).
		Int("attempt", e.Attempt).Dur("retry_in_ms", unknownSourceDelay).
		Msg("decode an event: this consumer has no platform of its source; configure the platform or deploy a release that has it")
	return workqueue.RetryAfter(unknownSourceDelay, fmt.Errorf("no platform for events of source %q", e.Source))
}
