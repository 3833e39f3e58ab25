package client_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// settle waits until the client has read all that the server has sent.
func settle(t testing.TB, s *server, c *client.Client, pushed int) {
	t.Helper()
	testenv.Eventually(t, "all is pushed", func() bool { return s.Stats().Pushed >= pushed })
	if err := c.Ping(t.Context()); err != nil { // its reply comes after them
		t.Fatal(err)
	}
}

func lostCount(t testing.TB, e client.Event) int {
	t.Helper()
	var d struct{ Count int }
	if err := json.Unmarshal(e.Data, &d); err != nil {
		t.Fatal(err)
	}
	return d.Count
}

// inOrder are the options of a server that pushes everything in its order.
var inOrder = sim.Options{Without: []sim.Oddity{sim.DisorderPushes, sim.DropPushes}}

// quiet is a server that pushes everything in its order.
func quiet(t testing.TB) *server { return start(t, inOrder) }

func TestOverflow_DropIsCountedAndReported(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	c := s.dial(t, client.WithBuffer(2))
	for range 7 {
		s.say(t, "alice", "hello", false)
	}
	settle(t, s, c, 7)
	if n := c.Dropped(); n != 5 {
		t.Errorf("%d were dropped", n)
	}
	var kinds []string
	for range 3 {
		e, _ := receive(t, c)
		kinds = append(kinds, e.Type)
		if e.Type == "lost" && lostCount(t, e) != 5 {
			t.Errorf("lost: %s", e.Data)
		}
	}
	if !slices.Equal(kinds, []string{"message.new", "message.new", "lost"}) {
		t.Errorf("events %q", kinds)
	}
	s.say(t, "alice", "after it", false)
	if m, err := next(t, c, "message.new").AsMessage(); err != nil || m.Body != "after it" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestOverflow_BlockLosesNothing(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	c := s.dial(t, client.WithBuffer(1), client.WithOverflow(client.Block))
	const n = 100
	for range n {
		s.say(t, "alice", "hello", false)
	}
	for i := range n {
		if m, err := next(t, c, "message.new").AsMessage(); err != nil || m.ID != int64(i+1) {
			t.Fatalf("%+v, %v, want %d", m, err, i+1)
		}
	}
	if n := c.Dropped(); n != 0 {
		t.Errorf("%d were dropped", n)
	}
}

func TestOverflow_FailEndsTheClient(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	c := s.dial(t, client.WithBuffer(1), client.WithOverflow(client.Fail), client.WithReconnect(soon))
	for range 2 {
		s.say(t, "alice", "hello", false)
	}
	testenv.Eventually(t, "the client ends", func() bool { return c.Err() != nil })
	if !errors.Is(c.Err(), client.ErrOverflow) {
		t.Error(c.Err())
	}
	if err := c.Ping(t.Context()); !errors.Is(err, client.ErrNotConnected) || !errors.Is(err, client.ErrOverflow) {
		t.Error(err)
	}
	if kinds := remaining(t, c); !slices.Equal(kinds, []string{"message.new", "lost"}) {
		t.Errorf("events %q", kinds)
	}
}

func TestSyntheticEvents_AreNeverDropped(t *testing.T) {
	t.Parallel()
	for _, overflow := range []client.Overflow{client.Drop, client.Block} {
		s := quiet(t)
		c := s.dial(t, client.WithBuffer(1), client.WithOverflow(overflow), client.WithReconnect(soon))
		s.say(t, "alice", "fills the buffer", false)
		settle(t, s, c, 1)
		const cuts = 20
		for i := range cuts {
			s.CutSockets("gopher")
			testenv.Eventually(t, "it is connected again", func() bool { return s.Stats().Opened == i+2 && s.Stats().Open == 1 })
		}
		var kinds []string
		for len(kinds) < 1+2*cuts {
			e, open := receive(t, c)
			if !open {
				t.Fatalf("after %q: %v", kinds, c.Err())
			}
			kinds = append(kinds, e.Type)
		}
		want := append([]string{"message.new"}, slices.Repeat([]string{"disconnect", "reconnect"}, cuts)...)
		if !slices.Equal(kinds, want) {
			t.Errorf("overflow %d: events %q", overflow, kinds)
		}
	}
}

// Without a reconnect, the last event is the disconnect, even if the buffer is full.
func TestDisconnect_ComesBeforeTheEnd(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	c := s.dial(t, client.WithBuffer(1))
	s.say(t, "alice", "fills the buffer", false)
	settle(t, s, c, 1)
	s.CutSockets("gopher")
	testenv.Eventually(t, "the client ends", func() bool { return c.Err() != nil })
	if err := c.Ping(t.Context()); !errors.Is(err, client.ErrNotConnected) || errors.Is(err, client.ErrClosed) {
		t.Errorf("ping: %v", err)
	}
	e, _ := receive(t, c)
	last, _ := receive(t, c)
	if _, open := receive(t, c); e.Type != "message.new" || last.Type != "disconnect" || !strings.Contains(string(last.Data), `"error":`) || open {
		t.Errorf("%s, %s %s, open %t", e.Type, last.Type, last.Data, open)
	}
	// Close after the end.
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Ping(t.Context()); !errors.Is(err, client.ErrClosed) {
		t.Errorf("ping: %v", err)
	}
}
