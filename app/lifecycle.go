package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/build"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/health"
	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/metrics"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/watchdog"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// beatEvery is the maximum time between two heartbeats. After staleAfter without one
	// the process logs a warning: a failover of Redis may take that long.
	beatEvery  = 5 * time.Second
	staleAfter = 30 * time.Second
)

// processRuntime holds the parts that all processes share: the client of Redis, metrics,
// registration and readiness.
type processRuntime struct {
	rdb     redis.UniversalClient
	metrics *metrics.Set
	member  *presence.Member
	state   *state
	// running ends when the process is to stop.
	running context.Context
	// checks return why a process that has begun its work cannot do it.
	checks []func(context.Context) error
}

// withRuntime runs a process with its connections to Redis, its metrics and, if it is
// configured, the address of its health pages. The process ends with an error when
// its heartbeat has stopped, or when it must not run beside another process of the
// deployment.
func (e env) withRuntime(ctx context.Context, p config.Process, conns int, run func(context.Context, processRuntime) error) error {
	return withRedis(e, conns, func(rdb redis.UniversalClient) error {
		running, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		a := processRuntime{rdb, metrics.New(string(p), e.config.Commit(), build.Read().Version), e.register(rdb, p), &state{}, running, nil}
		a.member.Ready(a.unready)
		maxOutage := time.Duration(e.config.RedisMaxOutage)
		every := min(beatEvery, maxOutage/4, time.Duration(e.config.InstanceTTL)/4)
		// This comes first: a process that must not run does nothing.
		defer func() {
			if err := a.member.Leave(ctx); err != nil {
				e.log.Warn().Err(err).Msg("remove the registration of this process: it stays until it expires")
			}
		}()
		if err := a.joins(ctx, e, every); err != nil {
			return err
		}
		heart := watchdog.New(watchdog.Options{
			Beat: func(ctx context.Context) error {
				err := a.member.Beat(ctx)
				if conflict, ok := errors.AsType[*presence.ConflictError](err); ok {
					stop(conflict)
					return nil
				}
				return errors.Join(err, presence.Heartbeat(ctx, rdb, string(e.config.App), string(p)))
			},
			Every: every, Stale: min(staleAfter, maxOutage/2), Timeout: maxOutage, Log: e.log,
		})
		a.metrics.Redis(rdb.PoolStats, e.connections(conns), heart.Age)

		// The watchers run until the work has ended.
		watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
		defer stopWatching()
		var watchers sync.WaitGroup
		watchers.Go(func() {
			if err := heart.Run(watching); err != nil {
				stop(err)
			}
		})
		if err := a.listen(watching, e, p, &watchers, stop); err != nil {
			stopWatching()
			watchers.Wait()
			return err
		}
		var err error
		if awaitRegistration(running, p, a.member) {
			err = run(running, a)
		}
		stopWatching()
		watchers.Wait()
		if cause := context.Cause(running); ctx.Err() == nil && cause != nil { // a watcher's
			err = errors.Join(cause, err)
		}
		return err
	})
}

// joins registers the process. It returns an error only if the process must not run
// beside another. If Redis is unavailable, the heartbeat retries.
func (a processRuntime) joins(ctx context.Context, e env, timeout time.Duration) error {
	inTime, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := a.member.Beat(inTime)
	if conflict, ok := errors.AsType[*presence.ConflictError](err); ok {
		return conflict
	}
	if err != nil && ctx.Err() == nil {
		e.log.Error().Err(err).Msg("register this process: Redis does not answer; retrying with each heartbeat")
	}
	return nil
}

// listen serves the health pages of a consumer or a bgtasks, if it has an address for
// them. A gateway serves them on its own port.
func (a processRuntime) listen(ctx context.Context, e env, p config.Process, watchers *sync.WaitGroup, failed func(error)) error {
	address, variable := config.Address(""), ""
	switch p {
	case config.Consumer:
		address, variable = e.config.ConsumerListen, "GOPHER_CONSUMER_LISTEN"
	case config.BGTasks:
		address, variable = e.config.BGTasksListen, "GOPHER_BGTASKS_LISTEN"
	}
	if address == "" {
		return nil
	}
	listener, err := listen(ctx, string(address), variable)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for pattern, page := range a.pages(e, true) {
		mux.Handle(pattern, page)
	}
	watchers.Go(func() {
		if err := httpserver.Run(ctx, listener, mux, httpserver.Options{StopTimeout: time.Second}); err != nil {
			failed(err)
		}
	})
	e.log.Info().Stringer("address", listener.Addr()).Msg("serves /healthz, /readyz and /metrics")
	return nil
}

func listen(ctx context.Context, address, variable string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; set %s to a free address", address, err, variable)
	}
	return l, nil
}

// pages returns the health pages of the process, with /metrics or without.
func (a processRuntime) pages(e env, withMetrics bool) map[string]http.Handler {
	opts := health.Options{Ready: a.ready, Tokens: e.config.MetricsToken.Reveal(), Log: e.log}
	if withMetrics {
		opts.Metrics = a.metrics.Handler(e.log)
	}
	return health.Pages(opts)
}

// published adds a publisher's bound, and the counts of all publishers, to the metrics.
func (a processRuntime) published(ctx context.Context, e env, p *workqueue.Publisher, counts func() []workqueue.PublishCounts) {
	a.metrics.Published(counts)
	a.metrics.MaxBacklog(ctx, func(ctx context.Context) int { return p.MaxBacklog(ctx) * int(e.config.QueueShards) })
}

// deployment adds the metrics of the deployment. Each process exports the same values.
func (a processRuntime) deployment(ctx context.Context, e env) error {
	app := string(e.config.App)
	queue, err := workqueue.NewInspector(a.rdb, app)
	if err != nil {
		return err
	}
	a.metrics.Backlog(ctx, queue, e.eventTypes()...)
	controls := control.New(a.rdb, app)
	a.metrics.Paused(ctx, func(ctx context.Context) (metrics.Pauses, error) { return pauses(ctx, controls) })
	a.metrics.Jobs(ctx, func(ctx context.Context) (bgtasks.Status, error) { return bgtasks.ReadStatus(ctx, a.rdb, app) })
	return nil
}

// pauses returns what is paused, for the metrics.
func pauses(ctx context.Context, controls *control.Store) (metrics.Pauses, error) {
	set, err := controls.List(ctx)
	p := metrics.Pauses{Types: slices.Sorted(maps.Keys(control.PausedTypes(set)))}
	for _, c := range set {
		if c.Kind.Pauses() {
			p.List = append(p.List, metrics.Pause{What: string(c.Kind), Name: c.Name, Since: c.At})
		}
	}
	return p, err
}
