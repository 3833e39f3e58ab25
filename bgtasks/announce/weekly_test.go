package announce_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks/announce"
	"github.com/gobridge/gopherbot/bgtasks/calendar"
	"github.com/gobridge/gopherbot/bgtasks/source"
	"github.com/gobridge/gopherbot/internal/event"
)

// TestJob_WeeklyOnce lets the leader die at each step of the run that is due in turn; the next leader
// runs the job again, and once more after that.
func TestJob_WeeklyOnce(t *testing.T) {
	t.Parallel()
	monday, err := calendar.ParseWeekly("Monday 09:00 Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; ; step++ {
		now := time.Date(2026, 3, 25, 12, 0, 0, 0, time.UTC)
		m := &memory{}
		q := newQueue(t, m)
		j := announce.Job(announce.Options{
			Source: source.Weekly{ID: "post", At: monday, Text: "What's up?", Now: func() time.Time { return now }},
			Target: event.Target{Source: "slack", Channel: "general"}, At: monday, Limit: 5, Publisher: q,
		})
		if err := j.Run(t.Context(), m.newTerm()); err != nil || len(q.queued) != 0 {
			t.Fatalf("the first start: %q (%v)", q.queued, err)
		}
		now, m.failing = j.At.Next(now), step
		if want := time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC); !now.Equal(want) {
			t.Fatalf("the job is due at %v, want %v", now, want)
		}
		err := j.Run(t.Context(), m.newTerm())
		died := errors.Is(err, errDied)
		if err != nil && !died {
			t.Fatal(err)
		}
		m.failing = 0
		for range 2 {
			now = now.Add(time.Minute)
			if err := j.Run(t.Context(), m.newTerm()); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(q.queued, []string{"What's up?"}) {
			t.Errorf("died at step %d: %q, want the post once", step, q.queued)
		}
		if !died {
			if step != 5 { // two saves, and before and after it is queued
				t.Errorf("there were %d steps to die at, want 4", step-1)
			}
			return
		}
	}
}
