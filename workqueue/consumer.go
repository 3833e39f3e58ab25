package workqueue

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

//go:embed retire.lua
var retireSource string

var retireScript = redis.NewScript(retireSource)

// ConsumerOptions configures a Consumer.
type ConsumerOptions struct {
	// App is the deployment's name, the same as its publishers'. Required.
	App string
	// Name says in Redis's own listings which process this is, such as
	// "consumer.1". It need not be unique: a random part is added, so that an
	// old process and its successor are never taken for one. Required.
	Name string
	// Lease is how long, at most, it takes until the work of a consumer that
	// died is taken over. A handler gets 7/10 of it for one delivery. The
	// default is 10 seconds; at least 100 ms.
	Lease time.Duration
	// StopTimeout is how long Run lets handlers go on after its ctx has ended
	// before it cancels them. The default is 25 seconds, five less than Heroku
	// gives a dyno.
	StopTimeout time.Duration
	// Hooks are told what happens. They run on the path of the event: be quick.
	Hooks Hooks
	// Log gets what an operator should know. The zero value is silent.
	Log zerolog.Logger
}

// Hooks observe a consumer. Each may be nil.
type Hooks struct {
	// Taken is called before the handler.
	Taken func(*Delivery)
	// Done is called after the handler, with its outcome.
	Done func(d *Delivery, outcome error)
}

// Consumer takes events off their streams and gives them to handlers.
type Consumer struct {
	rdb     redis.UniversalClient
	keys    keys
	opts    ConsumerOptions
	name    string
	readers []*reader
	err     error // the first mistake made with Handle
}

// NewConsumer returns a Consumer on rdb, which stays the caller's to close. Its
// pool needs a connection for each Handle, which waits for events on it, and a
// few more for the rest.
func NewConsumer(rdb redis.UniversalClient, opts ConsumerOptions) (*Consumer, error) {
	if opts.Lease == 0 {
		opts.Lease = 10 * time.Second
	}
	if opts.StopTimeout == 0 {
		opts.StopTimeout = 25 * time.Second
	}
	if err := errors.Join(checkApp(opts.App), opts.validate()); err != nil {
		return nil, fmt.Errorf("consumer options: %w", err)
	}
	return &Consumer{
		rdb:  rdb,
		keys: keys{opts.App},
		opts: opts,
		name: opts.Name + "-" + strings.ToLower(rand.Text()[:8]),
	}, nil
}

func (o ConsumerOptions) validate() error {
	var errs []error
	if o.Name == "" {
		errs = append(errs, errors.New("name: want the name of this process"))
	}
	if o.Lease < 100*time.Millisecond {
		errs = append(errs, fmt.Errorf("lease %v: want at least 100ms", o.Lease))
	}
	if o.StopTimeout < 0 {
		errs = append(errs, fmt.Errorf("stop timeout %v: want none that is negative", o.StopTimeout))
	}
	return errors.Join(errs...)
}

// HandleOption changes how the events of one type are handled.
type HandleOption func(*reader)

// Workers sets how many events of the type are handled at once; the default is
// 10. No more are taken off the stream than there are free workers.
func Workers(n int) HandleOption {
	return func(r *reader) { r.slots = make(chan struct{}, max(n, 0)) }
}

// Handle makes h the handler of a type's events. It must be called before Run,
// which reports a bad type, a type handled twice and a bad option.
func (c *Consumer) Handle(eventType string, h HandlerFunc, options ...HandleOption) {
	r := &reader{
		consumer:  c,
		eventType: eventType,
		stream:    c.keys.stream(eventType),
		handle:    h,
		slots:     make(chan struct{}, 10),
		claimFrom: claimStart,
	}
	for _, option := range options {
		option(r)
	}
	c.err = errors.Join(c.err, c.check(r))
	c.readers = append(c.readers, r)
}

func (c *Consumer) check(r *reader) error {
	if err := checkType(r.eventType); err != nil {
		return err
	}
	if cap(r.slots) == 0 {
		return fmt.Errorf("event type %q: want at least one worker", r.eventType)
	}
	for _, other := range c.readers {
		if other.eventType == r.eventType {
			return fmt.Errorf("event type %q is handled twice", r.eventType)
		}
	}
	return nil
}

// Run takes events and handles them until ctx ends. Then it takes no more,
// lets the running handlers finish, cancels those that take longer than
// StopTimeout, and returns. What a cancelled handler left undone is taken over
// by another consumer when its lease ends.
func (c *Consumer) Run(ctx context.Context) error {
	if c.err != nil {
		return c.err
	}
	if len(c.readers) == 0 {
		return errors.New("a consumer needs at least one handler")
	}

	// Handlers outlive ctx, but not Run.
	handling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()

	var readers, handlers sync.WaitGroup
	for _, r := range c.readers {
		readers.Go(func() { r.run(ctx, handling, &handlers) })
	}
	readers.Wait()

	err := c.stop(&handlers, cancel)
	c.retire(handling)
	return err
}

// grace is how long cancelled handlers get to notice it.
const grace = 2 * time.Second

// stop waits for the handlers, cancels them after StopTimeout, and gives up on
// those that do not return even then.
func (c *Consumer) stop(handlers *sync.WaitGroup, cancel func()) error {
	done := make(chan struct{})
	go func() {
		handlers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(c.opts.StopTimeout):
	}
	cancel()
	select {
	case <-done:
		return nil
	case <-time.After(grace):
		return fmt.Errorf("handlers are still running %v after they were cancelled", grace)
	}
}

// retire removes this consumer's name from the groups in which nothing is
// pending under it, so that names do not pile up with every deploy.
func (c *Consumer) retire(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	for _, r := range c.readers {
		err := retireScript.Run(ctx, c.rdb, []string{r.stream}, group, c.name).Err()
		if err != nil {
			c.opts.Log.Warn().Err(err).Str("type", r.eventType).Str("consumer", c.name).
				Msg("could not remove this consumer's name")
		}
	}
}
