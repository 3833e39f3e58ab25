package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

const (
	tourLines = 3
	// readingTime is the pause after each answer, and answerTime how long one is waited for.
	readingTime = 2500 * time.Millisecond
	answerTime  = 10 * time.Second
)

// tour has two people talk with the bot for a moment, in the first channel.
type tour struct {
	workspace workspace
	lines     []string // as people send them
	changed   func()
	begin     chan bool // whether it is paced

	mu      sync.Mutex
	auto    bool
	playing bool
	stopped bool
	cancel  context.CancelFunc // nil before run has begun to play
}

// newTour returns a tour with the first examples. With auto the first page begins it.
func newTour(w workspace, said func(page.Example) string, examples []page.Example, auto bool, changed func()) *tour {
	t := &tour{workspace: w, changed: changed, begin: make(chan bool, 1), auto: auto}
	for _, e := range examples[:min(tourLines, len(examples))] {
		t.lines = append(t.lines, said(e))
	}
	return t
}

func (t *tour) state() page.Tour {
	t.mu.Lock()
	defer t.mu.Unlock()
	return page.Tour{Auto: t.auto && len(t.lines) > 0, Available: len(t.lines) > 0, Playing: t.playing}
}

func (t *tour) play(paced bool) error {
	if len(t.lines) == 0 {
		return errors.New("this bot has no examples to play")
	}
	t.mu.Lock()
	if t.playing {
		t.mu.Unlock()
		return nil
	}
	t.auto, t.playing, t.stopped = false, true, false
	t.begin <- paced // there is room: the one before has been taken
	t.mu.Unlock()
	t.changed()
	return nil
}

func (t *tour) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	if t.cancel != nil {
		t.cancel()
	}
}

// run plays the tour whenever play is called, until ctx ends.
func (t *tour) run(ctx context.Context) error {
	for {
		select {
		case paced := <-t.begin:
			if err := t.talk(ctx, paced); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (t *tour) talk(ctx context.Context, paced bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.mu.Lock()
	t.cancel = cancel
	if t.stopped {
		cancel()
	}
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.playing, t.cancel = false, nil
		t.mu.Unlock()
		t.changed()
	}()
	snapshot := t.workspace.Snapshot()
	channel, people := snapshot.Channels[0].ID, snapshot.People[1:3] // the bot is the first
	for i, line := range t.lines {
		if i > 0 && paced && !pause.For(ctx, readingTime) || ctx.Err() != nil {
			return nil
		}
		if err := t.say(ctx, people[(i+1)%len(people)].ID, channel, line); err != nil {
			return err
		}
	}
	return nil
}

// say says a line, and waits until the bot has handled it.
func (t *tour) say(ctx context.Context, user, channel, line string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	_, updates, stop := t.workspace.Watch()
	defer stop()
	ts, err := t.workspace.Say(user, channel, line, "")
	if err != nil {
		return fmt.Errorf("play the conversation: %w", err)
	}
	for {
		select {
		case u, ok := <-updates:
			if m, _ := u.Value.(slacksim.Message); !ok || m.TS == ts && m.Journey.Reached(slacksim.Handled) {
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}
