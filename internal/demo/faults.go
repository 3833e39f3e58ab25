package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// recoveryTime bounds how long the end of a message's journey is waited for after a fault.
const recoveryTime = 45 * time.Second

// faults are the ways to break the demo. Each runs once at a time.
type faults struct {
	changed func()
	begun   chan func(context.Context)

	mu   sync.Mutex
	list []*fault
}

// fault is a way to break the demo.
type fault struct {
	shown page.Fault
	// limit is how long it lasts unless it is ended.
	limit time.Duration
	// do breaks something until ctx ends, repairs it, and says how it goes.
	do func(ctx context.Context, by page.Person, say func(status string)) (*watched, error)

	running bool
	cancel  context.CancelFunc // nil unless it lasts
}

func newFaults(changed func(), list ...*fault) *faults {
	return &faults{changed: changed, list: list, begun: make(chan func(context.Context), len(list))}
}

func (f *faults) state() []page.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []page.Fault{}
	for _, one := range f.list {
		list = append(list, one.shown)
	}
	return list
}

func (f *faults) find(id string) (*fault, error) {
	i := slices.IndexFunc(f.list, func(one *fault) bool { return one.shown.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("there is no fault %q", id)
	}
	return f.list[i], nil
}

// begin begins a fault.
func (f *faults) begin(id string, by page.Person) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, err := f.find(id)
	if err != nil {
		return err
	}
	if one.running {
		return errors.New("it is not over yet: wait until the bot has recovered")
	}
	one.running = true
	f.begun <- func(ctx context.Context) { f.run(ctx, one, by) } // there is room for each once
	return nil
}

// end ends a fault before its time.
func (f *faults) end(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, err := f.find(id)
	if err != nil {
		return err
	}
	if one.cancel == nil {
		return errors.New("it is over already")
	}
	one.cancel()
	return nil
}

// Run runs the faults that are begun, until ctx ends. It returns when all are repaired.
func (f *faults) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case run := <-f.begun:
			all.Go(func() { run(ctx) })
		case <-ctx.Done():
			return nil
		}
	}
}

// run runs a fault, and then watches the bot recover.
func (f *faults) run(ctx context.Context, one *fault, by page.Person) {
	lasting, cancel := context.WithTimeout(ctx, one.limit)
	defer cancel()
	set := func(change func()) {
		f.mu.Lock()
		change()
		f.mu.Unlock()
		f.changed()
	}
	say := func(status string) { set(func() { one.shown.Status = status }) }
	set(func() { one.cancel, one.shown.Ends, one.shown.Status = cancel, time.Now().Add(one.limit), "" })
	message, err := one.do(lasting, by, say)
	set(func() { one.cancel, one.shown.Ends = nil, time.Time{} })
	switch {
	case err != nil:
		say("It failed: " + err.Error())
	case ctx.Err() == nil && message != nil:
		say("It is over. The bot recovers…")
		say(message.recovery(ctx))
	}
	set(func() { one.running = false })
}

// watched is a message whose journey is watched.
type watched struct {
	workspace workspace
	channel   string
	ts        string
}

// speak says a text as a person.
func speak(w workspace, by page.Person, text string) (*watched, error) {
	m := &watched{workspace: w, channel: by.Channel}
	var err error
	m.ts, err = w.Say(by.As, by.Channel, text, "")
	return m, err
}

// handled reports whether the bot has finished with the message.
func (m *watched) handled() bool {
	journey, ok := m.workspace.Journey(m.channel, m.ts)
	return !ok || journey.Reached(slacksim.Handled)
}

// recovery waits until the message is handled, and says how long that took.
func (m *watched) recovery(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, recoveryTime)
	defer cancel()
	for !m.handled() {
		if !pause.For(ctx, 100*time.Millisecond) {
			return "Your message is not handled yet: see its journey."
		}
	}
	journey, _ := m.workspace.Journey(m.channel, m.ts)
	return fmt.Sprintf("Recovered: your message was handled %.1f s after you sent it.", journey.Duration().Seconds())
}
