package app

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/build"
	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// serveOps adds the operations page to the gateway if GOPHER_OPS_TOKEN is set. stop
// stops its sampling.
func serveOps(ctx context.Context, e env, rdb redis.UniversalClient, server *gateway.Server) (stop func(), err error) {
	tokens, app := e.config.OpsToken.Reveal(), string(e.config.App)
	if len(tokens) == 0 {
		return func() {}, nil
	}
	queue, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		return nil, err
	}
	page, err := ops.New(ops.Options{
		Tokens: tokens, Login: login.New(rdb, app, tokens), Audit: audit.New(rdb, app), Proxies: e.config.Proxies(), Version: build.Read().String(),
		App: app, Types: e.eventTypes(), Queue: queue, Presence: presence.NewReader(rdb, app),
		Jobs:          func(ctx context.Context) (ops.Jobs, error) { return jobsOf(ctx, rdb, app) },
		Notifications: len(e.notify.Keys) > 0 || len(e.notify.Rules) > 0,
		Log:           e.log,
	})
	if err != nil {
		return nil, err
	}
	server.Handle("/ops/", page)
	e.log.Info().Str("path", "/ops/").Msg("gateway serves the operations page")
	return background(ctx, page.Run), nil
}

// jobsOf returns the state of the background jobs in the page's types: package ops must
// not know bgtasks.
func jobsOf(ctx context.Context, rdb redis.UniversalClient, app string) (ops.Jobs, error) {
	status, err := bgtasks.ReadStatus(ctx, rdb, app)
	b := ops.Jobs{Leader: status.Leader}
	for _, j := range status.Jobs {
		b.Jobs = append(b.Jobs, ops.Job{
			Name: j.Name, Next: j.Next, Last: j.Last, Result: j.Result, Runs: j.Runs, Failures: j.Failures, Failing: j.Failing,
		})
	}
	return b, err
}

// reported returns hooks that also pass outcomes to a reporter.
func reported(hooks workqueue.Hooks, reporter *presence.Reporter) workqueue.Hooks {
	onFinish := hooks.OnFinish
	hooks.OnFinish = func(d *workqueue.Delivery, outcome error) {
		reporter.OnFinish(d, outcome)
		if onFinish != nil {
			onFinish(d, outcome)
		}
	}
	return hooks
}

// background runs a function in a goroutine until ctx ends or stop is called. stop
// waits until it has returned.
func background(ctx context.Context, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { run(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}
