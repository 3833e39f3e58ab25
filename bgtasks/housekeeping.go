package bgtasks

import (
	"context"
	"errors"
	"time"
)

// Queue is what of the queue housekeeping needs.
type Queue interface {
	// TrimDead removes the dead letters of a type that are older than age.
	TrimDead(ctx context.Context, eventType string, age time.Duration) (n int64, err error)
	// RemoveIdleConsumers removes the names of consumers of a type that nothing was heard of
	// for idle.
	RemoveIdleConsumers(ctx context.Context, eventType string, idle time.Duration) (names []string, err error)
}

// consumersKept is how long a consumer may be silent before its name is removed.
// One that lives and had nothing to do is back with the next event that it takes.
const consumersKept = time.Hour

// Housekeeping returns the job that does for the queue what does not need a
// consumer: dead letters are removed at a certain age, even of types to which
// none is added any more, and so are the names of consumers that died.
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
