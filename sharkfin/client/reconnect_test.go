package client_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestConcurrentCalls_HaveOneWriter(t *testing.T) {
	t.Parallel()
	s, ctx := start(t, sim.Options{Buffer: 1000}), t.Context() // it drops replies for which there is no room
	c := s.dial(t, client.WithBuffer(1000))
	var ids sync.Map
	var calls sync.WaitGroup
	for range 200 {
		calls.Go(func() {
			id, err := c.SendMessage(ctx, "town", "hello", nil)
			if err != nil {
				t.Error(err)
				return
			}
			if _, twice := ids.LoadOrStore(id, true); twice {
				t.Errorf("two calls got the id %d", id)
			}
			if _, err := c.History(ctx, "town", nil); err != nil {
				t.Error(err)
			}
		})
	}
	testenv.Wait(t, &calls)
	if n := len(s.Messages("town")); n != 200 {
		t.Errorf("%d messages", n)
	}
}

func TestReconnect(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	var attempts atomic.Int64
	c := s.dial(t, client.WithReconnect(func(attempt int) time.Duration {
		attempts.Add(1)
		return time.Millisecond
	}))
	s.Fail(sim.Fault{Path: "/ws", Status: 503, Times: 2})
	s.Fail(sim.Fault{Path: "/ws", Lose: true})
	s.Restart()
	next(t, c, "disconnect")
	next(t, c, "reconnect")
	if n := attempts.Load(); n != 4 {
		t.Errorf("%d attempts", n)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	s.say(t, "alice", "welcome back", false)
	next(t, c, "message.new")
	if c.Err() != nil {
		t.Error(c.Err())
	}
}

// While the server's identity service is down, valid keys are refused, and that ends.
func TestReconnect_401DoesNotEndTheClient(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t, client.WithReconnect(soon))
	s.PassportDown(true)
	s.ForgetKeys()
	s.CutSockets("gopher")
	next(t, c, "disconnect")
	testenv.Eventually(t, "it was refused", func() bool { return s.Stats().Unauthorized > 2 })
	s.PassportDown(false)
	next(t, c, "reconnect")
}

func TestReconnect_StopsWhenTheBackoffSaysSo(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	var attempts []int
	c := s.dial(t, client.WithReconnect(func(attempt int) time.Duration {
		if attempts = append(attempts, attempt); attempt == 3 {
			return -1
		}
		return 0
	}))
	s.Fail(sim.Fault{Path: "/ws", Status: 401, Times: 100})
	s.CutSockets("gopher")
	if kinds := remaining(t, c); len(kinds) != 1 || kinds[0] != "disconnect" {
		t.Errorf("events %q", kinds)
	}
	if len(attempts) != 4 || attempts[0] != 0 || attempts[3] != 3 {
		t.Errorf("attempts %v", attempts)
	}
	if err := c.Ping(t.Context()); !errors.Is(err, client.ErrNotConnected) || !errors.Is(err, client.ErrUnauthorized) || !errors.Is(c.Err(), client.ErrUnauthorized) {
		t.Errorf("%v, %v", err, c.Err())
	}
}

// A connection that is lost again at once does not begin the count anew: the pauses grow.
func TestReconnect_CountsOnAfterAShortConnection(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	attempts := make(chan int, 10)
	c := s.dial(t, client.WithReconnect(func(attempt int) time.Duration {
		attempts <- attempt
		return 0
	}))
	for want := range 3 {
		testenv.Eventually(t, "it is connected", func() bool { return s.Stats().Open == 1 })
		s.CutSockets("gopher")
		if got := testenv.Next(t, attempts); got != want {
			t.Errorf("attempt %d, want %d", got, want)
		}
		next(t, c, "reconnect")
	}
}

