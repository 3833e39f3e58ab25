package app

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/bgtasks/announce"
	"github.com/gobridge/gopherbot/bgtasks/source"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/workqueue"
)

// bgtasksConns is the number of connections to Redis of a bgtasks, unless it is
// configured: see gatewayConns.
const bgtasksConns = 2

// runBGTasks runs the scheduled jobs while the process is the leader.
func (e env) runBGTasks(ctx context.Context) error {
	return e.withRuntime(ctx, config.BGTasks, bgtasksConns, func(ctx context.Context, a processRuntime) error {
		transport := e.transport(http.DefaultMaxIdleConnsPerHost)
		defer transport.CloseIdleConnections()
		list, err := jobs(ctx, e, a, transport)
		if err != nil {
			return err
		}
		runner, err := bgtasks.New(a.rdb, bgtasks.Options{
			App: string(e.config.App), Instance: e.config.Instance(), Lease: time.Duration(e.config.BGTasksLease), Log: e.log,
		}, list...)
		if err != nil {
			return err
		}
		a.metrics.Leading(runner.Leads)
		if err := a.deployment(ctx, e); err != nil {
			return err
		}
		a.setReady(e)
		e.log.Info().Int("jobs", len(list)).Stringer("lease", time.Duration(e.config.BGTasksLease)).Msg("bgtasks started; it waits to become the leader")
		return runner.Run(ctx)
	})
}

// jobs returns the configured jobs. It logs these, and the jobs that are not configured.
func jobs(ctx context.Context, e env, a processRuntime, transport *http.Transport) ([]bgtasks.Job, error) {
	c, app := e.config, string(e.config.App)
	queue, err := workqueue.NewInspector(a.rdb, app)
	if err != nil {
		return nil, err
	}
	publisher, err := workqueue.NewPublisher(a.rdb, workqueue.PublisherOptions{
		App: app, DedupWindow: announce.DedupWindow, Shards: int(c.QueueShards), MaxBacklog: int(c.QueueMaxBacklog), Log: e.log,
	})
	if err != nil {
		return nil, err
	}
	a.published(ctx, e, publisher, publisher.Counts)
	a.member.Count(func() map[string]int64 { return published(publisher.Counts()) })
	var list []bgtasks.Job
	for _, p := range e.platforms() {
		list = append(list, p.jobs(e, a, transport)...)
	}
	list = append(list, bgtasks.Housekeeping(queue, time.Duration(c.HousekeepingInterval), time.Duration(c.DeadLetterRetention), e.eventTypes()...))
	web := source.NewClient(transport, source.DefaultTimeout)
	add := func(o announce.Options, channel config.Channel, variable string) {
		if channel == (config.Channel{}) {
			e.log.Info().Str("job", o.Source.Name()).Str("why", variable+" is not set").Msg("job is off")
			return
		}
		o.Target, o.Limit, o.Publisher, o.Log = channel.Target, int(c.AnnounceLimit), e.tracer.Publisher(publisher), e.log
		list = append(list, announce.Job(o))
	}
	announced := func(s announce.Source, channel config.Channel, every config.Period, variable string) {
		add(announce.Options{Source: s, Every: time.Duration(every)}, channel, variable)
	}
	weekly := func(s source.Weekly, channel config.Channel, variable string) {
		add(announce.Options{Source: s, At: s.At}, channel, variable)
	}
	announced(source.Gerrit{Client: web, URL: string(c.GerritURL), Projects: c.GerritProjects}, c.GerritChannel, c.GerritInterval, "GOPHER_GERRIT_CHANNEL")
	announced(source.GoTime{Client: web, URL: string(c.GoTimeURL)}, c.GoTimeChannel, c.GoTimeInterval, "GOPHER_GOTIME_CHANNEL")
	announced(source.Mastodon{Client: web, URL: string(c.MastodonURL), Account: string(c.MastodonAccount)}, c.MastodonChannel, c.MastodonInterval, "GOPHER_MASTODON_CHANNEL")
	announced(source.Releases{Client: web, URL: string(c.ReleasesURL)}, c.ReleasesChannel, c.ReleasesInterval, "GOPHER_RELEASES_CHANNEL")
	for _, feed := range c.Feeds {
		announced(source.Feed{Client: web, URL: feed.URL.Reveal()}, feed.Channel, c.FeedsInterval, "")
	}
	weekly(source.Weekly{ID: "post", At: c.WeeklyPostTime.Weekly, Text: string(c.WeeklyPostText)}, c.WeeklyPostChannel, "GOPHER_WEEKLY_POST_CHANNEL")
	logJobs(e.log, list)
	return traced(e.tracer, list), nil
}

func logJobs(log zerolog.Logger, list []bgtasks.Job) {
	for _, j := range list {
		if j.At != nil {
			log.Info().Str("job", j.Name).Time("next", j.At.Next(time.Now())).Stringer("timeout", j.Timeout).Msg("job is on")
			continue
		}
		log.Info().Str("job", j.Name).Stringer("every", j.Every).Stringer("jitter", j.Jitter).Stringer("timeout", j.Timeout).Msg("job is on")
	}
}
