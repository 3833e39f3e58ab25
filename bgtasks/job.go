package bgtasks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/gobridge/gopherbot/internal/redact"
)

// Job is something to be done again and again. It may be done twice: a leader
// that dies in the middle leaves the whole run to the next. What it keeps it
// saves in its State; what else it does must do no harm when it is done again,
// or late, by a process that was paused and does not know yet that it leads no
// more.
type Job struct {
	// Name names the job in logs and its record in Redis, so it must stay the
	// same from release to release.
	Name string
	// Every is the time from the end of a run to the next, at least 100 ms.
	Every time.Duration
	// Jitter is the most that is added to Every, at random, so that many bots do
	// not ask one server at the same moment.
	Jitter time.Duration
	// Timeout bounds one run.
	Timeout time.Duration
	Run     func(ctx context.Context, s State) error
}

// minEvery is the shortest period of a job.
const minEvery = 100 * time.Millisecond

func (j Job) validate() error {
	if j.Name == "" || j.Every < minEvery || j.Jitter < 0 || j.Timeout <= 0 || j.Run == nil {
		return fmt.Errorf("job %q: want a name, a period of at least %v, a timeout, a function, and no negative jitter", j.Name, minEvery)
	}
	return nil
}

// retryFirst is the pause after a job's first failure. It doubles with each
// further one, up to the job's period.
const retryFirst = time.Second

// longestWait is the longest that a job waits because it was asked to.
const longestWait = 24 * time.Hour

// pause says how long to wait after a run that ended with err, the n-th failure
// in a row if it is one. random is between 0 and 1.
func (j Job) pause(n int64, err error, random float64) time.Duration {
	if err == nil {
		return j.Every + time.Duration(random*float64(j.Jitter))
	}
	pause := j.Every
	if n < 30 { // a second doubled 30 times is 34 years
		pause = min(j.Every, retryFirst<<(n-1))
	}
	if told, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		pause = max(pause, min(told.RetryAfter(), longestWait))
	}
	return pause
}

// due says when a job is to run that nobody runs at the moment: when its record
// says so, and at once if that time passed while nobody led, however often it
// passed. A time further away than the job can have meant, because its period
// was made shorter or a clock was wrong, is brought nearer.
func (j Job) due(r record, now time.Time) time.Time {
	latest := now.Add(j.Every + j.Jitter)
	if r.failing > 0 {
		latest = now.Add(longestWait)
	}
	switch {
	case r.next.Before(now):
		return now
	case r.next.After(latest):
		return latest
	default:
		return r.next
	}
}

// after is the record after a run.
func (j Job) after(r record, start time.Time, took time.Duration, err error) record {
	r.last, r.took, r.result = start, took, "ok"
	r.runs++
	if err != nil {
		r.result = err.Error()
		r.failures++
		r.failing++
		if _, panicked := errors.AsType[*panicError](err); panicked {
			r.panics++
		}
	} else {
		r.failing = 0
	}
	r.next = start.Add(took + j.pause(r.failing, err, rand.Float64()))
	return r
}

// panicError is the error of a run that panicked. Its text is kept in Redis and
// logged, so it does not quote the value.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return "panic: " + redact.Panic(e.value) }

// try runs a job once.
func (j Job) try(ctx context.Context, s State) (err error) {
	ctx, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	return j.Run(ctx, s)
}
