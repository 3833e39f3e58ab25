package workqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// PublisherOptions configures a Publisher.
type PublisherOptions struct {
	// App is the deployment's name, with which every key begins. Required.
	App string
	// Window is how long a key is remembered, at least a millisecond. The
	// default is 2 hours: Slack repeats nothing later than that, unless the
	// app has Delayed Events on, which wants 26.
	Window time.Duration
	// MaxBacklog is how many events a stream may hold, waiting and being
	// handled together, before Publish returns ErrFull. The default is 2,500:
	// with entries of about 2 kB, four full streams fit into the 25 MB of the
	// smallest Heroku plan.
	MaxBacklog int
}

// Publisher puts events on their streams. It is safe for concurrent use.
type Publisher struct {
	rdb   redis.UniversalClient
	keys  keys
	opts  PublisherOptions
	batch batcher[*publishing]
}

// publishing is a call of Publish.
type publishing struct {
	keys  []string
	args  []any
	reply string
}

// NewPublisher returns a Publisher on rdb, which stays the caller's to close.
func NewPublisher(rdb redis.UniversalClient, opts PublisherOptions) (*Publisher, error) {
	if opts.Window == 0 {
		opts.Window = 2 * time.Hour
	}
	if opts.MaxBacklog == 0 {
		opts.MaxBacklog = 2500
	}
	if err := errors.Join(checkApp(opts.App), opts.validate()); err != nil {
		return nil, fmt.Errorf("publisher options: %w", err)
	}
	p := &Publisher{rdb: rdb, keys: keys{opts.App}, opts: opts}
	p.batch.call = p.send
	return p, nil
}

func (o PublisherOptions) validate() error {
	var errs []error
	if o.Window < time.Millisecond {
		errs = append(errs, fmt.Errorf("window %v: want at least 1ms", o.Window))
	}
	if o.MaxBacklog < 1 {
		errs = append(errs, fmt.Errorf("max backlog %d: want at least 1", o.MaxBacklog))
	}
	return errors.Join(errs...)
}

// Publish queues e, unless an event of its type and key was queued within the
// window. When it returns without an error, e is in Redis, by this call or by
// an earlier one. It returns ErrFull when the stream is at its bound; after
// any other error e may or may not be queued, and publishing it again is safe
// when it has a key.
func (p *Publisher) Publish(ctx context.Context, e Event) (Result, error) {
	if err := checkType(e.Type); err != nil {
		return 0, err
	}
	var window int64
	if e.Key != "" {
		window = p.opts.Window.Milliseconds()
	}
	call := &publishing{
		keys: []string{p.keys.stream(e.Type), p.keys.delayed(e.Type), p.keys.seen(e.Type, e.Key)},
		args: []any{window, p.opts.MaxBacklog, entry{Event: e}.encode()},
	}
	if err := p.batch.do(ctx, call); err != nil {
		return 0, fmt.Errorf("publish %s event %s: %w", e.Type, e.ID, err)
	}
	switch call.reply {
	case "full":
		return 0, fmt.Errorf("publish %s event %s: %w", e.Type, e.ID, ErrFull)
	case "duplicate":
		return Duplicate, nil
	default:
		return Queued, nil
	}
}

// publishPatience bounds one round trip. A call of Publish may end before, with
// its context.
const publishPatience = 5 * time.Second

// send makes one round trip of what several calls want to publish.
func (p *Publisher) send(ctx context.Context, batch []*publishing) []error {
	ctx, cancel := context.WithTimeout(ctx, publishPatience)
	defer cancel()
	replies := make([]*redis.Cmd, len(batch))
	_, _ = p.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error { // each reply has its own error
		for i, call := range batch {
			replies[i] = publishScript.EvalSha(ctx, pipe, call.keys, call.args...)
		}
		return nil
	})
	errs := make([]error, len(batch))
	for i, call := range batch {
		reply := replies[i]
		if redis.HasErrorPrefix(reply.Err(), "NOSCRIPT") { // Redis is new, or was restarted
			reply = publishScript.Eval(ctx, p.rdb, call.keys, call.args...)
		}
		call.reply, errs[i] = reply.Text()
	}
	return errs
}
