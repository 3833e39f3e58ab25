// Package bgtasks runs what happens by itself: periodic jobs, each a value.
//
// It knows schedules and failures. What a job does is in a file of its own, and
// what it needs it is built with. It must not know gateways, consumers or
// handlers: what it has to say to them is an event on the queue.
package bgtasks

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Job is something to be done again and again. Doing it twice must do no harm.
type Job struct {
	Name string
	// Every is the time between two runs, at least a second.
	Every time.Duration
	// Timeout bounds one run.
	Timeout time.Duration
	Run     func(ctx context.Context) error
}

// Runner runs jobs.
type Runner struct {
	jobs []Job
	log  zerolog.Logger
}

// New returns a Runner, or an error that names every job that is not well
// declared.
func New(log zerolog.Logger, jobs ...Job) (*Runner, error) {
	var errs []error
	for _, j := range jobs {
		if j.Name == "" || j.Every < time.Second || j.Timeout <= 0 || j.Run == nil {
			errs = append(errs, fmt.Errorf("job %q: want a name, a period of at least a second, a timeout and a function", j.Name))
		}
	}
	return &Runner{jobs, log}, errors.Join(errs...)
}

// Run runs each job at once and then at its times, until ctx ends and the jobs
// that were running have stopped.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, j := range r.jobs {
		wg.Go(func() { r.repeat(ctx, j) })
	}
	wg.Wait()
	return nil
}

// retryFirst is the pause after a job's first failure. It doubles with each
// further one, up to the job's period.
const retryFirst = time.Second

func (r *Runner) repeat(ctx context.Context, j Job) {
	log := r.log.With().Str("job", j.Name).Logger()
	retry := retryFirst
	for {
		start := time.Now()
		err := run(ctx, j)
		if ctx.Err() != nil {
			return
		}
		pause := j.Every
		if err != nil {
			pause = min(retry, j.Every)
			retry = min(2*retry, j.Every)
			log.Error().Err(err).Dur("took_ms", time.Since(start)).Dur("again_in_ms", pause).Msg("job failed")
		} else {
			retry = retryFirst
			log.Info().Dur("took_ms", time.Since(start)).Dur("again_in_ms", pause).Msg("job done")
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

func run(ctx context.Context, j Job) (err error) {
	ctx, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return j.Run(ctx)
}
