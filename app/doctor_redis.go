package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/control"
	"github.com/gobridge/gopherbot/internal/doctor"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/workqueue"
)

// recorded is what the processes of a deployment have left in Redis.
type recorded struct {
	queue    doctor.Queue
	jobs     bgtasks.Status
	controls []control.Control
	// The following are about the running processes.
	processes  []doctor.Process
	registered presence.Status
	requests   []presence.Requests
}

// registered returns the registered processes, none if they are not known.
func (of examination) registered() presence.Status {
	if of.state == nil {
		return presence.Status{}
	}
	return of.state.registered
}

// requests judges what a platform has sent, if the processes are started and Redis answered.
// settings are those with which its requests are verified.
func (of examination) requests(platform, settings string) []doctor.Finding {
	if of.state == nil || !of.started {
		return nil
	}
	return []doctor.Finding{doctor.Requests(of.state.requests, platform, settings, of.state.registered, time.Now())}
}

// examineRedis checks Redis, the queue and the jobs in it and, if the processes are started,
// their heartbeats and registrations. It returns what it has read, nil if Redis did not answer.
func examineRedis(ctx context.Context, e env, started bool) ([]doctor.Finding, *recorded) {
	c := e.config
	if err := redisx.Probe(ctx, c); err != nil {
		return doctor.NoRedis(err), nil
	}
	backlog := doctor.Backlog{Max: int(c.QueueMaxBacklog), Shards: int(c.QueueShards)}
	var servers []doctor.Server
	var r recorded
	err := withRedis(env{config: c}, doctorConns, func(rdb redis.UniversalClient) (err error) {
		if servers, err = doctor.AskRedis(ctx, rdb); err != nil {
			return err
		}
		if err := r.readWork(ctx, e, rdb, backlog.Bound(servers)); err != nil || !started {
			return err
		}
		return r.readProcesses(ctx, e, rdb)
	})
	if err != nil {
		return doctor.NoRedis(err), nil
	}
	host, encrypted := c.RedisTLS()
	now := time.Now()
	findings := doctor.Redis(servers, doctor.Encryption{Host: host, TLS: encrypted, Verified: !c.RedisSkipVerify}, backlog,
		gatewayConns+consumerConns+waitingConns(c)+bgtasksConns)
	findings = append(findings, r.queue.Judge(now)...)
	findings = append(findings, doctor.Controls(r.controls, now)...)
	findings = append(findings, doctor.Jobs(r.jobs, now)...)
	findings = append(findings, doctor.Processes(r.processes, now)...)
	return append(findings, doctor.Instances(r.registered, now)...), &r
}

// failuresRead is how many of the latest failures of consumers doctor reads: all that are kept.
const failuresRead = 100

// readWork reads the queue, the jobs and the controls. bound is how many events a stream of the platforms'
// events takes.
func (r *recorded) readWork(ctx context.Context, e env, rdb redis.UniversalClient, bound int) error {
	app := string(e.config.App)
	queue, err := workqueue.NewInspector(rdb, app)
	if err != nil {
		return err
	}
	stats, err := queue.Stats(ctx, e.eventTypes()...)
	if err != nil {
		return err
	}
	if r.controls, err = control.New(rdb, app).List(ctx); err != nil {
		return err
	}
	r.queue.HandlerPaused = slices.ContainsFunc(r.controls, func(c control.Control) bool { return c.Kind == control.Handler })
	paused := control.PausedTypes(r.controls)
	for _, s := range stats {
		t := doctor.QueueType{Stats: s, Max: e.bound(s.Type, bound), Paused: paused[s.Type]}
		if s.Dead > 0 {
			// It may have been dropped meanwhile.
			if t.LastDead, err = queue.LastDeadLetter(ctx, s.Type); err != nil && !errors.Is(err, workqueue.ErrNoDeadLetter) {
				return err
			}
		}
		r.queue.Types = append(r.queue.Types, t)
	}
	if r.queue.Failures, err = presence.NewReader(rdb, app).Failures(ctx, failuresRead); err != nil {
		return err
	}
	r.jobs, err = bgtasks.ReadStatus(ctx, rdb, app)
	return err
}

// bound returns how many events a stream of a type takes, if one of the platforms' events takes
// n.
func (e env) bound(eventType string, n int) int {
	for _, p := range e.platforms() {
		switch kind, _ := event.KindOf(p.source(), eventType); {
		case kind == event.Callback:
			return cmp.Or(int(e.config.QueueMaxBacklog), callbackBacklog)
		case kind == event.Send && len(e.notify.Keys) > 0:
			return cmp.Or(int(e.config.QueueMaxBacklog), notify.MaxBacklog)
		}
	}
	return n
}

// readProcesses reads what the running processes have registered.
func (r *recorded) readProcesses(ctx context.Context, e env, rdb redis.UniversalClient) error {
	app := string(e.config.App)
	for _, p := range []config.Process{config.Gateway, config.Consumer, config.BGTasks} {
		seen, err := presence.LastHeartbeat(ctx, rdb, app, string(p))
		if err != nil {
			return err
		}
		r.processes = append(r.processes, doctor.Process{Name: string(p), Seen: seen})
	}
	var err error
	if r.registered, err = presence.Read(ctx, rdb, app); err != nil {
		return err
	}
	r.requests, err = presence.NewReader(rdb, app).Requests(ctx)
	return err
}
