package bgtasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/leader"
	"github.com/gobridge/gopherbot/internal/pause"
)

// Status is the state of a deployment's scheduled jobs.
type Status struct {
	// Leader is the Instance of the process that leads, "" when none does.
	Leader string
	// Jobs are the leader's, or the last leader's.
	Jobs []JobStatus
}

// JobStatus is the state of a job. Its times are zero before the first run.
type JobStatus struct {
	Name       string
	Next, Last time.Time
	// Result is "ok" or the last run's error, and Took the run's duration.
	Result string
	Took   time.Duration
	// Runs and Failures are counted since the job's first run. Failing is the number
	// of failures since the last success.
	Runs, Failures, Failing int64
}

// fieldNames is the field of the list of jobs that has their names, as JSON.
const fieldNames = "names"

// list stores the names of this process's jobs, so that ReadStatus finds them. It
// retries while Redis is unavailable.
func (r *Runner) list(ctx context.Context, t *term) {
	names := make([]string, len(r.jobs))
	for i, j := range r.jobs {
		names[i] = j.Name
	}
	encoded, _ := json.Marshal(names) // strings always can
	for {
		err := t.Write(ctx, t.keys.jobs(), fieldNames, encoded)
		if err == nil || errors.Is(err, ErrNotLeader) || !pause.For(ctx, retryFirst) {
			return // if need be the next leader does
		}
	}
}

// ReadStatus returns the state of a deployment's scheduled jobs.
func ReadStatus(ctx context.Context, rdb redis.UniversalClient, app string) (Status, error) {
	k := keys{app}
	p := rdb.Pipeline()
	lease, list := p.Get(ctx, k.lease()), p.HGet(ctx, k.jobs(), fieldNames)
	_, err := p.Exec(ctx)
	// The pipeline's own error is that of its first command that failed, or of a
	// connection that was refused, when no command has one.
	for _, err := range []error{err, lease.Err(), list.Err()} {
		if err != nil && !errors.Is(err, redis.Nil) {
			return Status{}, fmt.Errorf("read the leader's lease: %w", err)
		}
	}
	s := Status{Leader: leader.InstanceOf(lease.Val())}
	var names []string
	if list.Val() == "" || json.Unmarshal([]byte(list.Val()), &names) != nil {
		return s, nil
	}
	p = rdb.Pipeline()
	records := make([]*redis.MapStringStringCmd, len(names))
	for i, name := range names {
		records[i] = p.HGetAll(ctx, k.job(name))
	}
	if _, err := p.Exec(ctx); err != nil {
		return Status{}, fmt.Errorf("read the records of the jobs: %w", err)
	}
	for i, name := range names {
		rec := readRecord(records[i].Val())
		s.Jobs = append(s.Jobs, JobStatus{
			Name: name, Next: rec.next, Last: rec.last, Result: rec.result, Took: rec.took,
			Runs: rec.runs, Failures: rec.failures, Failing: rec.failing,
		})
	}
	return s, nil
}
