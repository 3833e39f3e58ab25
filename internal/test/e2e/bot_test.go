package e2e

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/event"
	playgroundsim "github.com/gobridge/gopherbot/internal/playground/sim"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

func TestMain(m *testing.M) {
	if ctx := context.Background(); bareServer(ctx) || waiterProcess(ctx) { // in a process of a test
		return
	}
	// Under nohup SIGHUP is ignored, which processes would inherit from the tests:
	// one that is received here has its default meaning there.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	testenv.Parallel(4)
	code := redistest.Main(m)
	if binDir != "" {
		if err := os.RemoveAll(binDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

const (
	appID         = "A0TEST"
	teamID        = "T0TEST"
	signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"
	botToken      = "xoxb-the-token-of-the-bot"
)

// bot is a deployment of one test: a workspace, and processes on Redis.
type bot struct {
	*testing.T
	slack *slacksim.Workspace
	play  *playgroundsim.Playground
	rdb   redis.UniversalClient
	// environ is what the processes are configured with.
	environ map[string]string
	gateway string // its address
	log     *testenv.Log
	// timeouts are the processes'. A post whose outcome is unknown is looked for
	// sooner than outside of tests.
	timeouts app.Timeouts

	// content is gophers.Content, unless a test changes it.
	content handler.Content

	// calledWith is told of each request to the Web API, if a test wants to know.
	calledWith atomic.Pointer[func(*http.Request)]

	listener net.Listener
	apiURL   string
}

// newBot prepares a deployment on the shared Redis. None of its processes runs
// yet.
func newBot(t *testing.T) *bot {
	t.Helper()
	return newBotOn(t, redistest.URL(t))
}

func newBotOn(t *testing.T, redisURL string, change ...func(*slacksim.Options)) *bot {
	t.Helper()
	return newBotWith(t, redistest.Dial(t, redisURL), map[string]string{"REDIS_URL": redisURL}, change...)
}

// newBotWith prepares a deployment on the Redis that rdb and the environment
// lead to, in a workspace that change may change.
func newBotWith(t *testing.T, rdb redis.UniversalClient, environ map[string]string, change ...func(*slacksim.Options)) *bot {
	t.Helper()
	b := &bot{T: t, rdb: rdb, content: gophers.Content, log: &testenv.Log{}, timeouts: app.Timeouts{Settle: 300 * time.Millisecond, Pace: time.Millisecond}}
	var err error
	if b.listener, err = testenv.Listen(); err != nil {
		t.Fatal(err)
	}
	b.gateway = "http://" + b.listener.Addr().String()

	api := httptest.NewUnstartedServer(nil)
	b.apiURL = "http://" + api.Listener.Addr().String() + "/"
	transport := &http.Transport{}
	app, err := app.SlackManifest(gophers.Content, b.gateway)
	if err != nil {
		t.Fatal(err)
	}
	workspace := slacksim.Options{
		Scopes: app.Scopes(), Events: app.Events(),
		AppID: appID, TeamID: teamID, SigningSecret: signingSecret, BotToken: botToken,
		EventURL: b.gateway + "/slack/event", APIURL: b.apiURL,
		Client:  &http.Client{Timeout: 3 * time.Second, Transport: transport},
		Retries: []time.Duration{100 * time.Millisecond, time.Second, 2 * time.Second},
	}
	for _, f := range change {
		f(&workspace)
	}
	b.slack = slacksim.New(workspace)
	answers := b.slack.API()
	api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if told := b.calledWith.Load(); told != nil {
			(*told)(r)
		}
		answers.ServeHTTP(w, r)
	})
	api.Start()
	b.play = playgroundsim.New()
	play := httptest.NewServer(b.play)
	t.Cleanup(func() {
		api.Close()
		play.Close()
		transport.CloseIdleConnections()
	})
	b.environ = map[string]string{
		"ENV":                           "production",
		"GOPHER_REDIS_INSECURE":         "true",
		"GOPHER_APP":                    redistest.App(),
		"GOPHER_LOG_LEVEL":              "trace",
		"GOPHER_SLACK_APP_ID":           appID,
		"GOPHER_SLACK_TEAM_ID":          teamID,
		"GOPHER_SLACK_REQUEST_SECRET":   signingSecret,
		"GOPHER_SLACK_BOT_ACCESS_TOKEN": botToken,
		"GOPHER_SLACK_API_URL":          b.apiURL,
		"GOPHER_PLAYGROUND_URL":         play.URL,
		"GOPHER_PLAYGROUND_LINK_URL":    "https://play.example/",
	}
	maps.Copy(b.environ, environ)
	b.background("the workspace", b.slack.Run)
	return b
}

// background runs something until the test ends, or until stop is called.
func (b *bot) background(name string, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := testenv.Next(b, done); err != nil {
			b.Errorf("%s: %v", name, err)
		}
	})
	b.Cleanup(stop)
	return stop
}

