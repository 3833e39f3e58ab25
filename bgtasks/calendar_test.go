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

// TestRunner_Calendar runs a job by a calendar in one process after the other. The job acts once for each
// time, as Job.At says: a process that stops during a run has the next one repeat it.
func TestRunner_Calendar(t *testing.T) {
	t.Parallel()
	rdb, app := redistest.New(t)
	acted := make(chan time.Time, 100)
	job := bgtasks.Job{Name: "by the calendar", At: halfSeconds{}, Timeout: 5 * time.Second, Run: func(ctx context.Context, s bgtasks.State) error {
		var last time.Time
		if _, err := s.Load(ctx, &last); err != nil {
			return err
		}
		latest := time.Now().Truncate(500 * time.Millisecond)
		if !latest.After(last) {
			return nil
		}
		if err := s.Save(ctx, latest); err != nil {
			return err
		}
		acted <- latest
		return nil
	}}
	lead := func(name string) (stop func()) {
		return start(t, rdb, bgtasks.Options{App: app, Instance: name, Lease: time.Second}, job)
	}
	stop := lead("bgtasks.1")
	var last time.Time
	for range 3 {
		for range 3 {
			latest := testenv.Next(t, acted)
			if !latest.After(last) {
				t.Errorf("it acted for %v after %v", latest, last)
			}
			last = latest
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
