package cli_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/presence"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// deployment is a bot that runs, and the simulated workspace with the
// app of its manifest.
type deployment struct {
	bench
	slack  *slacksim.Workspace
	redis  *redistest.Server
	scopes []string // of the manifest
	stops  map[*app.Role]func()
}

// deployed starts a bot. variables, such as "NAME=value", are added to its environment.
func deployed(t *testing.T, variables ...string) *deployment {
	t.Helper()
	wanted, err := app.SlackManifest(gophers.Content, "https://gopherbot.example/")
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{bench: bench{t: t}, redis: redistest.Start(t, "--appendonly", "yes"), scopes: wanted.Scopes(), stops: map[*app.Role]func(){}}
	api := httptest.NewUnstartedServer(nil)
	apiURL := "http://" + api.Listener.Addr().String() + "/"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	d.must(err)
	gateway := "http://" + listener.Addr().String()
	d.slack = slacksim.New(slacksim.Options{
		EventURL: gateway + "/slack/event", Retries: []time.Duration{50 * time.Millisecond, 50 * time.Millisecond},
		AppID: "A0TEST", TeamID: "T0TEST", SigningSecret: secret, BotToken: token, Scopes: wanted.Scopes(), Events: wanted.Events(),
		AppToken: appToken, SocketMode: true, APIURL: apiURL,
	})
	api.Config.Handler = d.slack.API()
	api.Start()
	t.Cleanup(api.Close)
	d.environ = []string{
		"ENV=production", "REDIS_URL=" + d.redis.URL(), "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_APP_ID=A0TEST", "GOPHER_SLACK_TEAM_ID=T0TEST",
		"GOPHER_SLACK_REQUEST_SECRET=" + secret, "GOPHER_SLACK_BOT_ACCESS_TOKEN=" + token, "GOPHER_SLACK_API_URL=" + apiURL,
		"GOPHER_SLACK_APP_TOKEN=" + appToken,
		"GOPHER_INSTANCE_TTL=4s", // a heartbeat each second: the tests wait for what it reports
		"GOPHER_RELEASES_CHANNEL=general", "GOPHER_RELEASES_URL=" + d.serve(`[{"version": "go1.26.0", "stable": true}]`), "GOPHER_ADMIN_CONTACT=#general",
	}
	d.set("GOPHER_PUBLIC_URL", gateway)
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		d.set(name, value)
	}
	d.start(app.Gateway, listener)
	d.start(app.Consumer, nil)
	d.start(app.BGTasks, nil)
	rdb := redistest.Dial(t, d.redis.URL())
	testenv.Eventually(t, "each has sent a heartbeat", func() bool {
		return len(rdb.Keys(t.Context(), "*:{heartbeat}:*").Val()) == 3
	})
	d.registers("the socket is open", func(s presence.Sockets) bool { return s.Open == 1 })
	testenv.Eventually(t, "each is registered as ready", func() bool {
		registered, err := presence.Read(t.Context(), rdb, "gopherbot")
		return err == nil && !slices.ContainsFunc(registered.Instances, func(i presence.Instance) bool { return i.NotReady != "" })
	})
	return d
}

// registers waits until the gateway has registered sockets in a state.
func (d *deployment) registers(what string, is func(presence.Sockets) bool) {
	d.t.Helper()
	rdb := redistest.Dial(d.t, d.redis.URL())
	testenv.Eventually(d.t, what, func() bool {
		registered, err := presence.Read(d.t.Context(), rdb, "gopherbot")
		return err == nil && slices.ContainsFunc(registered.Instances, func(i presence.Instance) bool { return i.Sockets != nil && is(*i.Sockets) })
	})
}

// start runs a process, the gateway on l, and waits until it is at work.
func (d *deployment) start(r *app.Role, l net.Listener) {
	d.t.Helper()
	testenv.Next(d.t, d.begin(r, l))
}

// begin runs a process, and returns a channel that is closed when it is at work.
func (d *deployment) begin(r *app.Role, l net.Listener) (serving <-chan struct{}) {
	d.t.Helper()
	works, done := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(context.WithoutCancel(d.t.Context()))
	go func() {
		done <- app.Run(ctx, r, gophers.Content, app.Options{Environ: slices.Clone(d.environ), Listener: l, Hooks: app.Hooks{Serving: func() { close(works) }}})
	}()
	d.stops[r] = sync.OnceFunc(func() {
		stop()
		if err := testenv.Next(d.t, done); err != nil {
			d.t.Error(err)
		}
	})
	d.t.Cleanup(d.stops[r])
	return works
}

// sends has Slack send events, over HTTP or over the socket.
func (d *deployment) sends(http bool) {
	d.slack.SetSocketMode(!http)
	ctx, stop := context.WithCancel(context.WithoutCancel(d.t.Context()))
	done := make(chan error, 1)
	go func() { done <- d.slack.Run(ctx) }()
	d.t.Cleanup(func() {
		stop()
		_ = testenv.Next(d.t, done) // a socket that was cut
	})
}

// set sets an environment variable of the doctor's.
func (d *deployment) set(name, value string) {
	d.environ = slices.DeleteFunc(d.environ, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	d.environ = append(d.environ, name+"="+value)
}

// configure sets a parameter of Redis.
func (d *deployment) configure(name, value string) {
	d.must(redistest.Dial(d.t, d.redis.URL()).ConfigSet(d.t.Context(), name, value).Err())
}

// serve serves something that is no gateway, and returns its address.
func (d *deployment) serve(text string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
	d.t.Cleanup(server.Close)
	return server.URL
}

func (d *deployment) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// finding runs the doctor with flags and returns what it found about one thing.
// Of several it returns the first that is not OK. The exit code must say whether anything
// is a failure.
func (d *deployment) finding(check string, flags ...string) (f doctor.Finding, code int) {
	d.t.Helper()
	r := d.run(append([]string{"doctor", "--json"}, flags...)...)
	var list []doctor.Finding
	d.must(json.Unmarshal([]byte(r.out), &list))
	failed := slices.ContainsFunc(list, func(f doctor.Finding) bool { return f.Status == doctor.Failure })
	if want := map[bool]int{true: 1, false: 0}[failed]; r.code != want {
		d.t.Errorf("exit code %d, want %d: %s", r.code, want, r.out)
	}
	list = slices.DeleteFunc(list, func(f doctor.Finding) bool { return f.Check != check })
	if len(list) == 0 {
		d.t.Fatalf("no finding of %q: %s", check, r.out)
	}
	i := slices.IndexFunc(list, func(f doctor.Finding) bool { return f.Status != doctor.OK })
	return list[max(0, i)], r.code
}
