package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/callback"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/rungroup"
	"github.com/gobridge/gopherbot/internal/subject"
	"github.com/gobridge/gopherbot/workqueue"
)

// consumerConns is the default number of connections to Redis of a consumer, without
// those on which it waits for events: see gatewayConns.
const consumerConns = 3

// outcomesKept is how many outcomes of deliveries of each type are kept in Redis for
// "gopherbot queue event" and "queue tail": about 0.3 MB, if there are so many.
const outcomesKept = 1000

// waitingConns returns the number of connections on which a consumer waits for events:
// one for each platform, on a Redis Cluster one for each stream.
func waitingConns(c config.Config) int {
	n := 0
	for _, p := range configured(c) {
		if c.RedisMode == config.RedisCluster {
			n += len(event.Types(p.source())) * int(c.QueueShards)
		} else {
			n++
		}
	}
	return n
}

// runConsumer reads events from the queue and passes them to the handlers. Each platform
// has its own streams, registry, dispatcher and queue consumer, which starts when the
// platform has identified the bot: a platform that does not answer, or rejects its token,
// neither stops nor slows another.
func (e env) runConsumer(ctx context.Context) error {
	waiting := waitingConns(e.config)
	if n := int(e.config.RedisConns); n > 0 && n <= waiting {
		return fmt.Errorf("GOPHER_REDIS_CONNECTIONS is %d: a consumer waits for events on %d, and needs at least one more", n, waiting)
	}
	defer ballast(ballastSize)()
	return e.withRuntime(ctx, config.Consumer, consumerConns+waiting, func(ctx context.Context, a processRuntime) error {
		// Each handler makes one call at a time.
		transport := e.transport(int(e.config.ConsumerConcurrency) * len(e.eventTypes()))
		defer transport.CloseIdleConnections()
		queues := &queues{}
		controls := control.NewWatcher(control.New(a.rdb, string(e.config.App)), e.log)
		defer background(ctx, controls.Run)()
		reporter := presence.NewReporter(a.rdb, string(e.config.App), a.member.Name(), e.log)
		callbacks, err := e.callbackQueue(a.rdb)
		if err != nil {
			return err
		}
		a.metrics.Published(callbacks.counts)
		notifier := presence.NewNotifier(a.rdb, string(e.config.App), e.log)
		runner, err := e.callbackRunners(a, transport, controls, notifier)
		if err != nil {
			return err
		}
		var consumers []*platformConsumer
		for _, p := range e.platforms() {
			c, err := e.newPlatformConsumer(p, a, queues, controls, transport)
			if err != nil {
				return err
			}
			if c.callbacks, err = runner(c.connection); err != nil {
				return err
			}
			consumers = append(consumers, c)
		}
		// The platforms' registries have the same handlers, and there is at least one platform.
		o := observers{hooks: reported(e.hooks.Consumer, reporter), handlers: watchHandlers(e, a, consumers[0].registry), unknown: countUnknown(a), sent: countSends(e, a, notifier), notified: callbacks.notified()}
		var all []func(context.Context) error
		for _, c := range consumers {
			c.observers = o
			all = append(all, c.run)
		}
		a.metrics.Handled(queues.counts)
		a.member.Count(func() map[string]int64 { return handled(queues.counts()) })
		defer a.tally(ctx, e, func() []presence.Unanswered { return tooOld(queues.counts()) })()
		defer background(context.WithoutCancel(ctx), notifier.Run)() // with what is handled after ctx has ended
		defer background(ctx, func(ctx context.Context) { reporter.Run(ctx, queues.counts) })()
		return rungroup.Run(ctx, all...)
	})
}

// observers are the reports, metrics and traces that the platforms of a process share.
type observers struct {
	hooks    workqueue.Hooks
	handlers func(ctx context.Context, handler string) (context.Context, func(consumer.HandlerRun))
	unknown  func(consumer.UnknownResult)
	sent     func(consumer.SendReport)
	notified func(context.Context, consumer.Notified) error
}

// platformConsumer handles the events of one platform.
type platformConsumer struct {
	env
	a          processRuntime
	platform   platform
	connection connection
	registry   *handler.Registry
	callbacks  *callback.Runner
	observers  observers
	queues     *queues
	controls   *control.Watcher
}

func (e env) newPlatformConsumer(p platform, a processRuntime, q *queues, controls *control.Watcher, transport http.RoundTripper) (*platformConsumer, error) {
	connection, err := p.connect(e, a, transport)
	if err != nil {
		return nil, err
	}
	registry, err := e.content.Registry(e.services(connection.channels, connection.files, transport))
	if err != nil {
		return nil, err
	}
	return &platformConsumer{env: e, a: a, platform: p, connection: connection, registry: registry, queues: q, controls: controls}, nil
}

