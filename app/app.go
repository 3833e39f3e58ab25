// Package app makes a bot of a community's content: it wires a process from its
// configuration, runs it and stops it in order. Main is the whole main function of
// a process; package app/tool is the operator's tool.
//
// Each role of a process has a file (gateway.go, consumer.go, bgtasks.go), and so
// has each chat platform (slack.go). The list of platforms, in platform.go, is the
// only place that enumerates them. lifecycle.go has what every process has.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

// Role is what a process does. There are Gateway, Consumer and BGTasks.
type Role struct {
	name, description string
	run               func(env, context.Context) error
}

// The roles. A deployment has one or more processes of each. They are variables with
// their code, and no function but Roles refers to all of them: a program has the code
// only of those that it names.
var (
	// Gateway verifies the platforms' events and enqueues them.
	Gateway = &Role{
		"gateway", "receives chat platforms' events over HTTP, verifies them and puts them on the queue in Redis.", env.runGateway,
	}
	// Consumer takes events off the queue and runs the handlers.
	Consumer = &Role{
		"consumer", "takes events off the queue in Redis and answers them through the platforms' APIs.", env.runConsumer,
	}
	// BGTasks runs scheduled jobs while it leads.
	BGTasks = &Role{"bgtasks", "runs scheduled jobs, such as announcing news from elsewhere.", env.runBGTasks}
)

// Roles returns all roles.
func Roles() []*Role { return []*Role{Gateway, Consumer, BGTasks} }

// String returns the role's name, such as "gateway".
func (r *Role) String() string { return r.name }

// Description says in a sentence what a process of the role does.
func (r *Role) Description() string { return r.description }

func (r *Role) process() config.Process { return config.Process(r.name) }

// Options configures Run. Environ is required.
type Options struct {
	// Environ configures the process, in the form of os.Environ.
	Environ []string
	Log     zerolog.Logger
	// Listener, when set, is where the gateway serves, instead of the port that its
	// configuration names.
	Listener net.Listener
	Hooks    Hooks
	// Timeouts are shortened by tests. The zero value is the defaults.
	Timeouts Timeouts
}

// Timeouts bound the parts of an answer; 0 is a part's default. HTTP < Action < the
// lease of an event: each then gets the result of the one within it, and the action
// of a consumer that died is not reclaimed while its call may still be under way.
type Timeouts struct {
	HTTP   time.Duration // of one call of a platform's API, 7 s by default
	Action time.Duration // consumer.DefaultActionTimeout
	Settle time.Duration // consumer.DefaultSettle
}

// Hooks observe a process. The zero value does not.
type Hooks struct {
	// Serving is called once, when the process is ready.
	Serving  func()
	Answered func(gateway.Result)
	Consumer workqueue.Hooks
}

// Run runs one process of a bot until ctx ends, and returns an error if its
// configuration is incomplete or it cannot go on. Several may run in one program.
func Run(ctx context.Context, r *Role, content handler.Content, opts Options) error {
	e, err := newEnv(ctx, r, content, opts)
	if err != nil {
		return err
	}
	defer e.tracer.Stop(ctx)
	return r.run(e, ctx)
}

// env is one process: its configuration and what it was started with.
type env struct {
	config   config.Config
	content  handler.Content
	environ  []string
	log      zerolog.Logger
	listener net.Listener
	hooks    Hooks
	tracer   *tracing.Tracer // nil makes no traces
	timeouts Timeouts
}

func newEnv(ctx context.Context, r *Role, content handler.Content, opts Options) (env, error) {
	if err := check(content); err != nil {
		return env{}, err
	}
	environ := Environ(content, opts.Environ)
	c, err := config.Load(r.process(), environ)
	if err != nil {
		return env{}, err
	}
	tracer, err := tracing.New(ctx, c, r.process(), opts.Log)
	if err != nil {
		return env{}, err
	}
	return env{c, content, environ, opts.Log, opts.Listener, opts.Hooks, tracer, opts.Timeouts}, nil
}

// check says what is missing of a community's content.
func check(content handler.Content) error {
	if content.Name == "" || content.Description == "" || content.Registry == nil {
		return fmt.Errorf("content %q: want a name, a description and a registry", content.Name)
	}
	return nil
}

// Environ returns environ with GOPHER_APP set to the content's name unless it is
// set: what a program loads that looks at a bot's deployment.
func Environ(content handler.Content, environ []string) []string {
	const name = "GOPHER_APP="
	if slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, name) && strings.TrimSpace(v) != name }) {
		return environ
	}
	return append(slices.Clone(environ), name+content.Name)
}

// setting returns an environment variable for the content. Secrets of the process
// are none of it.
func (e env) setting(name string) string {
	value, declared := e.config.Value(name)
	if declared || slices.Contains(config.SecretNames(), name) {
		return value
	}
	for _, v := range e.environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// services returns what the content gets on a platform.
func (e env) services(channels handler.ChannelNames, files handler.FileReader, transport http.RoundTripper) handler.Services {
	return handler.Services{
		Channels: channels, Files: files, HTTP: transport, Shadow: !e.config.Production(),
		Setting: e.setting, Log: slog.New(zerolog.NewSlogHandler(e.log)),
	}
}

// withRedis lends a process its connections to Redis.
func withRedis(e env, conns int, run func(redis.UniversalClient) error) (err error) {
	rdb, err := redisx.Open(e.config, e.connections(conns))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	return run(rdb)
}

// connections returns how many connections a process may have that would have n.
func (e env) connections(n int) int {
	if configured := int(e.config.RedisConns); configured > 0 {
		return configured
	}
	return n
}

// newTransport returns a transport of the process's own, so that it can close its
// idle connections. It keeps up to calls idle connections to each host, for 90 s:
// with fewer, each of so many calls at once would dial again.
func newTransport(calls int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = calls, max(t.MaxIdleConns, 2*calls)
	return t
}
