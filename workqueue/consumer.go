package workqueue

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// DefaultLease is ConsumerOptions.Lease unless it is set.
const DefaultLease = 10 * time.Second

// ConsumerOptions configures a Consumer.
type ConsumerOptions struct {
	// App is the deployment's name, the same as its publishers'. Required.
	App string
	// Name names this process in Redis's own listings, such as "consumer.1". It need
	// not be unique: a random part is added, which tells an old process from its
	// successor. Required.
	Name string
	// Shards is over how many streams the publishers spread the events of each type,
	// 1 to MaxShards. Defaults to 1. The consumer also reads the shards beyond it that
	// exist in Redis, and looks for new ones once a lease.
	Shards int
	// Concurrency is how many events of each type are handled at once, 1 to 100,000.
	// Defaults to 64. Handlers usually wait for an API: with one that takes 150 ms, 64
	// workers handle up to 420 events a second. A handler that waits for an HTTP
	// response takes about 65 KiB of memory. Workers have no connections to Redis of
	// their own: they share the pool's.
	Concurrency int
	// Lease is how long it takes at most until another consumer reclaims the events of
	// one that died. It is extended while a handler runs. Defaults to DefaultLease; at
	// least 100 ms.
	Lease time.Duration
	// StopTimeout is how long Run waits for running handlers after its ctx has ended.
	// Then it cancels them. Defaults to 25 s, five less than Heroku gives a dyno.
	StopTimeout time.Duration
	// DeadLetterMaxBytes is how many bytes of dead letters each shard keeps. When there
	// are more, the oldest are dropped, counted and logged. Defaults to 64 MiB; at least
	// 64 KiB. All shards of a type together keep at most a sixteenth of Redis's
	// maxmemory, if that is set, but at least 1 MiB each.
	DeadLetterMaxBytes int64
	// Outcomes is how many outcomes of deliveries are kept in Redis for Inspector.Outcomes,
	// of each type, up to 100,000. Its shards divide them, and have at least 100 each. An
	// outcome takes about 300 bytes and is written with the acknowledgement. They expire 24 h
	// after the last. Defaults to 0, none.
	Outcomes int
	// Paused, when set, reports whether the consumer is to receive no events of a type for
	// now: they wait on the stream, and no attempt is used up. It is called before each
	// read, so it must be quick; a read that waits already ends within a second. Deliveries
	// that were received before go on.
	Paused func(eventType string) bool
	// Hooks observe each delivery. They run on the path of the event: they must be
	// quick, and must not panic.
	Hooks Hooks
	// Wrap, when set, wraps the function that handles a delivery, such as to measure or
	// trace it. It is called once for each stream. The function that it gets returns a
	// Discard for an event that is too old, and a handler's panic as an error.
	Wrap func(HandlerFunc) HandlerFunc
	// Log receives failures that last, dead letters and lost leases. The zero value is
	// silent.
	Log zerolog.Logger
}

// Hooks observe a consumer. Each may be nil.
type Hooks struct {
	// OnStart is called before the handler.
	OnStart func(*Delivery)
	// OnFinish is called after the handler, with its outcome.
	OnFinish func(d *Delivery, outcome error)
}

// Consumer reads events from their streams and passes them to handlers.
type Consumer struct {
	rdb   redis.UniversalClient
	opts  ConsumerOptions
	name  string
	now   func() time.Time // the clock of this machine
	types []handled
	err   error // of calls of Handle
	// suspected is set while this consumer handles an entry that may have killed other
	// consumers. It claims no second one meanwhile, of any type.
	suspected atomic.Bool
	refusal   refusal
}

// handled is an event type with its handler and options.
type handled struct {
	eventType string
	handle    HandlerFunc
	opts      handleOptions
	counters  *handleCounters
}

// NewConsumer returns a Consumer on rdb, which the caller closes. The pool of rdb needs
// one connection that waits for events, and a second if Redis has shards that are not
// configured; on a Redis Cluster one for each shard of each type. All other commands
// share a few more.
func NewConsumer(rdb redis.UniversalClient, opts ConsumerOptions) (*Consumer, error) {
	if opts.Lease == 0 {
		opts.Lease = DefaultLease
	}
	if opts.Shards == 0 {
		opts.Shards = 1
	}
	if opts.DeadLetterMaxBytes == 0 {
		opts.DeadLetterMaxBytes = defaultDeadLetterMaxBytes
	}
	if opts.Concurrency == 0 {
		opts.Concurrency = defaultConcurrency
	}
	if opts.StopTimeout == 0 {
		opts.StopTimeout = 25 * time.Second
	}
	if err := errors.Join(checkQueue(rdb, opts.App), opts.validate()); err != nil {
		return nil, fmt.Errorf("consumer options: %w", err)
	}
	return &Consumer{
		rdb:  rdb,
		opts: opts,
		now:  time.Now,
		name: opts.Name + "-" + strings.ToLower(rand.Text()[:8]),

		refusal: refusal{log: opts.Log},
	}, nil
}

// Name returns the consumer's name in Redis: ConsumerOptions.Name, and a random
// part.
func (c *Consumer) Name() string { return c.name }

func (o ConsumerOptions) validate() error {
	errs := []error{checkShards(o.Shards), checkConcurrency(o.Concurrency)}
	if o.Name == "" {
		errs = append(errs, errors.New("name: want the name of this process"))
	}
	if o.Lease < 100*time.Millisecond {
		errs = append(errs, fmt.Errorf("lease %v: want at least 100ms", o.Lease))
	}
	if o.DeadLetterMaxBytes < minDeadLetterMaxBytes {
		errs = append(errs, fmt.Errorf("%d bytes of dead letters: want at least %d", o.DeadLetterMaxBytes, minDeadLetterMaxBytes))
	}
	if o.Outcomes < 0 || o.Outcomes > maxOutcomes {
		errs = append(errs, fmt.Errorf("%d outcomes: want 0 to %d", o.Outcomes, maxOutcomes))
	}
	if o.StopTimeout < 0 {
		errs = append(errs, fmt.Errorf("stop timeout %v: want 0 or more", o.StopTimeout))
	}
	return errors.Join(errs...)
}

// Handle registers h for the events of a type. It must be called before Run, which
// returns an error for an invalid type or option, a nil handler, and a type that is
// registered twice.
func (c *Consumer) Handle(eventType string, h HandlerFunc, options ...HandleOption) {
	opts := defaultHandling(c.opts.Concurrency)
	for _, option := range options {
		option(&opts)
	}
	c.err = errors.Join(c.err, c.check(eventType, h, opts))
	c.types = append(c.types, handled{eventType, h, opts, &handleCounters{}})
}

func (c *Consumer) check(eventType string, h HandlerFunc, opts handleOptions) error {
	if err := checkType(eventType); err != nil {
		return err
	}
	if err := opts.validate(); err != nil {
		return fmt.Errorf("event type %q: %w", eventType, err)
	}
	if h == nil {
		return fmt.Errorf("event type %q: want a handler", eventType)
	}
	for _, other := range c.types {
		if other.eventType == eventType {
			return fmt.Errorf("event type %q is handled twice", eventType)
		}
	}
	return nil
}
