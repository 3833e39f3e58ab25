package bgtasks_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// halfSeconds is a calendar of each half of a second.
type halfSeconds struct{}

func (halfSeconds) Next(after time.Time) time.Time {
	return after.Truncate(500 * time.Millisecond).Add(500 * time.Millisecond)
}

// TestRunner_Calendar has two processes run a job by a calendar. The leader changes at each third run. After
// the first one, which is at the start, each run is at a time of the calendar.
func TestRunner_Calendar(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	runs := make(chan time.Time, 100)
	job := bgtasks.Job{Name: "by the calendar", At: halfSeconds{}, Timeout: time.Second, Run: func(context.Context, bgtasks.State) error {
		runs <- time.Now()
		return nil
	}}
	lead := func(name string) (stop func()) {
		return start(t, rdb, bgtasks.Options{App: app, Instance: name, Lease: time.Second}, job)
	}
	stop := lead("bgtasks.1")
	last := testenv.Next(t, runs)
	for range 3 {
		for range 3 {
			run := testenv.Next(t, runs)
			if slot := run.Truncate(500 * time.Millisecond); !slot.After(last.Truncate(500 * time.Millisecond)) {
				t.Errorf("it ran at %v and at %v, both in one half of a second", last, run)
			}
			last = run
		}
		stop()
		stop = lead("bgtasks.2")
	}
}

// TestRunner_CalendarOutlivesALeader has the time of a week hence: a new leader does not run the job before.
func TestRunner_CalendarOutlivesALeader(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	var mu sync.Mutex
	ran := 0
	weekly := bgtasks.Job{Name: "weekly", At: inAWeek{}, Timeout: time.Second, Run: func(context.Context, bgtasks.State) error {
		mu.Lock()
		defer mu.Unlock()
		ran++
		return nil
	}}
	for range 3 {
		witness, witnessed := count("witness", 100*time.Millisecond)
		stop := start(t, rdb, bgtasks.Options{App: app, Instance: "bgtasks.1"}, weekly, witness)
		testenv.Eventually(t, "the witness has run", func() bool { return witnessed.Load() >= 2 })
		testenv.Eventually(t, "the weekly job's first run is recorded", func() bool {
			return rdb.HGet(t.Context(), app+":{bgtasks}:job:weekly", "runs").Val() == "1"
		})
		stop()
	}
	mu.Lock()
	defer mu.Unlock()
	if ran != 1 {
		t.Errorf("it ran %d times, want once, at the very first start", ran)
	}
}

type inAWeek struct{}

func (inAWeek) Next(after time.Time) time.Time { return after.Add(7 * 24 * time.Hour) }
