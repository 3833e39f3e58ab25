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

// Job is a task that runs at intervals, or at the times of a calendar. A run may be
// repeated: if the leader dies during it, the next leader runs the whole job again. A
// job saves its progress in its State. Its other effects must be safe to repeat, and to
// come late, from a process that was paused and does not know yet that its term has ended.
type Job struct {
	// Name names the job in logs and its record in Redis, so it must stay the
	// same from release to release.
	Name string
	// Every is the time from the end of a run to the next, at least 100 ms. It is 0 if
	// the job has a calendar.
	Every time.Duration
	// At is the job's calendar, nil if it runs at intervals. Such a job runs at its
	// times, and once at its very first start. A time that passed while nobody led is
	// made up for, once however many there were. So a run is no proof that it is time:
	// a job that acts once for each time finds out, as source.Weekly does.
	At Calendar
	// Jitter bounds the random time that is added to Every, so that many bots do not
	// ask one server at the same moment.
	Jitter time.Duration
	// Timeout bounds one run.
	Timeout time.Duration
	Run     func(ctx context.Context, s State) error
}

// Calendar has the times of a job. It must give the same times in all processes.
type Calendar interface {
	// Next returns the first time after another.
	Next(after time.Time) time.Time
}

// minEvery is the shortest period of a job.
const minEvery = 100 * time.Millisecond

func (j Job) validate() error {
	if j.At != nil && (j.Every != 0 || j.Jitter != 0) {
		return fmt.Errorf("job %q: it has a calendar; want no period and no jitter", j.Name)
	}
	if j.Name == "" || j.At == nil && j.Every < minEvery || j.Jitter < 0 || j.Timeout <= 0 || j.Run == nil {
		return fmt.Errorf("job %q: want a name, a calendar or a period of at least %v, a timeout, a function, and no negative jitter", j.Name, minEvery)
	}
	return nil
}

// retryFirst is the delay after a job's first failure. It doubles with each further
// failure, up to the job's period, or up to retryCalendar if it has a calendar.
const (
	retryFirst    = time.Second
	retryCalendar = 10 * time.Minute
)

// longestWait bounds the delay that a job's error asks for.
const longestWait = 24 * time.Hour

// next returns the time of the run after one that started at start and took a while:
// see pause.
func (j Job) next(start time.Time, took time.Duration, failing int64, err error) time.Time {
	if j.At != nil && err == nil {
		return j.At.Next(start) // a time during the run is not left out
	}
	return start.Add(took + j.pause(failing, err, rand.Float64()))
}

// pause returns the delay after a run that ended with err, the n-th failure in a row
// if err is not nil. random is between 0 and 1.
func (j Job) pause(n int64, err error, random float64) time.Duration {
	if err == nil {
		return j.Every + time.Duration(random*float64(j.Jitter))
	}
	pause := j.Every
	if j.At != nil {
		pause = retryCalendar
	}
	if n < 30 { // a second doubled 30 times is 34 years
		pause = min(pause, retryFirst<<(n-1))
	}
	if asked, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		pause = max(pause, min(asked.RetryAfter(), longestWait))
	}
	return pause
}

// due returns the time of a job's next run, from its record. A time that passed
// while nobody led means now, once. A time that is further away than the job's
// period or calendar allows, because that was changed or a clock was wrong, is
// replaced by an earlier one.
func (j Job) due(r record, now time.Time) time.Time {
	latest := now.Add(j.Every + j.Jitter)
	if j.At != nil {
		latest = j.At.Next(now)
	}
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

// after returns the record after a run.
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
	r.next = j.next(start, took, r.failing, err)
	return r
}

// panicError is the error of a run that panicked. Its text is stored in Redis and
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
