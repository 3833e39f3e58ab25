// Package app wires the packages together: it builds each of the bot's
// processes from its configuration and runs it. It is the one place that knows
// which parts a process has; what the parts do is their own business.
package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/gophers"
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/gateway"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/cooldown"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/playground"
	"github.com/gobridge/gopherbot/internal/redisx"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/internal/vitals"
	"github.com/gobridge/gopherbot/workqueue"
)

// How many connections to Redis each process may have, unless it is configured.
// One gateway, two consumers and one bgtasks stay within the 20 of the smallest
// Heroku plan, and so do one of each while a deploy has old and new side by side.
// On a Redis Cluster it is so many to each node. A consumer waits for events on
// one connection more, or on a Redis Cluster on one for each stream.
const (
	gatewayConns  = 3
	consumerConns = 3
	bgtasksConns  = 2
)

// linger is how long a gateway that stops goes on accepting requests.
const linger = 2 * time.Second

// waitingConns returns on how many connections a consumer waits for events.
func waitingConns(c config.Config) int {
	if c.RedisMode == config.RedisCluster {
		return len(event.Types(event.Slack)) * int(c.QueueShards)
	}
	return 1
}

// Env is what a process is run with.
type Env struct {
	Config config.Config
	Log    zerolog.Logger
	// Listener, when set, is where the gateway serves, instead of the port that
	// its configuration names.
	Listener net.Listener
	// Hooks watch a process from inside.
	Hooks Hooks
	// Tracer makes traces of what the process does; nil makes none.
	Tracer *tracing.Tracer
	// Timeouts are for tests, which have no time. The zero value is the defaults.
	Timeouts Timeouts
}

// Timeouts are how long the parts of an answer may take; 0 is a part's default.
// HTTP < Action < the lease of an event, so that each hears how the one within it
// ended, and an action whose consumer dies is not taken over while its call may
// still be on its way.
type Timeouts struct {
	HTTP   time.Duration // slackapi.DefaultTimeout
	Action time.Duration // consumer.DefaultActionTimeout
	Settle time.Duration // consumer.DefaultSettle
}

// Hooks watch a process from inside. The zero value does not.
type Hooks struct {
	// Serving is called once the process is at work.
	Serving  func()
	Answered func(gatewayslack.Result)
	Consumer workqueue.Hooks
}

func (h Hooks) serving() {
	if h.Serving != nil {
		h.Serving()
	}
}

// Func runs a process until ctx ends.
type Func func(ctx context.Context, e Env) error

// Gateway takes Slack's events and puts them on the queue.
func Gateway(ctx context.Context, e Env) error {
	return e.withRuntime(ctx, config.Gateway, gatewayConns, func(ctx context.Context, a processRuntime) error {
		publisher, err := workqueue.NewPublisher(a.rdb, workqueue.PublisherOptions{
			App: string(e.Config.App), Shards: int(e.Config.QueueShards), MaxBacklog: int(e.Config.QueueMaxBacklog), Log: e.Log,
		})
		if err != nil {
			return err
		}
		refused := newRefusals()
		a.published(ctx, e, publisher)
		a.metrics.Refused(refused.byType)
		a.member.Count(func() map[string]int64 { return published(publisher.Counts()) })
		events, err := gatewayslack.New(gatewayslack.Options{
			AppID:          string(e.Config.SlackAppID),
			TeamID:         string(e.Config.SlackTeamID),
			SigningSecrets: e.Config.SlackRequestSecret.Reveal(),
			Publisher:      e.Tracer.Publisher(publisher),
			Log:            e.Log,
			Watch:          watchRequests(e, a, refused),
		})
		if err != nil {
			return err
		}
		if err := a.deployment(ctx, e); err != nil {
			return err
		}
		server := gateway.New(e.Log)
		server.Handle("POST /slack/event", events)
		server.Handle("POST /slack/events", events)
		// The gateway is on the internet: without a token it tells no figures.
		for pattern, page := range a.pages(e, len(e.Config.MetricsToken.Reveal()) > 0) {
			server.Handle(pattern, page)
		}
		stopOps, err := serveOps(ctx, e, a.rdb, server)
		if err != nil {
			return err
		}
		defer stopOps()
		defer a.tally(ctx, e, refused.unanswered)()

		listener := e.Listener
		if listener == nil {
			if listener, err = listen(ctx, fmt.Sprintf(":%d", e.Config.Port), "PORT"); err != nil {
				return err
			}
		}
		if err := a.rdb.Ping(ctx).Err(); err != nil {
			e.Log.Error().Err(err).Msg("Redis cannot be used; events are refused until it can")
		}
		publisher.MaxBacklog(ctx) // so that it is known, and logged, before a burst comes
		a.setReady(e)
		e.Log.Info().Stringer("address", listener.Addr()).Msg("gateway serves")
		return httpserver.Run(ctx, listener, server, httpserver.Options{Linger: linger})
	})
}

