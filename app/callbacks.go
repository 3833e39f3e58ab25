package app

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/redis/go-redis/v9"

	consumercallback "github.com/gobridge/gopherbot/consumer/callback"
	"github.com/gobridge/gopherbot/gateway"
	gatewaycallback "github.com/gobridge/gopherbot/gateway/callback"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/callbackrule"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

// callbackBacklog is how many events a stream of callbacks may hold, unless
// GOPHER_QUEUE_MAX_BACKLOG says otherwise. An event has up to 4 KiB, so they take 6 MB of the 25 of
// the smallest Redis: a script that fails must not take the memory of the bot's own events.
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

// counts returns what the queue was given.
func (q *callbackQueue) counts() []workqueue.PublishCounts {
	if q == nil {
		return nil
	}
	return q.publisher.Counts()
}

// callbackCommands returns the parts of a consumer that run the commands of callback rules.
// From then on, if there is such a rule, no other process can read the memory and the first
// environment of this one, in which the secrets are.
func (e env) callbackCommands() (*consumercallback.Commands, error) {
	for _, r := range e.notify.Rules {
		if r.Exec == nil {
			continue
		}
		if err := consumercallback.HideProcess(); err != nil {
			return nil, fmt.Errorf("callback rule %q: hide the secrets of this process from the commands that it starts: %w", r.Name, err)
		}
		break
	}
	secret := func(name string) bool { return slices.Contains(e.secretNames(), name) }
	return consumercallback.NewCommands(e.setting, secret, e.log), nil
}

// callbackRunner returns the handler of a platform's callbacks.
func (e env) callbackRunner(a processRuntime, commands *consumercallback.Commands, p connection, observe func(consumercallback.Run), transport http.RoundTripper) (*consumercallback.Runner, error) {
	opts := consumercallback.Options{
		Rules: e.notify.Rules, Commands: commands, Transport: transport, Blobs: blob.New(a.rdb, string(e.config.App), blob.Options{}),
		Shadow: !e.config.Production(), Observe: observe, Log: e.log,
	}
	if e.content.Callbacks != nil {
		opts.Handlers = e.content.Callbacks(e.services(p.channels, p.files, transport))
	}
	return consumercallback.New(opts)
}

// watchCallbacks counts the runs of callback rules.
func watchCallbacks(e env, a processRuntime) func(consumercallback.Run) {
	var rules, outcomes []string
	for _, r := range e.notify.Rules {
		rules = append(rules, r.Name)
	}
	for _, o := range consumercallback.Outcomes() {
		outcomes = append(outcomes, string(o))
	}
	count := a.metrics.Callbacks(rules, outcomes)
	return func(r consumercallback.Run) { count(r.Rule, string(r.Outcome), r.Took) }
}
