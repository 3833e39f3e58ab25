package sim

import "slices"

// Snapshot is the whole state of a workspace at one moment.
type Snapshot struct {
	Bot      Person    `json:"bot"`
	People   []Person  `json:"people"`
	Channels []Channel `json:"channels"`
	Messages []Message `json:"messages"`
	// Modals are the people's open modals, Homes their homes, and Errors what they were shown.
	Modals  []Modal   `json:"modals"`
	Homes   []View    `json:"homes"`
	Errors  []Shown   `json:"errors"`
	Traffic []Traffic `json:"traffic"`
	// Commands and Shortcuts are those that people can use.
	Commands  []Command  `json:"commands"`
	Shortcuts []Shortcut `json:"shortcuts"`
	// Transport is the way of events to the app.
	Transport Transport `json:"transport"`
}

// Transport is the way of events to the app.
type Transport struct {
	// Sockets reports that Socket Mode is on, and CanSwitch that it can be on and off.
	Sockets   bool `json:"sockets"`
	CanSwitch bool `json:"can_switch"`
}

// Update is a new or changed part of a workspace.
type Update struct {
	// Kind is "person", "channel", "message", "deleted" for a message, "modal", "home",
	// "shown" for an error, "traffic" or "transport".
	Kind string
	// Value is a Person, Channel, Message, Modal, View, Shown, Traffic or Transport; not to
	// be changed.
	Value any
}

// Watch returns the state of the workspace, and a channel of later updates. The channel is
// closed if the watcher falls too far behind: it should then call Watch again. The watcher
// must call stop.
func (w *Workspace) Watch() (now Snapshot, updates <-chan Update, stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	updates, drop := w.feed.Watch()
	return w.snapshot(), updates, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		drop()
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
		Messages: make([]Message, len(w.messages)), Modals: []Modal{}, Homes: []View{},
		Errors: append([]Shown{}, w.shown...), Traffic: w.seenTraffic(),
		Commands: []Command{}, Shortcuts: []Shortcut{}, Transport: w.transport(),
	}
	if w.has("commands") {
		s.Commands, s.Shortcuts = append(s.Commands, w.opts.Commands...), append(s.Shortcuts, w.opts.Shortcuts...)
	}
	for i, m := range w.messages {
		s.Messages[i] = *m
	}
	for _, p := range w.people {
		if len(w.modals[p.ID]) > 0 {
			s.Modals = append(s.Modals, w.modal(p.ID))
		}
		if v := w.homes[p.ID]; v != nil {
			s.Homes = append(s.Homes, v.clone())
		}
	}
	return s
}

func (w *Workspace) transport() Transport {
	return Transport{Sockets: w.socket.On(), CanSwitch: w.opts.AppToken != "" && w.opts.EventURL != ""}
}

// tell sends an update to every watcher. The caller holds w.mu.
func (w *Workspace) tell(kind string, value any) { w.feed.Tell(kind, value) }
