package control

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/pause"
)

const (
	// pollInterval is the time between two reads of the controls' version. A change has
	// its effect in all processes within 5 s: a poll, a read that may take readTimeout, and
	// the second that a consumer's read of the queue waits.
	pollInterval = 2 * time.Second
	readTimeout  = 2 * time.Second
)

// Watcher knows the controls of a deployment. It reads their version every 2 s, and the
// controls when that has changed. While Redis does not answer, the last known controls hold.
// Its methods are quick and safe for concurrent use.
type Watcher struct {
	store    *Store
	log      zerolog.Logger
	interval time.Duration
	current  atomic.Pointer[snapshot]
	loaded   chan struct{} // closed with the first controls
	once     sync.Once
}

// snapshot is the controls at one time.
type snapshot struct {
	version string
	list    []Control
	// types are the paused types of events, those of paused platforms included, and the
	// others the names of the controls of a kind. channels has labels, too.
	types, handlers, channels, people map[string]bool
}

// NewWatcher returns a Watcher of the controls in store. It knows none before Run has read
// them: see Loaded.
func NewWatcher(store *Store, log zerolog.Logger) *Watcher {
	w := &Watcher{store: store, log: log, interval: pollInterval, loaded: make(chan struct{})}
	w.current.Store(newSnapshot("", nil))
	return w
}

// Run watches the controls until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	failing := false
	for {
		err := w.poll(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && failing:
			w.log.Info().Msg("the controls can be read again")
		case err != nil && !failing:
			w.log.Warn().Err(err).Msg("read the controls: those that are known hold until Redis answers")
		}
		failing = err != nil
		if !pause.For(ctx, w.interval) {
			return
		}
	}
}

// Loaded waits for the first controls: a process that has just started must not take events
// that are paused. It returns false if ctx ends before.
func (w *Watcher) Loaded(ctx context.Context) bool {
	select {
	case <-w.loaded:
		return true
	case <-ctx.Done():
		return false
	}
}

// poll reads the controls if they have changed.
func (w *Watcher) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	before := w.current.Load()
	list, version, err := w.store.read(ctx, before.version)
	if err != nil {
		return err
	}
	if list != nil {
		w.report(before.list, list)
		w.current.Store(newSnapshot(version, list))
	}
	w.once.Do(func() { close(w.loaded) })
	return nil
}

// report logs the controls that were set or ended.
func (w *Watcher) report(before, now []Control) {
	has := func(list []Control, c Control) bool {
		return slices.ContainsFunc(list, func(other Control) bool { return other.field() == c.field() && other.At.Equal(c.At) })
	}
	line := func(c Control, text string) {
		w.log.Warn().Str("kind", string(c.Kind)).Str("name", c.Name).Str("by", c.By).Str("why", c.Why).Time("since", c.At).Msg(text)
	}
	for _, c := range now {
		if !has(before, c) {
			line(c, "an operator's control has effect")
		}
	}
	for _, c := range before {
		if !slices.ContainsFunc(now, func(other Control) bool { return other.field() == c.field() }) {
			line(c, "an operator's control has ended")
		}
	}
}

func newSnapshot(version string, list []Control) *snapshot {
	s := &snapshot{version: version, list: list, types: PausedTypes(list), handlers: map[string]bool{}, channels: map[string]bool{}, people: map[string]bool{}}
	for _, c := range list {
		switch c.Kind {
		case Handler:
			s.handlers[c.Name] = true
		case Channel:
			s.channels[c.Name] = true
			if c.Label != "" {
				s.channels[sibling(c.Name, c.Label)] = true
			}
		case Person:
			s.people[c.Name] = true
		}
	}
	return s
}

// sibling returns the target of another name in the platform of a target.
func sibling(target, name string) string {
	source, _, ok := strings.Cut(target, ":")
	if !ok {
		source = event.Slack
	}
	return TargetName(source, name)
}

// TargetName returns the Name of the control of a channel or a person of a source.
func TargetName(source, id string) string { return event.Target{Source: source, Channel: id}.String() }

// List returns the controls, ordered by kind and name.
func (w *Watcher) List() []Control { return slices.Clone(w.current.Load().list) }

// TypePaused reports whether a type of events is paused, or its platform.
func (w *Watcher) TypePaused(eventType string) bool { return w.current.Load().types[eventType] }

// HandlerPaused reports whether the handler of a declaration's name is paused.
func (w *Watcher) HandlerPaused(name string) bool { return w.current.Load().handlers[name] }

// Silenced reports whether a channel is silenced. channel is its id or its name.
func (w *Watcher) Silenced(source, channel string) bool {
	channels := w.current.Load().channels
	return len(channels) > 0 && channels[TargetName(source, channel)]
}

// Ignored reports whether a person is ignored.
func (w *Watcher) Ignored(source, person string) bool {
	people := w.current.Load().people
	return len(people) > 0 && people[TargetName(source, person)]
}
