package cli_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
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
}

func deployed(t *testing.T) *deployment {
	t.Helper()
	wanted, err := app.SlackManifest(gophers.Content, "https://gopherbot.example/")
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{bench: bench{t: t}, redis: redistest.Start(t, "--appendonly", "yes"), scopes: wanted.Scopes()}
	api := httptest.NewUnstartedServer(nil)
	apiURL := "http://" + api.Listener.Addr().String() + "/"
	d.slack = slacksim.New(slacksim.Options{
		AppID: "A0TEST", TeamID: "T0TEST", SigningSecret: secret, BotToken: token, Scopes: wanted.Scopes(), Events: wanted.Events(),
		AppToken: appToken, SocketMode: true, APIURL: apiURL,
	})
	api.Config.Handler = d.slack.API()
	api.Start()
	t.Cleanup(api.Close)
	d.environ = []string{
		"REDIS_URL=" + d.redis.URL(), "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_APP_ID=A0TEST", "GOPHER_SLACK_TEAM_ID=T0TEST",
		"GOPHER_SLACK_REQUEST_SECRET=" + secret, "GOPHER_SLACK_BOT_ACCESS_TOKEN=" + token, "GOPHER_SLACK_API_URL=" + apiURL,
		"GOPHER_SLACK_APP_TOKEN=" + appToken,
		"GOPHER_RELEASES_CHANNEL=general", "GOPHER_ADMIN_CONTACT=#general",
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	d.must(err)
	d.set("GOPHER_PUBLIC_URL", "http://"+listener.Addr().String())
	d.start(app.Gateway, listener)
	d.start(app.Consumer, nil)
	d.start(app.BGTasks, nil)
	rdb := redistest.Dial(t, d.redis.URL())
	testenv.Eventually(t, "each has sent a heartbeat", func() bool {
		return len(rdb.Keys(t.Context(), "*:{heartbeat}:*").Val()) == 3
	})
	d.registers("the socket is open", func(s presence.Sockets) bool { return s.Open == 1 })
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
	serving, done := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(context.WithoutCancel(d.t.Context()))
	go func() {
		done <- app.Run(ctx, r, gophers.Content, app.Options{Environ: slices.Clone(d.environ), Listener: l, Hooks: app.Hooks{Serving: func() { close(serving) }}})
	}()
	d.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			d.t.Error(err)
		}
	})
	testenv.Next(d.t, serving)
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

// elsewhere serves something that is no gateway, and returns its address.
func (d *deployment) elsewhere() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "It works!") }))
	d.t.Cleanup(server.Close)
	return server.URL
}

func (d *deployment) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// finding runs the doctor and returns what it found about one thing.
func (d *deployment) finding(check string) (f doctor.Finding, code int) {
	d.t.Helper()
	r := d.run("doctor", "--json")
	var list []doctor.Finding
	d.must(json.Unmarshal([]byte(r.out), &list))
	i := slices.IndexFunc(list, func(f doctor.Finding) bool { return f.Check == check })
	if i < 0 {
		d.t.Fatalf("no finding of %q: %s", check, r.out)
	}
	return list[i], r.code
}