// role returns the role of a process.
func role(p config.Process) *app.Role {
	roles := app.Roles()
	return roles[slices.IndexFunc(roles, func(r *app.Role) bool { return r.String() == string(p) })]
}

// start runs one of the processes within the test's own.
func (b *bot) start(p config.Process) (stop func()) {
	b.Helper()
	environ := b.environment()
	c, err := config.Load(p, environ)
	if err != nil {
		b.Fatal(err)
	}
	return b.background(string(p), func(ctx context.Context) error {
		return app.Run(ctx, role(p), b.content, app.Options{
			Environ: environ, Listener: b.listener, Timeouts: b.timeouts,
			Log: zerolog.New(b.log).Level(c.LogLevel()).With().Str("process", string(p)).Logger(),
		})
	})
}

func (b *bot) environment() []string {
	var list []string
	for name, value := range b.environ {
		list = append(list, name+"="+value)
	}
	return list
}

// startAll runs all three processes and waits until the channel directory is
// filled.
func (b *bot) startAll() {
	b.Helper()
	b.start(config.Gateway)
	b.start(config.Consumer)
	b.start(config.BGTasks)
	b.waitForDirectory()
}

func (b *bot) waitForDirectory() {
	b.Helper()
	testenv.Eventually(b, "the channel directory is filled", func() bool {
		return b.rdb.Exists(b.Context(), b.environ["GOPHER_APP"]+":{channels}:names").Val() == 1
	})
}

// say lets somebody say something, and returns the message's timestamp.
func (b *bot) say(user, channel, text string) string {
	b.Helper()
	ts, err := b.slack.Say(user, channel, text, "")
	if err != nil {
		b.Fatal(err)
	}
	return ts
}

// calls waits until a method of the Web API was called so often with success,
// and returns those calls.
func (b *bot) calls(method string, n int) []slacksim.Call {
	b.Helper()
	var good []slacksim.Call
	testenv.Eventually(b, fmt.Sprintf("%d calls of %s", n, method), func() bool {
		good = nil
		for _, c := range b.slack.Calls(method) {
			if c.Error == "" && c.Status == http.StatusOK {
				good = append(good, c)
			}
		}
		return len(good) >= n
	})
	return good
}

// settled waits until nothing is on any stream.
func (b *bot) settled() {
	b.Helper()
	testenv.Eventually(b, "nothing is on any stream", func() bool { return b.entries() == 0 })
}

// entries counts the entries of all streams.
func (b *bot) entries() int64 {
	b.Helper()
	var n int64
	for _, eventType := range event.Types(event.Slack) {
		n += b.rdb.XLen(b.Context(), b.environ["GOPHER_APP"]+":{"+eventType+".0}:stream").Val()
	}
	return n
}

// post sends the gateway a request with a signed body, which change may change.
func (b *bot) post(body string, change func(*http.Request)) (status int) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), "POST", b.gateway+"/slack/event", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	gatewayslack.Sign(r.Header, []byte(body), signingSecret, time.Now())
	if change != nil {
		change(r)
	}
	return b.request(r)
}

// get asks the gateway for one of its own pages.
func (b *bot) get(path string) (status int) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), "GET", b.gateway+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.request(r)
}

func (b *bot) request(r *http.Request) (status int) {
	b.Helper()
	client := http.Client{Timeout: testenv.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (b *bot) inspector() *workqueue.Inspector {
	b.Helper()
	i, err := workqueue.NewInspector(b.rdb, b.environ["GOPHER_APP"])
	if err != nil {
		b.Fatal(err)
	}
	return i
}
