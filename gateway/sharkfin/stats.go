package sharkfin

import (
	"maps"
	"sync"
	"time"
)

// The sockets, and the reasons for which messages are not given to the queue.
const (
	wsSocket       = "ws"
	presenceSocket = "presence"

	skippedOwn     = "own"
	skippedService = "service"
	skippedLarge   = "too_large"
)

// Sockets, Ways and Skips return the labels of Stats.
func Sockets() []string { return []string{wsSocket, presenceSocket} }

// Ways returns the ways by which messages come.
func Ways() []string { return []string{byPush, byRead} }

// Skips returns the reasons for which messages are not given to the queue.
func Skips() []string { return []string{skippedOwn, skippedService, skippedLarge} }

// Stats are the counts of a gateway since it was made.
type Stats struct {
	// Leads reports whether this process takes the messages, Channels how many channels it
	// reads, and Open which of Sockets are open.
	Leads    bool
	Channels int
	Open     map[string]bool
	// Accepted are the messages that were given to the queue, duplicates included, by Ways.
	Accepted map[string]uint64
	// Skipped are the messages that were not, by Skips.
	Skipped map[string]uint64
	// Reconnects are the times that a socket was lost or could not be opened, by Sockets.
	Reconnects map[string]uint64
	// Deaf is how often the socket was found to get no messages, and Alone reports whether
	// the gateway does without it, because another client uses the key.
	Deaf  uint64
	Alone bool
	// Answered is when the server last answered, the zero time if this process does not lead.
	Answered time.Time
}

// stats counts. It is safe for concurrent use.
type stats struct {
	now func() time.Time

	mu     sync.Mutex
	counts Stats
	joins  map[string]bool // channels of which it was logged that they could not be joined
}

func (s *stats) begin(now func() time.Time) {
	s.now = now
	s.counts = Stats{Open: map[string]bool{}, Accepted: map[string]uint64{}, Skipped: map[string]uint64{}, Reconnects: map[string]uint64{}}
	s.joins = map[string]bool{}
}

func (s *stats) change(f func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.counts)
}

func (s *stats) lead(leads bool) {
	s.change(func(c *Stats) {
		c.Leads, c.Alone, c.Channels, c.Answered = leads, false, 0, time.Time{}
		if leads {
			c.Answered = s.now() // it has just begun to ask
		}
	})
}

func (s *stats) answer()                   { s.change(func(c *Stats) { c.Answered = s.now() }) }
func (s *stats) open(name string, is bool) { s.change(func(c *Stats) { c.Open[name] = is }) }
func (s *stats) accepted(way string)       { s.change(func(c *Stats) { c.Accepted[way]++ }) }
func (s *stats) skip(reason string)        { s.change(func(c *Stats) { c.Skipped[reason]++ }) }
func (s *stats) reconnect(name string)     { s.change(func(c *Stats) { c.Reconnects[name]++ }) }
func (s *stats) deaf()                     { s.change(func(c *Stats) { c.Deaf++ }) }
func (s *stats) readAlone(alone bool)      { s.change(func(c *Stats) { c.Alone = alone }) }
func (s *stats) channels(n int)            { s.change(func(c *Stats) { c.Channels = n }) }

// notJoined notes that a channel could not be joined. It reports whether that is new.
func (s *stats) notJoined(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.joins[name]
	s.joins[name] = true
	return !known
}

// Stats returns the counts.
func (g *Gateway) Stats() Stats {
	g.stats.mu.Lock()
	defer g.stats.mu.Unlock()
	c := g.stats.counts
	c.Open, c.Accepted, c.Skipped, c.Reconnects = maps.Clone(c.Open), maps.Clone(c.Accepted), maps.Clone(c.Skipped), maps.Clone(c.Reconnects)
	return c
}
