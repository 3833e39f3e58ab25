package slack

import (
	"fmt"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// BenchmarkSockets tells what an envelope costs over a real socket on this machine, both ends
// of it, without Redis: read, routed, given to a queue in memory, logged and acknowledged.
// Up to 64 are on their way at a time.
func BenchmarkSockets(b *testing.B) {
	s := newSocketTest(b)
	socket := s.greeted()
	s.states(map[string]int{StateOpen: 1})
	b.ReportAllocs()
	sent, acked := 0, 0
	for b.Loop() {
		socket.send(eventOf(fmt.Sprint(sent)))
		if sent++; sent-acked == maxHandled {
			testenv.Next(b, socket.acks)
			acked++
		}
	}
	for ; acked < sent; acked++ {
		testenv.Next(b, socket.acks)
	}
}
