// Package restore makes a deployment fit a backup of Redis that was put back.
package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/workqueue"
)

// conns is how many connections to Redis a Restorer has.
const conns = 1

// Restorer keeps a deployment from repeating work after a backup of Redis was restored:
// the events and announcements in the backup were handled after it was taken.
type Restorer struct {
	rdb   redis.UniversalClient
	app   string
	types []string
	queue *workqueue.Inspector
}

// Restoration is the plan of a Restorer, or its result.
type Restoration struct {
	App string `json:"app"`
	// Instances are the processes that run.
	Instances []presence.Instance `json:"instances"`
	// Expires is after how long they are forgotten if they died.
	Expires time.Duration `json:"-"`
	// Jobs are those that begin anew: at its next run each takes all items of its
	// source as known.
	Jobs []string `json:"jobs"`
	// Events are those of each type that are dropped from the queue.
	Events []RestoredEvents `json:"events"`
	// KeepQueue is set if no events are dropped.
	KeepQueue bool `json:"keep_queue"`
}

// RestoredEvents are the events of one type.
type RestoredEvents struct {
	Type string `json:"type"`
	// Stream is how many wait or are being handled, Delayed how many wait for their
	// next attempt.
	Stream  int64 `json:"stream"`
	Delayed int64 `json:"delayed"`
	// Dead is how many dead letters there are, which are kept.
	Dead int64 `json:"dead_letters"`
}

// With lends run a Restorer of the deployment that environ configures, for events of
// those types.
func With(environ, types []string, run func(*Restorer) error) (err error) {
	c, err := config.LoadNeeding(environ, "REDIS_URL")
	if err != nil {
		return err
	}
	rdb, err := redisx.Open(c, conns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	queue, err := workqueue.NewInspector(rdb, string(c.App))
	if err != nil {
		return err
	}
	return run(&Restorer{rdb, string(c.App), types, queue})
}

// Plan returns the changes that Do is about to make, and makes none.
func (r *Restorer) Plan(ctx context.Context) (Restoration, error) {
	status, err := presence.Read(ctx, r.rdb, r.app)
	if err != nil {
		return Restoration{}, err
	}
	jobs, err := bgtasks.ListStates(ctx, r.rdb, r.app)
	if err != nil {
		return Restoration{}, err
	}
	stats, err := r.queue.Stats(ctx, r.types...)
	if err != nil {
		return Restoration{}, err
	}
	plan := Restoration{App: r.app, Instances: append([]presence.Instance{}, status.Instances...), Expires: status.Expires, Jobs: append([]string{}, jobs...)}
	for _, s := range stats {
		plan.Events = append(plan.Events, RestoredEvents{s.Type, s.Depth, s.Delayed, s.Dead})
	}
	return plan, nil
}

// Do carries out a plan and returns its result. It can be repeated, also after an
// error. No processes should run meanwhile.
func (r *Restorer) Do(ctx context.Context, plan Restoration) (Restoration, error) {
	did := plan
	jobs, err := bgtasks.ForgetStates(ctx, r.rdb, r.app)
	if err != nil {
		return did, notComplete(err)
	}
	did.Jobs, did.Events = append([]string{}, jobs...), nil
	for _, e := range plan.Events {
		if !plan.KeepQueue {
			dropped, err := r.queue.DropWaiting(ctx, e.Type)
			if err != nil {
				return did, notComplete(err)
			}
			e.Stream, e.Delayed = dropped.Stream, dropped.Delayed
		}
		did.Events = append(did.Events, e)
	}
	if err := presence.Restored(ctx, r.rdb, r.app); err != nil {
		return did, notComplete(err)
	}
	return did, nil
}

func notComplete(err error) error {
	return fmt.Errorf("the restore is not complete, run it again: %w", err)
}
