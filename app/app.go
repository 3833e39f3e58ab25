// Package app runs the processes of a community's bot: it wires a process from its
// configuration and the community's content, runs it, and stops its parts in order. Main
// is the main function of a process. Package app/tool is the operators' tool.
//
// Each role of a process has a file (gateway.go, consumer.go, bgtasks.go), and so has
// each chat platform (slack.go). The list of platforms, in platform.go, is the only place
// that enumerates them. lifecycle.go has the parts that all processes share.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/notifyconfig"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/internal/tracing"
	"github.com/gobridge/gopherbot/workqueue"
)

// Role is the kind of a process: Gateway, Consumer or BGTasks.
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
		"gateway", "receives events from chat platforms over HTTP and sockets, verifies them and adds them to the queue in Redis.", env.runGateway,
	}
	// Consumer reads events from the queue and runs the handlers.
	Consumer = &Role{
		"consumer", "reads events from the queue in Redis, runs the handlers, and replies through the platforms' APIs.", env.runConsumer,
	}
	// BGTasks runs scheduled jobs while it is the leader.
	BGTasks = &Role{
		"bgtasks", "runs scheduled jobs: it refreshes the channel directory and posts announcements from external feeds.", env.runBGTasks,
	}
)

// Roles returns all roles.
func Roles() []*Role { return []*Role{Gateway, Consumer, BGTasks} }

// String returns the role's name, such as "gateway".
func (r *Role) String() string { return r.name }

// Description describes a process of the role in one sentence that begins with a verb.
func (r *Role) Description() string { return r.description }

func (r *Role) process() config.Process { return config.Process(r.name) }

// Options configures Run. Environ is required.
type Options struct {
	// Environ configures the process, in the form of os.Environ.
	Environ []string
	Log     zerolog.Logger
	// Listener is the gateway's listener. Defaults to a new one on the configured port.
	Listener net.Listener
	Hooks    Hooks
	// Dial dials the connections of the process's HTTP requests, such as for a simulation
	// that cuts them. Defaults to those of net/http.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeouts are for tests. The zero value means the defaults.
	Timeouts Timeouts
}

// Timeouts bound the parts of a handler's work; 0 is a part's default. HTTP must be less
// than Action, and Action less than the lease of an event: each part then gets the result
// of the part within it, and the event of a dead consumer is not reclaimed while its last
// API call may still be in progress.
type Timeouts struct {
	HTTP   time.Duration // of one call of a platform's API, 7 s by default
	Action time.Duration // consumer.DefaultActionTimeout
	Settle time.Duration // consumer.DefaultSettle
	// Pace is consumer.DefaultPace.
	Pace time.Duration
	// Memory is arrivals.DefaultMemory.
	Memory time.Duration
}

// Hooks observe a process. All are optional.
type Hooks struct {
	// Serving is called once, when the process is ready.
	Serving  func()
	Answered func(gateway.Result)
	Consumer workqueue.Hooks
}

// Run runs one process of a bot until ctx ends. It returns an error if the configuration
// is incomplete or the process cannot continue. Several may run in one program.
func Run(ctx context.Context, r *Role, content handler.Content, opts Options) error {
	e, err := newEnv(ctx, r, content, opts)
	if err != nil {
		return err
	}
	defer e.tracer.Stop(ctx)
	return r.run(e, ctx)
}

// env is one process: its configuration and its options.
type env struct {
	config   config.Config
	notify   notifyconfig.Config
	content  handler.Content
	environ  []string
	log      zerolog.Logger
	listener net.Listener
	hooks    Hooks
	tracer   *tracing.Tracer // nil if traces are off
	timeouts Timeouts
	dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil for the default
}

func newEnv(ctx context.Context, r *Role, content handler.Content, opts Options) (env, error) {
	e, err := load(r, content, opts.Environ)
	if err != nil {
		return env{}, err
	}
	return e.withOptions(ctx, r, opts)
}

// load checks the content and returns an env with the process's configuration alone.
func load(r *Role, content handler.Content, environ []string) (env, error) {
	if err := check(content); err != nil {
		return env{}, err
	}
	environ = Environ(content, environ)
	c, err := config.Load(r.process(), environ)
	e := env{config: c, content: content, environ: environ}
	if err == nil && r.process() != config.BGTasks {
		e.notify, err = c.Notify(notifyOptions(r, content, environ))
	}
	return e, err
}

// notifyOptions returns the options with which a process reads the configuration of the
// notification API. Only a consumer runs commands.
func notifyOptions(r *Role, content handler.Content, environ []string) config.NotifyOptions {
	opts := config.NotifyOptions{Environ: environ, Handlers: content.CallbackTypes()}
	if r.process() == config.Consumer {
		opts.LookPath = exec.LookPath
	}
	return opts
}

// secretNames returns the names of the variables that hold secrets of the process.
func (e env) secretNames() []string { return append(config.SecretNames(), e.notify.Variables...) }

// withOptions returns e with the options and a tracer. It leaves out Environ.
func (e env) withOptions(ctx context.Context, r *Role, opts Options) (env, error) {
	tracer, err := tracing.New(ctx, e.config, r.process(), opts.Log)
	if err != nil {
		return env{}, err
	}
	e.log, e.listener, e.hooks, e.tracer, e.timeouts, e.dial = opts.Log, opts.Listener, opts.Hooks, tracer, opts.Timeouts, opts.Dial
	return e, nil
}

// check returns an error if a required part of the content is missing.
func check(content handler.Content) error {
	if content.Name == "" || content.Description == "" || content.Registry == nil {
		return fmt.Errorf("content %q: want a name, a description and a registry", content.Name)
	}
	return nil
}

// Environ returns environ with GOPHER_APP set to the content's name, unless it is set
// already, and without quotes around values, which Docker leaves there. Programs that inspect
// a deployment load their configuration from it.
func Environ(content handler.Content, environ []string) []string {
	environ = config.Unquote(environ)
	const name = "GOPHER_APP="
	if slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, name) && strings.TrimSpace(v) != name }) {
		return environ
	}
	return append(environ, name+content.Name)
}

// setting returns the value of an environment variable for the content, "" for a secret
// of the process.
func (e env) setting(name string) string {
	value, declared := e.config.Value(name)
	if declared || slices.Contains(e.secretNames(), name) {
		return value
	}
	for _, v := range e.environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// services returns the services that the content gets on a platform.
func (e env) services(channels handler.ChannelNames, files handler.FileReader, transport http.RoundTripper) handler.Services {
	return handler.Services{
		Channels: channels, Files: files, HTTP: transport, Shadow: !e.config.Production(),
		Setting: e.setting, Log: slog.New(zerolog.NewSlogHandler(e.log)),
	}
}

// withRedis calls run with a client of up to conns connections, which it closes then.
func withRedis(e env, conns int, run func(redis.UniversalClient) error) (err error) {
	rdb, err := redisx.Open(e.config, e.connections(conns))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	return run(rdb)
}

// connections returns GOPHER_REDIS_CONNECTIONS, or n if it is not set.
func (e env) connections(n int) int {
	if configured := int(e.config.RedisConns); configured > 0 {
		return configured
	}
	return n
}

// transport returns the process's new transport: see newTransport.
func (e env) transport(calls int) *http.Transport {
	t := newTransport(calls)
	if e.dial != nil {
		t.DialContext = e.dial
	}
	return t
}

// newTransport returns a new transport, whose idle connections the process can close. It
// keeps up to calls idle connections to each host, for 90 s: with fewer, that many
// concurrent calls would dial again and again.
func newTransport(calls int) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = calls, max(t.MaxIdleConns, 2*calls)
	return t
}
