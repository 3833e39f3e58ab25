package bgtasks

import (
	"context"
	"errors"
	"time"
)

// Queue is the part of workqueue.Inspector that housekeeping needs.
type Queue interface {
	// TrimDead removes the dead letters of a type that are older than age.
	TrimDead(ctx context.Context, eventType string, age time.Duration) (n int64, err error)
	// RemoveIdleConsumers removes the consumers of a type that Redis has not heard
	// from for idle, and returns their names.
	RemoveIdleConsumers(ctx context.Context, eventType string, idle time.Duration) (names []string, err error)
}

// consumersKept is how long a consumer may be silent before its name is removed. A
// live consumer that had no events is registered again with its next event.
const consumersKept = time.Hour

// Housekeeping returns the job that removes old dead letters, even of types to which
// none is added any more, and the names of dead consumers. Neither needs a consumer.
func Housekeeping(q Queue, every, deadKept time.Duration, eventTypes ...string) Job {
	return Job{
		Name:    "housekeeping",
		Every:   every,
		Jitter:  every / 10,
		Timeout: time.Minute,
		Run: func(ctx context.Context, _ State) error {
			var errs []error
			for _, eventType := range eventTypes {
				_, err := q.TrimDead(ctx, eventType, deadKept)
				_, err2 := q.RemoveIdleConsumers(ctx, eventType, consumersKept)
				errs = append(errs, err, err2)
			}
			return errors.Join(errs...)
		},
	}
}
