package app

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/consumer/gophers"
	gatewayslack "github.com/gobridge/gopherbot/gateway/slack"
	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/presence"
	slackapi "github.com/gobridge/gopherbot/internal/slack/api"
	"github.com/gobridge/gopherbot/internal/slack/manifest"
)

// doctorConns is how many connections to Redis Doctor has.
const doctorConns = 1

// doctorTimeout bounds what Doctor does about one subject.
const doctorTimeout = 30 * time.Second

// Doctor looks whether a deployment that is configured by environ is well. One
// whose processes are not started yet is not asked for its gateway.
func Doctor(ctx context.Context, environ []string, started bool) ([]doctor.Finding, error) {
	c, err := config.LoadAll(environ)
	list := doctor.Configuration(err)
	for _, d := range config.Deprecations(environ) {
		list = append(list, doctor.Deprecated(d.Was, d.Name))
	}
	if err != nil {
		return list, nil // whom would we ask?
	}
	app, err := slackApp(c)
	if err != nil {
		return nil, err
	}
	transport := newTransport(http.DefaultMaxIdleConnsPerHost)
	defer transport.CloseIdleConnections()
	subjects := []func(context.Context) []doctor.Finding{
		func(ctx context.Context) []doctor.Finding { return examineRedis(ctx, c, started) },
		func(ctx context.Context) []doctor.Finding {
			token, apiURL := c.SlackBotAccessToken.Reveal(), string(c.SlackAPIURL)
			return doctor.Slack(ctx, slackapi.New(token, apiURL, transport), slackapi.NewReader(token, apiURL, transport), app)
		},
	}
	if started {
		subjects = append(subjects, func(ctx context.Context) []doctor.Finding { return examineGateway(ctx, c, transport) })
	}
	for _, examine := range subjects {
		ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
		list = append(list, examine(ctx)...)
		cancel()
	}
	return list, ctx.Err()
}

// examineRedis looks at Redis, and once they are started at the signs of life and
// the registrations that the processes leave there.
func examineRedis(ctx context.Context, c config.Config, started bool) []doctor.Finding {
	var servers []doctor.Server
	var processes []doctor.Process
	var registered presence.Status
	err := withRedis(Env{Config: c}, doctorConns, func(rdb redis.UniversalClient) (err error) {
		if servers, err = doctor.AskRedis(ctx, rdb); err != nil || !started {
			return err
		}
		for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
			seen, err := lastBeat(ctx, rdb, string(c.App), p)
			if err != nil {
				return err
			}
			processes = append(processes, doctor.Process{Name: string(p), Seen: seen})
		}
		registered, err = presence.Read(ctx, rdb, string(c.App))
		return err
	})
	if err != nil {
		return doctor.NoRedis(err)
	}
	host, encrypted := c.RedisTLS()
	findings := doctor.Redis(servers, doctor.Encryption{Host: host, TLS: encrypted, Verified: !c.RedisSkipVerify},
		doctor.Backlog{Max: int(c.QueueMaxBacklog), Shards: int(c.QueueShards)},
		gatewayConns+consumerConns+waitingConns(c)+bgtasksConns)
	findings = append(findings, doctor.Processes(processes, time.Now())...)
	return append(findings, doctor.Instances(registered, time.Now())...)
}

func examineGateway(ctx context.Context, c config.Config, transport http.RoundTripper) []doctor.Finding {
	address := c.Gateway()
	if address != "" {
		address += manifest.Path
	}
	secret := c.SlackRequestSecret.Reveal()[0]
	return []doctor.Finding{doctor.Gateway(ctx, &http.Client{Transport: transport}, address, func(header http.Header, body []byte) {
		gatewayslack.Sign(header, body, secret, time.Now())
	})}
}

// slackApp returns what the app at Slack should be.
func slackApp(c config.Config) (doctor.App, error) {
	wanted, err := Manifest("", manifest.Placeholder)
	if err != nil {
		return doctor.App{}, err
	}
	registry, err := gophers.Registry(gophers.Deps{})
	if err != nil {
		return doctor.App{}, err
	}
	app := doctor.App{AppID: string(c.SlackAppID), TeamID: string(c.SlackTeamID), Scopes: wanted.Scopes(), Why: wanted.Why}
	for _, e := range registry.Infos() {
		if e.Kind == handler.WelcomeEntry && e.Trigger != "" {
			app.Speaks = append(app.Speaks, doctor.Channel{Name: e.Trigger, Does: "welcomes who joins", Member: true})
		}
	}
	for _, a := range c.Announcements() {
		if a.Channel.Source == event.Slack {
			app.Speaks = append(app.Speaks, doctor.Channel{Name: a.Channel.Channel, Does: "announces what " + a.Variable + " says"})
		}
	}
	// Two feeds may go to one channel.
	app.Speaks = slices.CompactFunc(app.Speaks, func(a, b doctor.Channel) bool { return a == b })
	return app, nil
}