func TestDoctor_HealthyBot(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	for _, f := range decoded[[]doctor.Finding](d.bench, "doctor") {
		// The simulation is reached over plain HTTP, and has no custom domain.
		if f.Status != doctor.OK && f.Check != "gateway" {
			t.Errorf("%+v", f)
		}
	}
	out := d.ok("doctor")
	for _, process := range []string{"gateway", "consumer", "bgtasks"} {
		if !regexp.MustCompile(`OK +instance +` + process + ` \S+ \(ENV development, team T0TEST\), commit \w+, started `).MatchString(out) {
			t.Errorf("no instance of %s is listed:\n%s", process, out)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if fields := strings.Fields(line); len(fields) < 3 || fields[0] != "OK" && fields[1] != "gateway" {
			t.Errorf("%q", line)
		}
	}
	if out := d.ok("doctor", "--socket"); !strings.Contains(out, "accepted; a socket of app A0TEST opened") || !strings.Contains(out, "1 of 1 are open, in 1 gateways; Slack counted 1 of this app") {
		t.Errorf("--socket writes\n%s", out)
	}
	if strings.Contains(out, secret) || strings.Contains(out, token) || strings.Contains(out, appToken) {
		t.Errorf("a secret is in\n%s", out)
	}
	if out := d.ok("doctor", "--release"); strings.Contains(out, " gateway  ") {
		t.Errorf("--release asks the gateway:\n%s", out)
	}
}

const notifyKey = "prometheus-key-0123456789abcdefgh"

func TestDoctor_UnhealthyBot(t *testing.T) {
	t.Parallel()
	const newbies = "C02NEWBIES"
	for _, test := range []struct {
		name  string
		harm  func(d *deployment)
		check string
		want  doctor.Finding
	}{
		{"a variable is missing", func(d *deployment) { d.set("GOPHER_SLACK_BOT_ACCESS_TOKEN", "") },
			"configuration", doctor.Finding{Status: doctor.Failure, Message: "GOPHER_SLACK_BOT_ACCESS_TOKEN is not set", Fix: "api.slack.com/apps"}},
		{"a variable has its deprecated name", func(d *deployment) { d.set("GOPHER_FEEDS_EVERY", "1h") },
			"configuration GOPHER_FEEDS_EVERY", doctor.Finding{Status: doctor.Warning, Message: "this name is deprecated", Fix: "rename it to GOPHER_FEEDS_INTERVAL"}},
		{"nobody is named to people who need help", func(d *deployment) { d.set("GOPHER_ADMIN_CONTACT", "") },
			"admin contact", doctor.Finding{Status: doctor.Warning, Message: "GOPHER_ADMIN_CONTACT is not set", Fix: "#moderators"}},
		{"Redis is away", func(d *deployment) { d.redis.Stop(d.t) },
			"redis", doctor.Finding{Status: doctor.Failure, Message: "it does not answer", Fix: "REDIS_URL"}},
		{"Redis wants another certificate checked", func(d *deployment) { d.redis.ServeTLS(d.t); d.set("REDIS_URL", d.redis.TLSURL()) },
			"redis", doctor.Finding{Status: doctor.Failure, Message: "certificate", Fix: "GOPHER_REDIS_SKIPVERIFY=true"}},
		{"the eviction policy loses events", func(d *deployment) { d.configure("maxmemory-policy", "allkeys-lru") },
			"redis eviction", doctor.Finding{Status: doctor.Failure, Message: "allkeys-lru", Fix: "noeviction"}},
		{"memory is nearly full", func(d *deployment) { d.configure("maxmemory", "1000000") },
			"redis memory", doctor.Finding{Status: doctor.Failure, Message: "of 1.0 MB used", Fix: "queue stats"}},
		{"few connections are left", func(d *deployment) { d.configure("maxclients", "14") },
			"redis connections", doctor.Finding{Status: doctor.Warning, Message: "of 14 used", Fix: "a deploy needs 9 more"}},
		{"nothing is persisted", func(d *deployment) { d.configure("appendonly", "no") },
			"redis persistence", doctor.Finding{Status: doctor.Warning, Message: "no append-only file", Fix: "appendonly"}},
		{"no consumer runs under that name", func(d *deployment) { d.set("GOPHER_APP", "another") },
			"process consumer", doctor.Finding{Status: doctor.Failure, Message: "no heartbeat", Fix: "start it"}},
		{"Redis went back to a backup", func(d *deployment) {
			rdb := redistest.Dial(d.t, d.redis.URL())
			d.must(rdb.HSet(d.t.Context(), "gopherbot:{presence}:clock", "rewound", time.Now().UnixMilli()).Err())
		}, "redis history", doctor.Finding{Status: doctor.Warning, Message: "gone back to an earlier state", Fix: "gopherbot restore"}},
		{"another token", func(d *deployment) { d.set("GOPHER_SLACK_BOT_ACCESS_TOKEN", "xoxb-another") },
			"slack token", doctor.Finding{Status: doctor.Failure, Message: "invalid_auth", Fix: "OAuth & Permissions"}},
		{"another workspace", func(d *deployment) { d.set("GOPHER_SLACK_TEAM_ID", "T0OTHER") },
			"slack token", doctor.Finding{Status: doctor.Failure, Message: "T0TEST", Fix: "agree"}},
		{"another app", func(d *deployment) { d.set("GOPHER_SLACK_APP_ID", "A0OTHER") },
			"slack app", doctor.Finding{Status: doctor.Failure, Message: "A0TEST", Fix: "agree"}},
		{"a scope is lacking", func(d *deployment) { d.slack.Grant("chat:write", "channels:read") },
			"slack scopes", doctor.Finding{Status: doctor.Failure, Message: "reactions:write (reactions.add)", Fix: "install the app again"}},
		{"a scope is too much", func(d *deployment) { d.slack.Grant(append(d.scopes, "admin")...) },
			"slack scopes", doctor.Finding{Status: doctor.Warning, Message: "admin", Fix: "remove"}},
		{"the bot is not where it welcomes", func(d *deployment) { d.must(d.slack.RemoveBot(newbies)) },
			"slack #newbies", doctor.Finding{Status: doctor.Warning, Message: "not in it", Fix: "/invite"}},
		{"the channel to announce in is archived", func(d *deployment) { d.must(d.slack.ArchiveChannel("C01GENERAL")) },
			"slack #general", doctor.Finding{Status: doctor.Warning, Message: "GOPHER_RELEASES_CHANNEL", Fix: "create it"}},
		{"the channel to announce in is unknown", func(d *deployment) { d.set("GOPHER_RELEASES_CHANNEL", "C0PRIVATE") },
			"slack #C0PRIVATE", doctor.Finding{Status: doctor.Failure, Message: "channel_not_found", Fix: "invite the bot"}},
		{"another app token", func(d *deployment) { d.set("GOPHER_SLACK_APP_TOKEN", "xapp-another") },
			"slack app token", doctor.Finding{Status: doctor.Failure, Message: "invalid_auth", Fix: "App-Level Tokens"}},
		{"Socket Mode is off", func(d *deployment) { d.slack.SetSocketMode(false) },
			"slack app token", doctor.Finding{Status: doctor.Warning, Message: "socket_mode_off", Fix: "Socket Mode is on"}},
		{"a laptop has a socket, too", func(d *deployment) {
			d.slack.Socket().AddGhosts(2)
			d.slack.Socket().Disconnect("refresh_requested")
			d.registers("the ghosts are counted", func(s presence.Sockets) bool { return s.Connections > 2 })
		},
			"slack sockets", doctor.Finding{Status: doctor.Warning, Message: "another process takes a share", Fix: "stop other processes"}},
		{"the gateway is away", func(d *deployment) { d.set("GOPHER_PUBLIC_URL", "http://127.0.0.1:1") },
			"gateway", doctor.Finding{Status: doctor.Failure, Message: "connection refused", Fix: "gateway runs"}},
		{"the gateway has another secret", func(d *deployment) { d.set("GOPHER_SLACK_REQUEST_SECRET", "anothersecret001") },
			"gateway", doctor.Finding{Status: doctor.Failure, Message: "refuses our signature", Fix: "GOPHER_SLACK_REQUEST_SECRET"}},
		{"the gateway is something else", func(d *deployment) { d.set("GOPHER_PUBLIC_URL", d.elsewhere()) },
			"gateway", doctor.Finding{Status: doctor.Failure, Message: "does not return the challenge", Fix: "this address"}},
		{"the notification API is misconfigured", func(d *deployment) { d.set("GOPHER_NOTIFY_YAML", "sever: {}") },
			"configuration", doctor.Finding{Status: doctor.Failure, Message: "GOPHER_NOTIFY_YAML, line 1", Fix: "did you mean server?"}},
		{"the notification API has no keys", func(d *deployment) { d.set("GOPHER_NOTIFY_CHAT", "general") },
			"notification API", doctor.Finding{Status: doctor.Warning, Message: "there are no keys", Fix: "GOPHER_NOTIFY_KEYS"}},
		{"the notification API lacks a scope", func(d *deployment) {
			d.set("GOPHER_NOTIFY_KEYS", notifyKey)
			d.slack.Grant(slices.DeleteFunc(slices.Clone(d.scopes), func(scope string) bool { return scope == "files:write" })...)
		}, "slack scopes", doctor.Finding{Status: doctor.Warning, Message: "files:write (files", Fix: "install the app again"}},
		{"no channel has the alias's name", func(d *deployment) {
			d.set("GOPHER_NOTIFY_KEYS", notifyKey)
			d.set("GOPHER_NOTIFY_YAML", `chats: {ops: "#nowhere"}`)
		}, "slack #nowhere", doctor.Finding{Status: doctor.Warning, Message: "posts notifications (ops) there, but no public channel", Fix: "create it"}},
		{"files cannot be posted in the channel", func(d *deployment) {
			d.set("GOPHER_NOTIFY_KEYS", notifyKey)
			d.set("GOPHER_NOTIFY_CHAT", newbies)
			d.must(d.slack.RemoveBot(newbies))
		}, "slack #" + newbies, doctor.Finding{Status: doctor.Warning, Message: "texts and no files", Fix: "/invite"}},
		{"express-botx is still configured", func(d *deployment) { d.set("EXPRESS_BOTX_CONFIG", "/etc/x.yaml") },
			"variable EXPRESS_BOTX_CONFIG", doctor.Finding{Status: doctor.Warning, Message: "not read", Fix: "GOPHER_NOTIFY_FILE"}},
		{"nobody knows where the gateway is", func(d *deployment) { d.set("GOPHER_PUBLIC_URL", "") },
			"gateway", doctor.Finding{Status: doctor.Warning, Message: "not checked", Fix: "GOPHER_PUBLIC_URL"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := deployed(t)
			test.harm(d)
			got, code := d.finding(test.check)
			if got.Status != test.want.Status || !strings.Contains(got.Message, test.want.Message) || !strings.Contains(got.Fix, test.want.Fix) {
				t.Errorf("%+v", got)
			}
			if want := map[doctor.Status]int{doctor.Failure: 1, doctor.Warning: 0}[got.Status]; code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
		})
	}
}
