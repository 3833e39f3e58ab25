package app

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// register returns the registration of a process. A gateway may run beside processes
// of another environment, because ENV does not change its work. One of another
// workspace may not: it would queue events that the consumers cannot answer.
func (e env) register(rdb redis.UniversalClient, p config.Process) *presence.Member {
	c := e.config
	return presence.NewMember(rdb, presence.Options{
		App: string(c.App),
		Instance: presence.Instance{
			Role: string(p), Name: c.Instance(), Environment: string(c.Env), Implicit: !config.IsSet(e.environ, "ENV"), Team: string(c.SlackTeamID), Commit: c.Commit(), Started: time.Now(),
		},
		AnyEnvironment: p == config.Gateway,
		TTL:            time.Duration(c.InstanceTTL),
		Log:            e.log,
	})
}

// published adds up the counts of a publisher for a registration.
func published(list []workqueue.PublishCounts) map[string]int64 {
	sum := map[string]int64{}
	for _, c := range list {
		sum["queued"] += c.Queued
		sum["duplicate"] += c.Duplicate
		sum["refused"] += c.Refused
		sum["failed"] += c.Failed
	}
	return sum
}

// handled adds up the counts of a consumer for a registration.
func handled(list []workqueue.HandleCounts) map[string]int64 {
	sum := map[string]int64{}
	for _, c := range list {
		sum["acked"] += c.Acked
		sum["retried"] += c.Retried
		sum["postponed"] += c.Postponed
		sum["dead"] += c.Dead
	}
	return sum
}

// awaitRegistration waits until a process is registered, which takes until Redis
// answers. It returns false if ctx ends before. A gateway does not wait: without Redis
// it must answer events with 503.
func awaitRegistration(ctx context.Context, p config.Process, member *presence.Member) bool {
	if p == config.Gateway {
		return true
	}
	select {
	case <-member.Joined():
		return true
	case <-ctx.Done():
		return false
	}
}
