package workqueue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// HandleOption changes how the events of one type are handled.
type HandleOption func(*handleOptions)

// handleOptions is how the events of one type are handled.
type handleOptions struct {
	concurrency int
	attempts    int
	maxAge      time.Duration
	timeout     time.Duration
	backoff     func(n int) time.Duration
	order       func(*Delivery) string // nil for none
	poison      func(context.Context, *Delivery)
}

func defaultHandling(concurrency int) handleOptions {
	return handleOptions{concurrency: concurrency, attempts: 10, timeout: 5 * time.Minute, backoff: exponential}
}

// Concurrency sets how many events of the type are handled at once, 1 to 100,000;
// the default is ConsumerOptions.Concurrency. No more are taken off the stream
// than there are free workers. With several shards each has its part of them, and
// at least one; shards beyond ConsumerOptions.Shards have one each.
func Concurrency(n int) HandleOption { return func(o *handleOptions) { o.concurrency = n } }

const (
	defaultConcurrency = 64
	maxConcurrency     = 100_000
)

// checkConcurrency returns an error for a concurrency that cannot be.
func checkConcurrency(n int) error {
	if n < 1 || n > maxConcurrency {
		return fmt.Errorf("concurrency %d: want 1 to %d", n, maxConcurrency)
	}
	return nil
}

// MaxAttempts sets how many attempts fail before an event of the type becomes a dead
// letter; the default is 10, which with the default backoff takes between
// 4 and 9 minutes and the time of the attempts.
func MaxAttempts(n int) HandleOption { return func(o *handleOptions) { o.attempts = n } }

// MaxAge sets how old an event of the type may be, by its Time and this machine's
// clock, to be handled; older ones are discarded. An event without a Time is of
// no age. The default, 0, is any age.
func MaxAge(d time.Duration) HandleOption { return func(o *handleOptions) { o.maxAge = d } }

// Timeout sets how long one attempt may take before its context ends with
// context.DeadlineExceeded; the default is 5 minutes. It is checked 28 times within a
// lease. It may be longer than the lease, which is extended while the handler runs.
func Timeout(d time.Duration) HandleOption { return func(o *handleOptions) { o.timeout = d } }

// Backoff sets how long to wait after the n-th failed attempt, counted from 1.
// The default is exponential with jitter, from a second to ten minutes.
func Backoff(f func(n int) time.Duration) HandleOption {
	return func(o *handleOptions) { o.backoff = f }
}

// OnPoison has f called with an event of the type once it has become a dead letter because
// it was delivered five times without an outcome: no handler saw its end. f may be missed if
// the consumer dies at this moment. It must not do what the handler does, which may be why its
// consumers died, and it delays the events of its shard.
func OnPoison(f func(ctx context.Context, d *Delivery)) HandleOption {
	return func(o *handleOptions) { o.poison = f }
}

func (o handleOptions) validate() error {
	errs := []error{checkConcurrency(o.concurrency)}
	if o.attempts < 1 {
		errs = append(errs, fmt.Errorf("%d attempts: want at least one", o.attempts))
	}
	if o.maxAge < 0 {
		errs = append(errs, fmt.Errorf("longest age %v: want none that is negative", o.maxAge))
	}
	if o.timeout <= 0 {
		errs = append(errs, fmt.Errorf("timeout %v: want a positive time", o.timeout))
	}
	if o.backoff == nil {
		errs = append(errs, errors.New("backoff: want a function"))
	}
	return errors.Join(errs...)
}