// Consumer takes events off the queue and gives them to the handlers.
func Consumer(ctx context.Context, e Env) error {
	waiting := waitingConns(e.Config)
	if n := int(e.Config.RedisConns); n > 0 && n <= waiting {
		return fmt.Errorf("GOPHER_REDIS_CONNECTIONS is %d: a consumer waits for events on %d, and needs at least one more", n, waiting)
	}
	return e.withRuntime(ctx, config.Consumer, consumerConns+waiting, func(ctx context.Context, a processRuntime) error {
		app := string(e.Config.App)
		directory := channeldir.NewDirectory(a.rdb, app, event.Workspace{Source: event.Slack, ID: string(e.Config.SlackTeamID)})
		reporter := vitals.NewReporter(a.rdb, app, e.Log)
		queue, err := workqueue.NewConsumer(a.rdb, workqueue.ConsumerOptions{
			App:         app,
			Name:        e.Config.Instance(),
			Shards:      int(e.Config.QueueShards),
			Concurrency: int(e.Config.ConsumerConcurrency),
			Hooks:       reported(e.Hooks.Consumer, reporter),
			Wrap:        wrapHandlers(e.Tracer),
			Log:         e.Log,
		})
		if err != nil {
			return err
		}
		// Each handler makes one call at a time.
		transport := newTransport(int(e.Config.ConsumerConcurrency) * len(event.Types(event.Slack)))
		defer transport.CloseIdleConnections()
		token, apiURL := e.Config.SlackBotAccessToken.Reveal(), string(e.Config.SlackAPIURL)
		watched := consumerslack.Transport(watchSlack(e, a, transport))
		api := slackapi.NewWithTimeout(token, apiURL, watched, e.Timeouts.HTTP)
		files, err := consumerslack.NewFiles(api, apiURL, token, transport)
		if err != nil {
			return err
		}
		registry, err := gophers.Registry(gophers.Deps{
			Channels: directory,
			Playground: gophers.Playground{
				Sharer: playground.New(string(e.Config.PlaygroundURL), string(e.Config.PlaygroundLinkURL), transport, e.Log),
				Files:  files, Channels: directory, Except: e.Config.PlaygroundExcludeChannels,
				OnlyAddressed: !e.Config.Production(),
			},
		})
		if err != nil {
			return err
		}
		bot, err := consumerslack.Identify(ctx, api, string(e.Config.SlackTeamID), e.Log)
		if err != nil {
			return orStopped(ctx, err)
		}
		slack := consumerslack.New(consumerslack.Options{
			API: api, Conversations: slackapi.NewReader(token, apiURL, watched), Channels: directory, Bot: bot,
		})
		dispatcher, err := consumer.NewDispatcher(consumer.Options{
			Platforms:   map[string]consumer.Platform{event.Slack: slack},
			Directories: map[string]consumer.ChannelDirectory{event.Slack: directory},
			Registry:    registry,
			Deduper:     cooldown.New(a.rdb, app),
			Cooldown:    time.Duration(e.Config.Cooldown),
			Shadow:      !e.Config.Production(),
			Watch:       watchHandlers(e, a, registry),
			Unknown:     countUnknown(a),

			ActionTimeout: e.Timeouts.Action,
			Settle:        e.Timeouts.Settle,
			Log:           e.Log,
		})
		if err != nil {
			return err
		}
		dispatcher.Register(queue)
		// Counts may be read at any time from now on: all handlers are registered.
		a.metrics.Handled(queue.Counts)
		a.member.Count(func() map[string]int64 { return handled(queue.Counts()) })
		a.setReady(e)
		e.Log.Info().Str("bot_user", bot.UserID).Bool("shadow_mode", !e.Config.Production()).Msg("consumer takes events")
		defer a.tally(ctx, e, tooOld(queue))()
		defer background(ctx, func(ctx context.Context) { reporter.Run(ctx, queue.Name(), queue.Counts) })()
		return queue.Run(ctx)
	})
}

// withRedis lends a process its connections to Redis.
func withRedis(e Env, conns int, run func(redis.UniversalClient) error) (err error) {
	rdb, err := redisx.Open(e.Config, e.connections(conns))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	return run(rdb)
}

// connections returns how many connections a process may have that would have n.
func (e Env) connections(n int) int {
	if configured := int(e.Config.RedisConns); configured > 0 {
		return configured
	}
	return n
}

// newTransport returns a transport of the process's own, so that it can close the
// connections that it leaves idle. Of those it keeps for 90 s as many to each host as
// there may be calls at once: for one that is not kept the next call dials anew.
func newTransport(calls int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = calls, max(t.MaxIdleConns, 2*calls)
	return t
}

// orStopped returns nil when err is what came of ctx's end.
func orStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
