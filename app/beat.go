package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// beatKept is how long a heartbeat is kept.
const beatKept = time.Minute

func beatKey(app string, p config.Process) string { return fmt.Sprintf("%s:{heartbeat}:%s", app, p) }

// beat returns a function that writes a heartbeat to Redis, where the latest of each
// role is kept. It writes, because reading does not tell a primary from a replica.
func beat(rdb redis.UniversalClient, app string, p config.Process) func(context.Context) error {
	return func(ctx context.Context) error {
		err := rdb.Set(ctx, beatKey(app, p), time.Now().UnixMilli(), beatKept).Err()
		if redis.HasErrorPrefix(err, "OOM") {
			return nil // it is full, and a process started afresh would find it no emptier
		}
		return err
	}
}

// register returns the registration of a process. A gateway may run beside
// processes of another environment, since ENV changes nothing about it; but one of
// another workspace would queue events that the consumers cannot answer.
func (e env) register(rdb redis.UniversalClient, p config.Process) *presence.Member {
	c := e.config
	return presence.NewMember(rdb, presence.Options{
		App: string(c.App),
		Instance: presence.Instance{
			Role: string(p), Name: c.Instance(), Environment: string(c.Env), Team: string(c.SlackTeamID), Commit: c.Commit(), Started: time.Now(),
		},
		AnyEnvironment: p == config.Gateway,
		TTL:            time.Duration(c.InstanceTTL),
		Log:            e.log,
	})
}

// published sums up the counts of a publisher for a registration.
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

// handled sums up the counts of a consumer for a registration.
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

// awaitRegistration waits until a process is registered, which takes longer when
// Redis is away. It reports false when ctx ended before. A gateway does not wait:
// without Redis it has to refuse events.
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

// lastBeat returns the time of the latest heartbeat of a role, the zero time if none
// is kept.
func lastBeat(ctx context.Context, rdb redis.UniversalClient, app string, p config.Process) (time.Time, error) {
	ms, err := rdb.Get(ctx, beatKey(app, p)).Int64()
	switch {
	case errors.Is(err, redis.Nil):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("read the last heartbeat of %s: %w", p, err)
	}
	return time.UnixMilli(ms), nil
}
