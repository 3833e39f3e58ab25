package slack

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSockets_Soak sends events over two slots, and has a socket replaced for a random
// reason every 50. Each event is queued once, and acknowledged on its own socket: Slack
// closes a socket only when all that it sent before the disconnect is.
func TestSockets_Soak(t *testing.T) {
	t.Parallel()
	const events, every = 2000, 50
	s := newSocketTest(t, func(s *setup) { s.sockets.Count = 2 })
	random := rand.New(rand.NewPCG(1, 2))
	reasons := []string{warning, refresh, tooMany, linkOff, "a_new_reason"}
	sent := map[*fakeSocket]map[string]bool{} // and not acknowledged
	acked := func(socket *fakeSocket) {
		for range len(sent[socket]) {
			a := testenv.Next(t, socket.acks)
			if !sent[socket][a.EnvelopeID] {
				t.Fatalf("acknowledged %q on a socket that did not bring it", a.EnvelopeID)
			}
			delete(sent[socket], a.EnvelopeID)
		}
	}
	live := []*fakeSocket{s.greeted(), s.greeted()}
	for i := range events {
		id := fmt.Sprint(i)
		n := random.IntN(len(live))
		socket := live[n]
		if sent[socket] == nil {
			sent[socket] = map[string]bool{}
		}
		sent[socket][id] = true
		socket.send(eventOf(id))
		if i%every == every-1 {
			socket.disconnect(reasons[random.IntN(len(reasons))])
			live[n] = s.greeted()
			acked(socket)
			socket.ws.Close()
		}
	}
	for _, socket := range live {
		acked(socket)
	}
	if n := s.queue.count(); n != events {
		t.Errorf("%d events are queued, want %d", n, events)
	}
	if stats := s.sockets.Stats(); stats.Envelopes[Envelope{eventsEnvelope, "queued"}] > events || stats.Envelopes[Envelope{eventsEnvelope, ackFailed}] > 0 {
		t.Errorf("%v", stats.Envelopes)
	}
}
