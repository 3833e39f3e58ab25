package consumer

import (
	"fmt"
	"testing"
	"time"
)

// TestPacer_GivesPlaces admits a burst, and gives those behind it places a pace apart.
func TestPacer_GivesPlaces(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := newPacer(time.Second)
	for n := range chatBurst + 3 {
		want := max(0, time.Duration(n-chatBurst+1)) * time.Second
		if wait := p.admit("C1", fmt.Sprint(n), now); wait != want {
			t.Errorf("message %d waits for %v, want %v", n, wait, want)
		}
	}
	if wait := p.admit("C2", "x", now); wait != 0 {
		t.Errorf("another chat waits for %v", wait)
	}
	// It comes back too early, then in time, and then a new one does not pass the others.
	for _, step := range []struct {
		event string
		after time.Duration
		want  time.Duration
	}{
		{"5", 400 * time.Millisecond, 600 * time.Millisecond},
		{"5", 980 * time.Millisecond, 0},
		{"new", 1500 * time.Millisecond, 2500 * time.Millisecond},
		{"6", 2 * time.Second, 0},
		{"7", 4 * time.Second, 0},
		{"new", 4 * time.Second, 0},
	} {
		if wait := p.admit("C1", step.event, now.Add(step.after)); wait != step.want {
			t.Errorf("after %v %s waits for %v, want %v", step.after, step.event, wait, step.want)
		}
	}
	if len(p.places) != 0 {
		t.Errorf("%d places are left", len(p.places))
	}
}

// TestPacer_CountsParts that were posted together.
func TestPacer_CountsParts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := newPacer(time.Second)
	p.admit("C1", "long", now)
	p.spend("C1", 4, now)
	if wait := p.admit("C1", "next", now); wait != time.Second {
		t.Errorf("the next waits for %v", wait)
	}
}

// TestPacer_IsBounded by chats and by places, of which it forgets those that nobody needs.
func TestPacer_IsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := newPacer(time.Second)
	for n := range maxChats + 100 {
		for range 2 {
			p.admit(fmt.Sprint("C", n), fmt.Sprint(n), now)
		}
	}
	if len(p.chats) != maxChats {
		t.Errorf("%d chats", len(p.chats))
	}
	later := now.Add(time.Hour)
	p.admit("new", "x", later)
	if len(p.chats) != 1 {
		t.Errorf("%d chats, want the one that is not idle", len(p.chats))
	}
	for n := range maxPlaces + 100 {
		p.admit("new", fmt.Sprint("e", n), later)
	}
	if len(p.places) != maxPlaces {
		t.Errorf("%d places", len(p.places))
	}
	p.admit("new", "after all", later.Add(100*time.Hour))
	if len(p.places) > 1 {
		t.Errorf("%d places are left", len(p.places))
	}
}

func TestRetryPause(t *testing.T) {
	t.Parallel()
	for n, longest := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 11: longestRetryPause, 30: longestRetryPause} {
		for range 100 {
			if d := retryPause(n); d < longest/2 || d > longest {
				t.Fatalf("after attempt %d it pauses for %v, want up to %v", n, d, longest)
			}
		}
	}
}
