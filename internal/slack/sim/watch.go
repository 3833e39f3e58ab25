package sim

import "slices"

// Snapshot is the whole state of a workspace at one moment.
type Snapshot struct {
	Bot      Person    `json:"bot"`
	People   []Person  `json:"people"`
	Channels []Channel `json:"channels"`
	Messages []Message `json:"messages"`
}

// Update is a new or changed part of a workspace.
type Update struct {
	Kind  string // "person", "channel" or "message"
	Value any    // a Person, Channel or Message; not to be changed
}

type watcher struct{ updates chan Update }

// watchBuffer is the number of updates that a watcher may be behind.
const watchBuffer = 1000

// Watch returns the state of the workspace, and a channel of later updates. The channel is
// closed if the watcher falls too far behind: it should then call Watch again. The watcher
// must call stop.
func (w *Workspace) Watch() (now Snapshot, updates <-chan Update, stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	me := &watcher{make(chan Update, watchBuffer)}
	w.watchers[me] = true
	return w.snapshot(), me.updates, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.drop(me)
	}
}

// Snapshot returns the state of the workspace.
func (w *Workspace) Snapshot() Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.snapshot()
}

func (w *Workspace) snapshot() Snapshot {
	s := Snapshot{
		Bot: w.people[0], People: slices.Clone(w.people), Channels: slices.Clone(w.channels),
		Messages: make([]Message, len(w.messages)),
	}
	for i, m := range w.messages {
		s.Messages[i] = *m
	}
	return s
}

// tell sends an update to every watcher. The caller holds w.mu.
func (w *Workspace) tell(kind string, value any) {
	for watching := range w.watchers {
		select {
		case watching.updates <- Update{kind, value}:
		default:
			w.drop(watching)
		}
	}
}

func (w *Workspace) drop(watching *watcher) {
	if w.watchers[watching] {
		delete(w.watchers, watching)
		close(watching.updates)
	}
}
