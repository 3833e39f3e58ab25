package sharkfin

import (
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin"
)

// maxProofs is the number of proofs within timings.proofs that another client uses the key,
// after which the gateway reads alone.
const maxProofs = 3

// selfCheck counts the proofs that a socket was deaf.
type selfCheck struct {
	within time.Duration
	now    func() time.Time

	mu     sync.Mutex
	proofs []time.Time
}

// proved adds a proof, and reports whether there are now too many to go on.
func (c *selfCheck) proved() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	c.proofs = append(c.proofs, now)
	for len(c.proofs) > 0 && now.Sub(c.proofs[0]) > c.within {
		c.proofs = c.proofs[1:]
	}
	return len(c.proofs) >= maxProofs
}

// echoes returns the socket that must have pushed the messages of ours which a reading of
// the channel finds, nil if none must: the channel was read completely since it is open, so
// that they were sent later than that.
func (t *turn) echoes(c *channel) *socket {
	if s := t.socket.Load(); s != nil && c.readAt.After(s.opened) {
		return s
	}
	return nil
}

// expect notes that a message of ours was read, which the socket should have pushed. The
// server pushes none that was posted by REST.
func (s *socket) expect(id int64, metadata *string, now time.Time) {
	if mark, ok := sharkfin.ReadMark(metadata); !ok || mark.REST {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.awaited == 0 && id > s.newest.value() {
		s.awaited, s.readSelf = id, now
	}
}

// deaf reports whether an own message was not pushed in time, nor any later message: the
// server drops single pushes.
func (s *socket) deaf(now time.Time, within time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.awaited == 0 || now.Sub(s.readSelf) < within {
		return false
	}
	deaf := s.newest.value() < s.awaited
	s.awaited = 0
	return deaf
}

// readAlone begins to do without the socket.
func (t *turn) readAlone() {
	t.alone.Store(true)
	t.stats.readAlone(true)
	t.log.Error().Msg("another client uses GOPHER_SHARKFIN_KEY and gets the bot's messages: they are read every 2 s instead, until the gateway is restarted; " +
		"find the other client, or give the bot an identity of its own")
	t.readAll()
}
