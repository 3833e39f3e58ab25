package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/httpserver"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/rungroup"
	"github.com/gobridge/gopherbot/workqueue"
)

// gatewayConns is the default number of connections to Redis of a gateway. One gateway, two consumers and one bgtasks stay within the 20 of
// Heroku's smallest plan, and so do one of each while a deploy runs old and new side
// by side. On a Redis Cluster the number is per node.
const gatewayConns = 3

// linger is how long a stopping gateway still accepts requests.
const linger = 2 * time.Second

// runGateway takes the platforms' events, over HTTP and over sockets, and enqueues them.
// All ways in stop at once, and the queue after them.
func (e env) runGateway(ctx context.Context) error {
	defer ballast(ballastSize)()
	return e.withRuntime(ctx, config.Gateway, gatewayConns, func(ctx context.Context, a processRuntime) error {
		publisher, err := workqueue.NewPublisher(a.rdb, workqueue.PublisherOptions{
			App: string(e.config.App), Shards: int(e.config.QueueShards), MaxBacklog: int(e.config.QueueMaxBacklog), Log: e.log,
		})
		if err != nil {
			return err
		}
		callbacks, err := e.callbackQueue(a.rdb)
		if err != nil {
			return err
		}
		refused := newRefusals(e.eventTypes())
		requests := presence.NewRequestLog(a.rdb, string(e.config.App), e.log)
		server := gateway.New(e.log)
		api, err := e.serveNotify(a, server)
		if err != nil {
			return err
		}
		// No type of events goes through two of them.
		counts := func() []workqueue.PublishCounts {
			return slices.Concat(publisher.Counts(), api.counts(), callbacks.counts())
		}
		a.published(ctx, e, publisher, counts)
		a.metrics.Refused(refused.byType)
		a.member.Count(func() map[string]int64 { return published(counts()) })
		if err := a.deployment(ctx, e); err != nil {
			return err
		}
		answers := await.New(a.rdb, await.Options{App: string(e.config.App), Log: e.log})
		// It runs until the last request is answered, which may be after ctx ends.
		defer background(context.WithoutCancel(ctx), func(ctx context.Context) { _ = answers.Run(ctx) })()
		transport := e.transport(http.DefaultMaxIdleConnsPerHost)
		defer transport.CloseIdleConnections()
		in := ingress{publisher: callbacks.with(e.tracer.Publisher(publisher)), await: answers, observe: watchRequests(e, a, refused, requests)}
		entrances, err := e.entrances(a, in, transport)
		if err != nil {
			return err
		}
		for _, way := range entrances {
			for pattern, route := range way.routes {
				server.Handle(pattern, route)
			}
		}
		a.checks = append(a.checks, anyReady(entrances), newFullQueue(e, publisher).check)
		a.member.Ready(a.unready)
		// The gateway is on the internet: without a token it serves no metrics.
		for pattern, page := range a.pages(e, len(e.config.MetricsToken.Reveal()) > 0) {
			server.Handle(pattern, page)
		}
		stopOps, err := serveOps(ctx, e, a.rdb, transport, server)
		if err != nil {
			return err
		}
		defer stopOps()
		defer a.tally(ctx, e, refused.unanswered)()
		defer background(context.WithoutCancel(ctx), requests.Run)() // with what comes after ctx has ended

		returnStart(e.log)
		listener := e.listener
		if listener == nil {
			if listener, err = listen(ctx, fmt.Sprintf(":%d", e.config.Port), "PORT"); err != nil {
				return err
			}
		}
		if err := a.rdb.Ping(ctx).Err(); err != nil {
			e.log.Error().Err(err).Msg("ping Redis: it does not answer; the gateway answers events with 503 until it does")
		}
		publisher.MaxBacklog(ctx) // reads and logs the bound now, not during a burst
		e.log.Info().Stringer("address", listener.Addr()).Msg("gateway serves")
		all := []func(context.Context) error{func(ctx context.Context) error {
			return httpserver.Run(ctx, listener, server, httpserver.Options{Linger: linger})
		}}
		for _, way := range entrances {
			all = append(all, func(ctx context.Context) error {
				return way.run(ctx, func() { a.setReady(e) })
			})
		}
		return rungroup.Run(ctx, api.running(all)...)
	})
}

// anyReady returns a check that fails when nothing can come in from any platform: one that is
// down does not take the gateway from the others.
func anyReady(entrances []entrance) func(context.Context) error {
	return func(context.Context) error {
		var errs []error
		for _, way := range entrances {
			err := way.ready()
			if err == nil {
				return nil
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
}

// entrances returns the ways in of all configured platforms.
func (e env) entrances(a processRuntime, in ingress, transport http.RoundTripper) ([]entrance, error) {
	var list []entrance
	for _, p := range e.platforms() {
		way, err := p.entrance(e, a, in, transport)
		if err != nil {
			return nil, err
		}
		list = append(list, way)
	}
	return list, nil
}
