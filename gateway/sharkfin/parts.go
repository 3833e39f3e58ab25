package sharkfin

import (
	"sync"
	"sync/atomic"
)

// signal says that something is to be done. Several signals before it is done are one.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) set() {
	select {
	case s <- struct{}{}:
	default:
	}
}

// highest is the highest number that was given to it.
type highest struct{ n atomic.Int64 }

func (h *highest) raise(n int64) {
	for {
		now := h.n.Load()
		if n <= now || h.n.CompareAndSwap(now, n) {
			return
		}
	}
}

func (h *highest) value() int64 { return h.n.Load() }

// rememberedIDs is how many ids recentIDs has. Reading meets a pushed message within
// seconds.
const rememberedIDs = 8192

// recentIDs are the latest messages that are on the queue, so that reading does not give
// those to the queue again that were pushed. It is safe for concurrent use.
type recentIDs struct {
	mu   sync.Mutex
	set  map[int64]bool
	ring [rememberedIDs]int64
	next int
}

func newRecentIDs() *recentIDs { return &recentIDs{set: make(map[int64]bool, rememberedIDs)} }

func (r *recentIDs) add(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set[id] {
		return
	}
	delete(r.set, r.ring[r.next])
	r.ring[r.next], r.set[id] = id, true
	r.next = (r.next + 1) % rememberedIDs
}

func (r *recentIDs) has(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set[id]
}
