// Package bgtasks runs scheduled jobs in one process at a time, the leader. Any
// number of processes may have the same jobs; all but one stand by.
//
// Package leader elects the leader. Each write of a job's record checks the lease in
// the same step, and writes nothing in a term that has ended.
//
// The jobs' times are in Redis, too, so that they outlive a leader: a job whose time
// passed while nobody led is run once.
//
// The scheduler is our own, on go-redis alone. A scheduler like gocron asks its
// elector before a run and not during it, so a run would continue in a process that
// lost its lease. It keeps the next run in memory, and has no delay of its own after
// a failure. The locks of redsync have no fencing token. With either, the lease, the
// fencing and the times would still be ours, and the library would supply a timer.
// A Calendar supplies the times of a job that has one: see package calendar.
//
// The package knows schedules, the lease and failures. Each job is in a file or a
// package of its own, and is built with its dependencies. The package must not know
// gateways, consumers or handlers: jobs reach them by events on the queue.
package bgtasks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/leader"
	"github.com/gobridge/gopherbot/internal/pause"
)

// Options configures a Runner.
type Options struct {
	// App is the deployment's name, the first part of every key. Required.
	App string
	// Instance names this process for operators. It need not be unique. Required.
	Instance string
	// Lease is the time after a leader's death until its lease ends. Another process
	// takes over within a twentieth of that. Defaults to 10 s. At least 200 ms.
	Lease time.Duration
	Log   zerolog.Logger
}

// Runner runs jobs while it leads.
type Runner struct {
	jobs  []Job
	rdb   redis.UniversalClient
	keys  keys
	lease *leader.Lease
	log   zerolog.Logger
	leads atomic.Bool
}

// New returns a Runner, or an error that names every invalid job. The caller closes
// rdb.
func New(rdb redis.UniversalClient, opts Options, jobs ...Job) (*Runner, error) {
	if opts.Lease == 0 {
		opts.Lease = 10 * time.Second
	}
	var errs []error
	if opts.App == "" || opts.Instance == "" || opts.Lease < 200*time.Millisecond {
		errs = append(errs, fmt.Errorf("app %q, instance %q and lease %v: want two names and at least 200ms", opts.App, opts.Instance, opts.Lease))
	}
	names := map[string]bool{}
	for _, j := range jobs {
		errs = append(errs, j.validate())
		if names[j.Name] {
			errs = append(errs, fmt.Errorf("there are two jobs %q", j.Name))
		}
		names[j.Name] = true
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("background tasks: %w", err)
	}
	k := keys{opts.App}
	return &Runner{
		jobs: jobs,
		rdb:  rdb,
		keys: k,
		lease: leader.NewLease(rdb, leader.Options{
			Key: k.lease(), TokenKey: k.token(), Instance: opts.Instance, Length: opts.Lease,
		}),
		log: opts.Log,
	}, nil
}

// Leads reports whether this process leads. It is safe for concurrent use.
func (r *Runner) Leads() bool { return r.leads.Load() }

// Run stands by until it can lead, and then runs each job at its times. When its
// term ends it stops its jobs and stands by again. It returns when ctx has ended,
// the jobs have stopped and the lease is released.
func (r *Runner) Run(ctx context.Context) error {
	leader.Candidate{Lease: r.lease, Lead: r.lead, Log: r.log}.Run(ctx)
	return nil
}

// lead runs the jobs for a term.
func (r *Runner) lead(ctx context.Context, held *leader.Term) error {
	r.leads.Store(true)
	defer r.leads.Store(false)
	leading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := &term{held, r.rdb, r.keys}
	var jobs sync.WaitGroup
	jobs.Go(func() { r.list(leading, t) })
	for _, j := range r.jobs {
		jobs.Go(func() {
			if err := r.repeat(leading, t, j); err != nil {
				stop(err)
			}
		})
	}
	<-leading.Done()
	jobs.Wait()
	return context.Cause(leading)
}

// repeat runs a job at its times until ctx ends. It returns an error if the term has
// ended.
func (r *Runner) repeat(ctx context.Context, t *term, j Job) error {
	log := r.log.With().Str("job", j.Name).Logger()
	rec, err := t.record(ctx, j.Name)
	for err != nil { // Redis is away; if it stays away, so does the lease
		if !pause.For(ctx, retryFirst) {
			return nil
		}
		rec, err = t.record(ctx, j.Name)
	}
	rec.next = j.due(rec, time.Now())
	for waitUntil(ctx, rec.next) {
		start := time.Now()
		err := j.try(ctx, state{t, j.Name})
		if errors.Is(err, ErrNotLeader) {
			return err
		}
		if ctx.Err() != nil {
			return nil // the record is unchanged: the next leader runs the job
		}
		rec = j.after(rec, start, time.Since(start), err)
		report(log, rec, err)
		if err := t.write(ctx, j.Name, rec.fields()...); errors.Is(err, ErrNotLeader) {
			return err
		} else if err != nil && ctx.Err() == nil {
			log.Warn().Err(err).Msg("record a run of a job; the next leader repeats it")
		}
	}
	return nil
}

// longestNap is the longest time for which a job waits without a look at the clock. A week
// is long enough for clocks to be set, and for machines to be suspended.
const longestNap = time.Minute

// waitUntil waits until the clock shows t, and reports whether it does; otherwise ctx has
// ended.
func waitUntil(ctx context.Context, t time.Time) bool {
	for {
		left := time.Until(t)
		if !pause.For(ctx, min(left, longestNap)) || left <= longestNap {
			return ctx.Err() == nil
		}
	}
}

func report(log zerolog.Logger, rec record, err error) {
	line := log.Info()
	if err != nil {
		line = log.Error().Err(err).Int64("failing", rec.failing)
	}
	if p, panicked := errors.AsType[*panicError](err); panicked {
		line = line.Bytes("stack", p.stack)
	}
	line.Dur("took_ms", rec.took).Time("next_run", rec.next).Int64("runs", rec.runs).Int64("failures", rec.failures).
		Int64("panics", rec.panics).Msg("job ran")
}