func TestRequest_WaitsForTheConnection(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	free := make(chan struct{})
	c := s.dial(t, client.WithReconnect(func(int) time.Duration {
		testenv.Hold(t, free) // holds the redial only
		return 0
	}))
	s.CutSockets("gopher")
	next(t, c, "disconnect")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.SendMessage(ctx, "town", "given up", nil); !errors.Is(err, client.ErrTimeout) {
		t.Errorf("within its context: %v", err)
	}
	sent := make(chan error, 1)
	go func() {
		_, err := c.SendMessage(t.Context(), "town", "waited", nil)
		sent <- err
	}()
	close(free)
	if err := testenv.Next(t, sent); err != nil {
		t.Error(err)
	}
	if messages := s.Messages("town"); len(messages) != 1 || messages[0].Body != "waited" {
		t.Errorf("messages %+v", messages)
	}
}

func TestRequest_WithoutReconnectIsErrNotConnected(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t)
	s.CutSockets("gopher")
	testenv.Eventually(t, "the client ends", func() bool { return c.Err() != nil })
	for range 3 {
		if err := c.Ping(t.Context()); !errors.Is(err, client.ErrNotConnected) {
			t.Error(err)
		}
	}
}

// Calls whose reply is lost with the connection end. Calls that were not written are made over
// the next connection.
func TestReconnect_WithCallsInFlight(t *testing.T) {
	t.Parallel()
	s := start(t, sim.Options{})
	c := s.dial(t, client.WithReconnect(soon), client.WithBuffer(10_000))
	s.LoseReplies("gopher", 1)
	lost := make(chan error, 1)
	go func() { lost <- c.Ping(t.Context()) }()
	testenv.Eventually(t, "the server has the request", func() bool { return s.Stats().Frames == 2 })
	s.CutSockets("gopher")
	if err := testenv.Next(t, lost); !errors.Is(err, client.ErrNotConnected) || errors.Is(err, client.ErrClosed) {
		t.Errorf("a lost reply: %v", err)
	}

	// Many calls, while the connection is cut again and again: each has a result, and succeeds when
	// it is repeated.
	testenv.Eventually(t, "it is connected again", func() bool { return s.Stats().Opened == 2 })
	var calls sync.WaitGroup
	done := make(chan struct{})
	for range 20 {
		calls.Go(func() {
			for {
				err := c.Ping(t.Context())
				if err != nil && !errors.Is(err, client.ErrNotConnected) {
					t.Error(err)
					return
				}
				select {
				case <-done:
					if err == nil {
						return
					}
				default:
				}
			}
		})
	}
	for i := range 20 {
		s.CutSockets("gopher")
		testenv.Eventually(t, "it is connected again", func() bool { return s.Stats().Opened >= i+3 })
	}
	close(done)
	testenv.Wait(t, &calls)
}

// The server's writer may end while its reader lives: nothing comes, and the connection stays.
func TestSilentServer_IsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, sim.Options{Ping: time.Hour})
		c := s.dial(t, client.WithReconnect(soon))
		time.Sleep(10 * time.Minute) // longer than a silent connection lives
		if n := s.Stats().Opened; n != 1 {
			t.Fatalf("a server that answers pings was taken for dead: %d connections", n)
		}
		s.StallWriter("gopher")
		before := time.Now()
		next(t, c, "disconnect")
		if took := time.Since(before); took > 20*time.Second {
			t.Errorf("found after %v", took)
		}
		next(t, c, "reconnect")
		if err := c.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A receiver that does not receive is no silent server.
func TestBlockedReceiver_IsNoSilentServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := inOrder
		opts.Ping = time.Hour // the server waits for the receiver, too
		s := startInMemory(t, opts)
		c := s.dial(t, client.WithBuffer(1), client.WithOverflow(client.Block))
		for range 5 {
			s.say(t, "alice", "hello", false)
		}
		testenv.Eventually(t, "all are pushed", func() bool { return s.Stats().Pushed == 5 })
		time.Sleep(10 * time.Minute) // longer than a silent connection lives
		for range 5 {
			next(t, c, "message.new")
		}
		if err := c.Ping(t.Context()); err != nil || c.Err() != nil {
			t.Errorf("%v, %v", err, c.Err())
		}
	})
}
