package client_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

// closes fails the test if Close does not return soon.
func closes(t testing.TB, c *client.Client) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		c.Close()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(testenv.Timeout):
		t.Fatal("Close hangs")
	}
	if !errors.Is(c.Err(), client.ErrClosed) {
		t.Errorf("after Close: %v", c.Err())
	}
	if err := c.Ping(t.Context()); !errors.Is(err, client.ErrClosed) || !errors.Is(err, client.ErrNotConnected) {
		t.Errorf("a call after Close: %v", err)
	}
	remaining(t, c) // Events is closed
}

// Close at every moment of a client's life: TestMain finds goroutines that are left.
func TestClose_AtEveryMoment(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	for i := range 60 {
		c := s.connect(t, client.WithReconnect(soon), client.WithEcho(time.Second), client.WithBuffer(1+i%3), client.WithOverflow(client.Overflow(i%2)))
		var calls sync.WaitGroup
		for range 5 {
			calls.Go(func() {
				for {
					if _, err := c.SendMessage(t.Context(), "town", "hello", nil); errors.Is(err, client.ErrClosed) {
						return
					}
				}
			})
		}
		calls.Go(func() {
			for range i % 5 {
				s.CutSockets("gopher")
				pause(2 * time.Millisecond)
			}
		})
		if i%3 == 0 {
			calls.Go(func() {
				for range c.Events() {
				}
			})
		}
		pause(10 * time.Millisecond)
		for range 3 {
			calls.Go(func() { c.Close() })
		}
		closes(t, c)
		testenv.Wait(t, &calls)
	}
}

// pause returns after a random time, so that the next step comes at any moment.
func pause(longest time.Duration) { time.Sleep(rand.N(longest)) }

func TestClose_EndsAPause(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t, client.WithReconnect(func(int) time.Duration { return time.Hour }))
	s.CutSockets("gopher")
	next(t, c, "disconnect")
	closes(t, c)
}

func TestClose_EndsADial(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t, client.WithReconnect(soon))
	s.Fail(sim.Fault{Path: "/ws", Hang: true})
	s.CutSockets("gopher")
	s.handshakes(t, 2) // and no answer comes
	closes(t, c)
}

func TestClose_EndsCalls(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t)
	s.LoseReplies("gopher", 1)
	lost := make(chan error, 1)
	go func() { lost <- c.Ping(t.Context()) }()
	testenv.Eventually(t, "the server has the request", func() bool { return s.Stats().Frames == 2 })
	closes(t, c)
	if err := testenv.Next(t, lost); !errors.Is(err, client.ErrClosed) {
		t.Error(err)
	}
}

// Close while a call waits for a connection, and while nobody receives what waits.
func TestClose_WithoutAConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, inOrder)
		c := s.dial(t, client.WithBuffer(1), client.WithReconnect(func(int) time.Duration { return time.Hour }))
		s.say(t, "alice", "fills the buffer", false)
		settle(t, s, c, 1)
		s.CutSockets("gopher")
		waited := make(chan error, 1)
		go func() { waited <- c.Ping(t.Context()) }()
		synctest.Wait()
		closes(t, c)
		if err := <-waited; !errors.Is(err, client.ErrNotConnected) {
			t.Error(err)
		}
	})
}

// Close must not wait for a server that reads nothing.
func TestClose_WhileAWriteHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, dialer := servePipes(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := (&websocket.Upgrader{}).Upgrade(w, r, nil); err != nil {
				t.Error(err)
			}
		}))
		defer s.Close()
		c, err := client.Dial(t.Context(), s.URL, client.WithDialer(dialer))
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := c.SendMessage(t.Context(), "town", "hello", nil)
				sent <- err
			}()
		}
		synctest.Wait() // for a pipe that nobody reads
		before := time.Now()
		closes(t, c)
		if took := time.Since(before); took > time.Second {
			t.Errorf("Close took %v", took)
		}
		for range 2 {
			if err := <-sent; !errors.Is(err, client.ErrClosed) {
				t.Error(err)
			}
		}
	})
}
