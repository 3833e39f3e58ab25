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
	// Name says in Redis's own listings which process this is, such as
	// "consumer.1". It need not be unique: a random part is added, so that an
	// old process and its successor are never taken for one. Required.
	Name string
	// Shards is over how many streams its publishers spread the events of each
	// type, 1 to MaxShards; the default is 1. Shards beyond it, from when there
	// were more, or of a publisher that knows of more, are taken from as well: it
	// looks for them once a lease.
	Shards int
	// Concurrency is how many events of each type are handled at once, 1 to 100,000;
	// the default is 64. Handlers as a rule wait for an API: with one that takes 150
	// ms, 64 workers handle up to 420 events a second. One that waits for an HTTP
	// answer takes some 65 KiB of memory. It has no connection to Redis of its own:
	// what it wants of Redis takes turns on those of the pool.
	Concurrency int
	// Lease is how long, at most, it takes until the work of a consumer that
	// died is taken over. It is extended while a handler runs. The default is
	// DefaultLease; at least 100 ms.
	Lease time.Duration
	// StopTimeout is how long Run lets handlers go on after its ctx has ended
	// before it cancels them. The default is 25 seconds, five less than Heroku
	// gives a dyno.
	StopTimeout time.Duration
	// DeadLetterMaxBytes is how many bytes of dead letters each shard keeps; with
	// more, the oldest are dropped, counted and logged. The default is 64 MiB; at
	// least 64 KiB. All shards of a type together keep at most a sixteenth of Redis's
	// maxmemory, if that is set, but at least 1 MiB each.
	DeadLetterMaxBytes int64
	// Hooks are told what happens. They run on the path of the event: they must be
	// quick, and must not panic.
	Hooks Hooks
	// Wrap, when set, is given what handles a delivery, once for each stream, and
	// returns what is to be called in its place, such as to measure or trace it.
	// What it is given returns a Discard for an event that is too old, and a
	// handler's panic as an error.
	Wrap func(HandlerFunc) HandlerFunc
	// Log gets what an operator should know. The zero value is silent.
	Log zerolog.Logger
}

// Hooks observe a consumer. Each may be nil.
type Hooks struct {
	// OnStart is called before the handler.
	OnStart func(*Delivery)
	// OnFinish is called after the handler, with its outcome.
	OnFinish func(d *Delivery, outcome error)
}

// Consumer takes events off their streams and gives them to handlers.
type Consumer struct {
	rdb   redis.UniversalClient
	opts  ConsumerOptions
	name  string
	now   func() time.Time // the clock of this machine
	types []handled
	err   error // the mistakes made with Handle
	// suspected is set while this consumer has an entry of which others may have
	// died. It takes no second one meanwhile, of no type.
	suspected atomic.Bool
	refusal   refusal
}

// handled is a type of events and how they are handled.
type handled struct {
	eventType string
	handle    HandlerFunc
	opts      handleOptions
	counters  *handleCounters
}

// NewConsumer returns a Consumer on rdb, which stays the caller's to close. Its
// pool needs a connection on which to wait for events, another if there are more
// shards than it was told of, on a Redis Cluster one for each shard of each type;
// and a few more for the rest.
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
	if o.StopTimeout < 0 {
		errs = append(errs, fmt.Errorf("stop timeout %v: want none that is negative", o.StopTimeout))
	}
	return errors.Join(errs...)
}

// Handle makes h the handler of a type's events. It must be called before Run,
// which reports a bad type, a type handled twice, no handler and a bad option.
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
