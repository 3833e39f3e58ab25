package client_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestEcho_ReportsAReplacedSocket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, sim.Options{})
		c := s.dial(t, client.WithEcho(time.Second))
		other := s.dial(t) // has the same key
		id, err := c.SendMessage(t.Context(), "town", "can you hear me?", nil)
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		if e := next(t, c, "deaf"); string(e.Data) != fmt.Sprintf(`{"channel":"town","id":%d}`, id) {
			t.Errorf("%s", e.Data)
		}
		if took := time.Since(before); took != time.Second {
			t.Errorf("deaf after %v", took)
		}
		next(t, other, "message.new") // the other got it
		// It is reported once for each connection.
		for range 3 {
			if _, err := c.SendMessage(t.Context(), "town", "and now?", nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Second)
		c.Close()
		if kinds := remaining(t, c); len(kinds) != 0 {
			t.Errorf("events %q", kinds)
		}
	})
}

// Echoes come before and after the reply, out of order, and with other messages. None is missed,
// also if the event itself is dropped.
func TestEcho_HearsItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, sim.Options{})
		c := s.dial(t, client.WithEcho(time.Second), client.WithBuffer(1))
		for range 50 {
			if _, err := c.SendMessage(t.Context(), "town", "hello", nil); err != nil {
				t.Fatal(err)
			}
			s.say(t, "alice", "hello yourself", false)
		}
		time.Sleep(3 * time.Second)
		for _, want := range []string{"message.new", "lost"} {
			if e, _ := receive(t, c); e.Type != want {
				t.Errorf("%s %s, want %s", e.Type, e.Data, want)
			}
		}
		synctest.Wait() // until more is in the buffer, if there is more
		c.Close()
		if kinds := remaining(t, c); len(kinds) != 0 {
			t.Errorf("events %q", kinds)
		}
	})
}

// While events are not received, echoes may be among those that are not read.
func TestEcho_WaitsForABlockedReceiver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, sim.Options{Without: []sim.Oddity{sim.DisorderPushes, sim.EchoBeforeAnswer}})
		c := s.dial(t, client.WithEcho(time.Second), client.WithBuffer(1), client.WithOverflow(client.Block))
		s.say(t, "alice", "fills the buffer", false)
		settle(t, s, c, 1)
		s.HoldBus(true)
		if _, err := c.SendMessage(t.Context(), "town", "hello", nil); err != nil {
			t.Fatal(err)
		}
		s.Inject("gopher", []byte(`{"type":"message.new","d":{"id":1000}}`))
		s.Inject("gopher", []byte(`{"type":"message.new","d":{"id":1001}}`)) // blocks the receiver
		s.HoldBus(false)
		time.Sleep(3 * time.Second)
		for range 4 {
			if e, _ := receive(t, c); e.Type != "message.new" {
				t.Errorf("%s %s", e.Type, e.Data)
			}
		}
		time.Sleep(3 * time.Second)
		c.Close()
		if kinds := remaining(t, c); len(kinds) != 0 {
			t.Errorf("events %q", kinds)
		}
	})
}
