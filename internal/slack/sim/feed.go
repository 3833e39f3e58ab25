package sim

// Feed tells watchers of updates. The lock of the workspace that it is of guards it. The zero value
// is ready.
type Feed struct{ watchers map[*watcher]bool }

type watcher struct{ updates chan Update }

// watchBuffer is the number of updates that a watcher may be behind.
const watchBuffer = 5000

// Watch returns a channel of later updates, which is closed if the watcher falls too far behind,
// and the function that ends it.
func (f *Feed) Watch() (updates <-chan Update, stop func()) {
	if f.watchers == nil {
		f.watchers = map[*watcher]bool{}
	}
	me := &watcher{make(chan Update, watchBuffer)}
	f.watchers[me] = true
	return me.updates, func() { f.drop(me) }
}

// Tell sends an update to every watcher.
func (f *Feed) Tell(kind string, value any) {
	for watching := range f.watchers {
		select {
		case watching.updates <- Update{kind, value}:
		default:
			f.drop(watching)
		}
	}
}

// Watched reports whether there are watchers.
func (f *Feed) Watched() bool { return len(f.watchers) > 0 }

func (f *Feed) drop(watching *watcher) {
	if f.watchers[watching] {
		delete(f.watchers, watching)
		close(watching.updates)
	}
}