// run waits until the platform has identified the bot, and then handles its events
// until ctx ends.
func (c *platformConsumer) run(ctx context.Context) error {
	who, ok := identify(ctx, c.a, c.log, c.platform.source(), c.connection.identify)
	if !ok || !c.controls.Loaded(ctx) {
		return nil
	}
	app := string(c.config.App)
	queue, err := workqueue.NewConsumer(c.a.rdb, workqueue.ConsumerOptions{
		App:         app,
		Name:        c.config.Instance(),
		Shards:      int(c.config.QueueShards),
		Concurrency: int(c.config.ConsumerConcurrency),
		Outcomes:    outcomesKept,
		Paused:      c.controls.TypePaused,
		Hooks:       c.observers.hooks,
		Wrap:        wrapHandlers(c.tracer),
		Log:         c.log,
	})
	if err != nil {
		return err
	}
	dispatcher, err := consumer.NewDispatcher(consumer.Options{
		Platforms:     map[string]consumer.Platform{c.platform.source(): who.platform},
		Directories:   map[string]consumer.ChannelDirectory{c.platform.source(): c.connection.directory},
		Registry:      c.registry,
		Deduper:       cooldown.New(c.a.rdb, app),
		Answers:       await.NewAnswers(c.a.rdb, app),
		Roles:         roles(c.config.Roles),
		Controls:      c.controls,
		Cooldown:      time.Duration(c.config.Cooldown),
		Shadow:        !c.config.Production(),
		Watch:         c.observers.handlers,
		Unknown:       c.observers.unknown,
		Receipts:      receipt.New(c.a.rdb, app),
		Subjects:      subject.New(c.a.rdb, app),
		Contents:      contents{blob.New(c.a.rdb, app, blob.Options{})},
		Sent:          c.observers.sent,
		Notified:      c.observers.notified,
		ActionTimeout: c.timeouts.Action,
		Settle:        c.timeouts.Settle,
		Pace:          c.timeouts.Pace,
		Log:           c.log,
	})
	if err != nil {
		return err
	}
	dispatcher.Register(queue)
	c.callbacks.Register(queue, c.platform.source())
	c.queues.add(queue) // now that all handlers are registered
	c.a.setReady(c.env)
	c.log.Info().Str("platform", c.platform.source()).Str("bot_user", who.bot).Bool("shadow_mode", !c.config.Production()).Msg("consumer takes events")
	return queue.Run(ctx)
}

// contents are the texts and files of messages, in the store that gateways put them in.
type contents struct{ *blob.Store }

// Get implements consumer.Contents.
func (c contents) Get(ctx context.Context, of event.Blob) ([]byte, error) {
	content, err := c.Store.Get(ctx, of)
	if errors.Is(err, blob.ErrLost) {
		err = fmt.Errorf("%w: %w", consumer.ErrContentLost, err)
	}
	return content, err
}

// roles returns the function with which the dispatcher looks up a person's roles.
func roles(assigned config.Roles) func(source, user string) []handler.Role {
	return func(source, user string) []handler.Role {
		var list []handler.Role
		for _, name := range assigned.Of(source, user) {
			list = append(list, handler.Role(name))
		}
		return list
	}
}

// identifyPause is the time between two attempts at a platform that rejects the bot's
// token. If the cause is fixed on the platform's side, the process needs no restart. So a
// process whose only platform rejects the token keeps running, but is not ready: a restart
// loop would not help, and would make the log harder to read.
const identifyPause = 30 * time.Second

// identify calls ask until the platform says who we are there. It returns false if ctx
// ends before.
func identify[T any](ctx context.Context, a processRuntime, log zerolog.Logger, platform string, ask func(context.Context) (T, error)) (T, bool) {
	for {
		who, err := ask(ctx)
		switch {
		case ctx.Err() != nil:
			return *new(T), false
		case err == nil:
			return who, true
		}
		a.state.refused.Store(&err)
		log.Error().Err(err).Str("platform", platform).Dur("pause_ms", identifyPause).
			Msg("identify the bot: the platform refuses it, and its events wait; fix its settings and restart, or fix it on the platform's side")
		if !pause.For(ctx, identifyPause) {
			return *new(T), false
		}
	}
}

// queues are the queue consumers of a process that have started.
type queues struct {
	mu   sync.Mutex
	list []*workqueue.Consumer
}

func (q *queues) add(c *workqueue.Consumer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, c)
}

// counts returns the counts of all. Their types of events differ.
func (q *queues) counts() []workqueue.HandleCounts {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []workqueue.HandleCounts
	for _, c := range q.list {
		list = append(list, c.Counts()...)
	}
	return list
}
