package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/consumer"
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/gateway/ops"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/build"
	"github.com/gobridge/gopherbot/internal/channeldir"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/lazyregexp"
	"github.com/gobridge/gopherbot/internal/login"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// serveOps adds the operations page to the gateway if GOPHER_OPS_TOKEN is set. stop
// stops its sampling.
func serveOps(ctx context.Context, e env, rdb redis.UniversalClient, transport http.RoundTripper, server *gateway.Server) (stop func(), err error) {
	tokens, app := e.config.OpsToken.Reveal(), string(e.config.App)
	if len(tokens) == 0 {
		return func() {}, nil
	}
	queue, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		return nil, err
	}
	page, err := ops.New(ops.Options{
		Tokens: tokens, Login: login.New(rdb, app, tokens), Audit: audit.New(rdb, app), Controls: control.New(rdb, app), Targets: e.opsTargets(rdb), Speech: e.opsSpeech(rdb, transport), Proxies: e.config.Proxies(), Version: build.Read().String(),
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

// opsTargets returns what operators can pause, silence and ignore.
func (e env) opsTargets(rdb redis.UniversalClient) ops.Targets {
	var sources []string
	for _, p := range e.platforms() {
		sources = append(sources, p.source())
	}
	return ops.Targets{
		Platforms: sources,
		// The registry is built at the first request and not kept: an idle gateway does not need it.
		Handlers: sync.OnceValues(func() ([]string, error) {
			registry, err := e.content.Registry(handler.Services{})
			if err != nil {
				return nil, err
			}
			return consumer.PausableHandlers(registry), nil
		}),
		Find: func(ctx context.Context, kind control.Kind, named string) (name, label, problem string, err error) {
			target, err := event.ParseTarget(named)
			if err != nil || !slices.Contains(sources, target.Source) {
				return "", "", "Write an id, or the name of a public channel; one of another platform than Slack begins with it, such as mattermost:general.", nil
			}
			if kind == control.Person {
				if target.Source == event.Slack && !slackPerson().MatchString(target.Channel) {
					problem = "Write the person's id, such as U012ABCDEF0: it is in their profile, Copy member ID."
				}
				return target.String(), "", problem, nil
			}
			return findChannel(ctx, channeldir.NewDirectory(rdb, string(e.config.App), event.Workspace{Source: target.Source}), target)
		},
		Event: matchEvent,
	}
}

// matchEvent returns what recognizes an event by its id, that of its request, its key, or the
// link of a message on Slack.
func matchEvent(named string) (match ops.MatchEvent, problem string) {
	if !strings.Contains(named, "://") {
		return func(id, requestID, key string) bool { return named == id || named == requestID || named == key }, ""
	}
	link, err := consumerslack.ParseLink(named)
	if err != nil {
		return nil, err.Error()
	}
	of := "/" + link.Channel + "/" + link.Message // the end of the keys of a message's events: see gateway/slack
	return func(_, _, key string) bool { return strings.HasSuffix(key, of) }, ""
}

var slackPerson = lazyregexp.New(`^[UW][A-Z0-9]+$`)

// findChannel returns the control's name and the label of a channel that an operator has named
// by its name or id. An id that the directory does not have may be that of a private channel.
func findChannel(ctx context.Context, d *channeldir.Directory, target event.Target) (name, label, problem string, err error) {
	id, err := d.ID(ctx, target.Channel)
	if err == nil && id != "" {
		return control.TargetName(target.Source, id), target.Channel, "", nil
	}
	label, failed := d.Name(ctx, target.Channel)
	if err = errors.Join(err, failed); err != nil && !errors.Is(err, channeldir.ErrNotFilled) {
		return "", "", "", err
	}
	if label == "" && target.Source == event.Slack && !consumerslack.IsChannelID(target.Channel) {
		return "", "", fmt.Sprintf("No public channel is known as %q. Write the id of a private one.", target.Channel), nil
	}
	return target.String(), label, "", nil
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
