package app

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/consumer"
	consumercallback "github.com/gobridge/gopherbot/consumer/callback"
	"github.com/gobridge/gopherbot/gateway"
	gatewaycallback "github.com/gobridge/gopherbot/gateway/callback"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/callbackrule"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

// callbackBacklog is how many events a stream of callbacks may hold, unless
// GOPHER_QUEUE_MAX_BACKLOG says otherwise. An event has up to 4 KiB, so they take 6 MB of the
// 25 of the smallest Redis: a script that fails must not take the memory of the bot's own
// events.
const callbackBacklog = 1500

// callbackQueue is where a process queues callbacks.
type callbackQueue struct {
	publisher *workqueue.Publisher
	rules     *callbackrule.Publisher
}

// callbackQueue returns the queue of callbacks, nil without rules.
func (e env) callbackQueue(rdb redis.UniversalClient) (*callbackQueue, error) {
	if len(e.notify.Rules) == 0 {
		return nil, nil
	}
	app := string(e.config.App)
	p, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{
		App: app, Shards: int(e.config.QueueShards), MaxBacklog: cmp.Or(int(e.config.QueueMaxBacklog), callbackBacklog), Log: e.log,
	})
	if err != nil {
		return nil, err
	}
	return &callbackQueue{p, callbackrule.New(e.notify, e.tracer.Publisher(p), blob.New(rdb, app, blob.Options{}))}, nil
}

// with returns a publisher that has the events of to queued, and their callbacks.
func (q *callbackQueue) with(to tracing.Publisher) gateway.Publisher {
	if q == nil {
		return to
	}
	describe := map[string]func(workqueue.Event) (gateway.Occurrence, bool){}
	for _, p := range platforms {
		describe[p.source()] = p.describe
	}
	return gatewaycallback.NewPublisher(to, q.rules, describe)
}

// notified returns the function that queues the callbacks of the end of a notification, nil
// if there is no rule.
func (q *callbackQueue) notified() func(context.Context, consumer.Notified) error {
	if q == nil {
		return nil
	}
	return func(ctx context.Context, n consumer.Notified) error {
		return q.rules.Notified(ctx, callbackrule.Notification{
			Key: n.Key, Source: n.Message.Bot, Bot: n.Message.Bot, RequestID: n.Message.RequestID,
			Sent: n.State == receipt.Sent, SyncID: n.SyncID, Error: n.Error, At: n.At,
		})
	}
}

// counts returns what the queue was given.
func (q *callbackQueue) counts() []workqueue.PublishCounts {
	if q == nil {
		return nil
	}
	return q.publisher.Counts()
}

// callbackRunners returns a function that makes the handler of a platform's callbacks. Their
// commands share a limit.
//
// If there is a rule with a command, no other process can read the memory and the first
// environment of this one from now on: the secrets are there.
func (e env) callbackRunners(a processRuntime, transport http.RoundTripper, controls *control.Watcher, operators *presence.Notifier) (func(connection) (*consumercallback.Runner, error), error) {
	if i := slices.IndexFunc(e.notify.Rules, func(r notifyconfig.Rule) bool { return r.Exec != nil }); i >= 0 {
		if err := consumercallback.HideProcess(); err != nil {
			return nil, fmt.Errorf("callback rule %q: hide the secrets of this process from its command: %w", e.notify.Rules[i].Name, err)
		}
	}
	secret := func(name string) bool { return slices.Contains(e.secretNames(), name) }
	opts := consumercallback.Options{
		Rules: e.notify.Rules, Commands: consumercallback.NewCommands(e.setting, secret, e.log), Transport: transport,
		Blobs:  blob.New(a.rdb, string(e.config.App), blob.Options{}),
		Shadow: !e.config.Production(), Ignored: controls.Ignored, Observe: watchCallbacks(e, a, operators), Log: e.log,
	}
	return func(c connection) (*consumercallback.Runner, error) {
		of := opts
		if e.content.Callbacks != nil {
			of.Handlers = e.content.Callbacks(e.services(c.channels, c.files, transport))
		}
		return consumercallback.New(of)
	}, nil
}

// watchCallbacks counts the runs of callback rules. Operators see them.
func watchCallbacks(e env, a processRuntime, operators *presence.Notifier) func(consumercallback.Run) {
	var rules, outcomes []string
	for _, r := range e.notify.Rules {
		rules = append(rules, r.Name)
	}
	for _, o := range consumercallback.Outcomes() {
		outcomes = append(outcomes, string(o))
	}
	count := a.metrics.Callbacks(rules, outcomes)
	return func(r consumercallback.Run) {
		count(r.Rule, string(r.Outcome), r.Took)
		operators.Ran(r.Rule, string(r.Outcome))
	}
}
