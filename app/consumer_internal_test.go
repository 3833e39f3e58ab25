package app

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/consumer"
	"github.com/gobridge/gopherbot/consumer/callback"
	"github.com/gobridge/gopherbot/consumer/gophers"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/blob"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/rungroup"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }

// silentPlatform is a platform without events.
type silentPlatform struct{ consumer.Platform }

func (silentPlatform) Name() string                        { return "Silent" }
func (silentPlatform) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// fakePlatform is a platform that is identified, or refuses the bot.
type fakePlatform struct {
	platform
	name string
	err  error
}

func (p fakePlatform) source() string { return p.name }

func (p fakePlatform) connection() connection {
	return connection{identify: func(context.Context) (identified, error) {
		return identified{platform: silentPlatform{}, bot: "U1"}, p.err
	}}
}

// TestPlatformConsumer_RefusedBesideAnother runs the consumers of a platform that
// refuses the bot and of two that do not: those two take events, the process is ready
// and publishes one report with the counts of both, and all stop with their context.
func TestPlatformConsumer_RefusedBesideAnother(t *testing.T) {
	t.Parallel()
	url := redistest.URL(t)
	c, err := config.Load(config.Consumer, []string{
		"REDIS_URL=" + url, "GOPHER_REDIS_INSECURE=true", "GOPHER_APP=" + redistest.App(),
		"GOPHER_SLACK_TEAM_ID=T1", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	log, serving := &testenv.Log{}, make(chan struct{})
	e := env{config: c, content: gophers.Content, log: zerolog.New(log), hooks: Hooks{Serving: func() { close(serving) }}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	a := processRuntime{rdb: redistest.Dial(t, url), state: &state{}, running: ctx}
	registry, err := e.content.Registry(handler.Services{})
	if err != nil {
		t.Fatal(err)
	}
	callbacks, err := callback.New(callback.Options{
		Commands: callback.NewCommands(e.setting, nil, e.log), Transport: http.DefaultTransport, Blobs: blob.New(a.rdb, string(c.App), blob.Options{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	all := &queues{}
	controls := control.NewWatcher(control.New(a.rdb, string(c.App)), e.log)
	defer background(ctx, controls.Run)()
	var runs []func(context.Context) error
	for _, p := range []fakePlatform{{name: "refusing", err: errors.New("invalid_auth")}, {name: "other"}, {name: "third"}} {
		runs = append(runs, (&platformConsumer{e, a, p, p.connection(), registry, callbacks, observers{}, all, controls}).run)
	}
	ended := make(chan error, 1)
	go func() { ended <- rungroup.Run(ctx, runs...) }()
	testenv.Next(t, serving)
	testenv.Eventually(t, "the refusal is logged", func() bool { return strings.Contains(log.String(), `"platform":"refusing"`) })
	if !a.state.working.Load() {
		t.Error("not ready")
	}
	reporter := presence.NewReporter(a.rdb, string(c.App), "worker.1-abc", e.log)
	defer background(ctx, func(ctx context.Context) { reporter.Run(ctx, all.counts) })()
	reader := presence.NewReader(a.rdb, string(c.App))
	testenv.Eventually(t, "one report has the counts of both platforms", func() bool {
		list, err := reader.Consumers(t.Context())
		if err != nil || len(list) > 1 {
			t.Fatalf("%+v (%v)", list, err)
		}
		sources := map[string]bool{}
		for _, report := range list {
			for _, counts := range report.Counts {
				source, _, _ := strings.Cut(counts.Type, "_")
				sources[source] = true
			}
		}
		if sources["refusing"] {
			t.Fatalf("takes events of the platform that refuses the bot: %+v", list)
		}
		return sources["other"] && sources["third"]
	})
	stop()
	if err := testenv.Next(t, ended); err != nil {
		t.Error(err)
	}
}

// TestEnv_Setting reads settings for the content: those of the process with their
// defaults, those of the community, and no secret.
func TestEnv_Setting(t *testing.T) {
	t.Parallel()
	environ := []string{
		"REDIS_URL=rediss://:hunter2@redis.example:6379", "GOPHER_SLACK_TEAM_ID=T1", "GOPHER_SLACK_BOT_ACCESS_TOKEN=xoxb-1",
		"LIBBOT_CATALOGUE_URL= https://books.example/ ", "GOPHER_PLAYGROUND_EXCEPT=random",
	}
	e, err := newEnv(t.Context(), Consumer, gophers.Content, Options{Environ: environ, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"LIBBOT_CATALOGUE_URL": "https://books.example/", "GOPHER_PLAYGROUND_EXCLUDE_CHANNELS": "random", "GOPHER_PLAYGROUND_URL": "https://play.golang.org/",
		"REDIS_URL": "", "GOPHER_SLACK_BOT_ACCESS_TOKEN": "", "GOPHER_APP": "gopherbot", "UNSET": "",
	} {
		if got := e.setting(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, err := newEnv(t.Context(), Consumer, handler.Content{Name: "empty"}, Options{Environ: environ}); err == nil || !strings.Contains(err.Error(), "want a name, a description and a registry") {
		t.Errorf("content without a registry: %v", err)
	}
}

// TestRoles_OfTheSettings passes the operator's roles to the dispatcher.
func TestRoles_OfTheSettings(t *testing.T) {
	t.Parallel()
	var assigned config.Roles
	if err := assigned.UnmarshalText([]byte("moderator=U1; admin=U1")); err != nil {
		t.Fatal(err)
	}
	if got := roles(assigned)("slack", "U1"); !slices.Equal(got, []handler.Role{"moderator", "admin"}) {
		t.Errorf("U1 has %q", got)
	}
	if got := roles(assigned)("slack", "U2"); len(got) > 0 {
		t.Errorf("U2 has %q", got)
	}
}
