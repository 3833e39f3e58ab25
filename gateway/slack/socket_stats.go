package slack

import (
	"maps"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/gateway"
)

// StateOpen is the state of a connection that Slack has greeted and that is in use.
const StateOpen = "open"

// The other states. Only a closed connection is not counted.
const (
	stateOpening  = "opening"
	stateGreeting = "greeting" // waiting for Slack's hello
	stateDraining = "draining"
	stateClosed   = "closed"
)

// SocketStates returns the states of connections that are counted.
func SocketStates() []string {
	return []string{stateOpening, stateGreeting, StateOpen, stateDraining}
}

const (
	gatewayBadRequest = string(gateway.BadRequest)
	gatewayIgnored    = string(gateway.Ignored)
	// ackFailed is the outcome of an envelope that was handled and not acknowledged,
	// because its socket was gone or the answer too large.
	ackFailed = "ack_failed"
	// otherEnvelope is the type of frames that are none that we know.
	otherEnvelope = "other"
)

// Envelope is a type and an outcome of envelopes. The outcome is one of gateway.Outcomes
// or "ack_failed".
type Envelope struct{ Type, Outcome string }

// SocketStats are the counts of Sockets since they were made.
type SocketStats struct {
	// States are the numbers of connections by SocketStates.
	States     map[string]int
	Envelopes  map[Envelope]uint64
	Reconnects map[string]uint64 // by ReconnectReasons
	// Silence is how long the open connection that is silent for longest has been so.
	Silence time.Duration
	// Connections is how many the app had, those of all processes, at the last hello.
	Connections int
	// ClosedSince is since when no connection has been open, the zero time if one is.
	ClosedSince time.Time
}

// Stats returns the counts.
func (s *Sockets) Stats() SocketStats { return s.stats.read() }

// socketStats counts. It is safe for concurrent use.
type socketStats struct {
	mu          sync.Mutex
	states      map[*connection]string
	envelopes   map[Envelope]uint64
	reconnects  map[string]uint64
	known       int
	closedSince time.Time
}

func newSocketStats() *socketStats {
	return &socketStats{states: map[*connection]string{}, envelopes: map[Envelope]uint64{}, reconnects: map[string]uint64{}, closedSince: time.Now()}
}

// state records the state of a connection.
func (s *socketStats) state(c *connection, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.states[c]; !known && state != stateOpening {
		return // it has been closed
	}
	if s.states[c] = state; state == stateClosed {
		delete(s.states, c)
	}
	switch usable := s.usable() > 0; {
	case usable:
		s.closedSince = time.Time{}
	case s.closedSince.IsZero():
		s.closedSince = time.Now()
	}
}

// usable returns how many connections Slack may send to.
func (s *socketStats) usable() (n int) {
	for _, state := range s.states {
		if state == StateOpen || state == stateDraining {
			n++
		}
	}
	return n
}

func (s *socketStats) envelope(kind, outcome string) {
	if !(frame{Type: kind}).isEnvelope() {
		kind = otherEnvelope
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.envelopes[Envelope{kind, outcome}]++
}

func (s *socketStats) reconnect(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reconnects[reason]++
}

// hello records how many connections the app has.
func (s *socketStats) hello(connections int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = connections
}

// connections returns how many connections the app had at the last hello, and how many
// of ours there are.
func (s *socketStats) connections() (known, ours int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known, s.usable()
}

func (s *socketStats) read() SocketStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := SocketStats{
		States: map[string]int{}, Envelopes: maps.Clone(s.envelopes), Reconnects: maps.Clone(s.reconnects),
		Connections: s.known, ClosedSince: s.closedSince,
	}
	for c, state := range s.states {
		stats.States[state]++
		if state == StateOpen {
			stats.Silence = max(stats.Silence, time.Since(time.Unix(0, c.heard.Load())))
		}
	}
	return stats
}
