package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const (
	soakEvery   = 50 // envelopes from one disconnect to the next
	soakSockets = 6  // of both gateways
	soakSenders = 16 // of envelopes, each one at a time
	soakOutage  = 3 * time.Second
	// soakGrace is the time from a disconnect frame to Slack's close frame: at Slack it is
	// longer. A gateway waits for up to 1 s before it replaces a socket that lived for a
	// short time, and uses its others meanwhile.
	soakGrace = time.Second
)

// soak is a deployment to which Slack sends envelopes, each to be handled once.
type soak struct {
	*bot
	total int

	handled []atomic.Int32 // runs of handlers, by number of the envelope
	results []soakResult   // likewise
	next    atomic.Int64
	refused atomic.Int64 // events that wait for another attempt

	hard      sync.RWMutex // is held while an envelope is on its way
	mu        sync.Mutex
	reasons   map[string]int // of the disconnects so far
	outages   [][2]time.Time
	unacked   int // attempts that no acknowledgement came for in time
	cutOff    int // interactions that came to a socket after its disconnect, and were lost with it
	apologies int // slash commands that were answered "try again"
}

// soakResult is the outcome of an envelope at Slack's.
type soakResult struct {
	acked    bool // at last
	apology  bool // instead of being queued
	sent     time.Time
	waited   time.Duration // of the last attempt
	err      error         // likewise
	attempts int
}

// TestSockets_SoakOfTwoGateways sends envelopes over the sockets of two gateways and has
// Slack disconnect one for a random reason every 50. Meanwhile Redis is killed once, and
// hangs once. make test sends five times as many envelopes as go test.
func TestSockets_SoakOfTwoGateways(t *testing.T) {
	t.Parallel()
	total := 2_000
	if testenv.All() {
		total = 10_000
	}
	s, server := newSoak(t, total)
	random := rand.New(rand.NewPCG(uint64(total), 15))
	// The two reasons for which Slack closes at once cost a socket for a minute.
	rare := map[int]string{total / 5: socket.LinkDisabled, total * 4 / 5: socket.TooManyWebSockets}
	polite := []string{socket.Warning, socket.RefreshRequested, "a_reason_of_another_year"}
	reasons := map[int]string{} // by the number of the envelope before
	for n := soakEvery; n <= total; n += soakEvery {
		reasons[n] = polite[random.IntN(len(polite))]
	}
	maps.Copy(reasons, rare)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var sending sync.WaitGroup
	for range soakSenders {
		sending.Go(func() {
			for n := int(s.next.Add(1)); n <= total && ctx.Err() == nil; n = int(s.next.Add(1)) {
				s.send(ctx, n)
				if reason := reasons[n]; reason != "" {
					s.disconnect(ctx, reason)
				}
			}
		})
	}
	s.outage(ctx, total/3, func() { server.Stop(t) }, func() { server.Restart(t) })
	s.outage(ctx, total*2/3, func() { server.Suspend(t) }, func() { server.Resume(t) })
	sending.Wait()
	sent := time.Since(began)
	s.settled()
	handled := time.Since(began)
	s.verify()
	t.Logf("%d envelopes within %v, all handled within %v; disconnects %v; %d attempts were not acknowledged, %d commands answered with an apology, %d interactions cut off",
		total, sent.Round(time.Millisecond), handled.Round(time.Millisecond), s.reasons, s.unacked, s.apologies, s.cutOff)
}

// newSoak starts two gateways with three sockets each, and a consumer.
func newSoak(t *testing.T, total int) (*soak, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := &soak{total: total, handled: make([]atomic.Int32, total+1), results: make([]soakResult, total+1), reasons: map[string]int{}}
	s.bot = newBotOn(t, server.URL(), func(o *slacksim.Options) {
		o.Scopes, o.Events = nil, nil
		o.SocketMode, o.AppToken, o.Sockets.Grace = true, appToken, soakGrace
	})
	s.environ["GOPHER_SLACK_APP_TOKEN"], s.environ["GOPHER_SLACK_SOCKETS"], s.environ["GOPHER_LOG_LEVEL"] = appToken, strconv.Itoa(soakSockets/2), "info"
	delete(s.environ, "GOPHER_SLACK_REQUEST_SECRET")
	s.content = s.counted()
	for range 2 {
		s.spawn(config.Gateway, "PORT="+freePort(t)).logs(t, "socket of Slack is open")
	}
	s.start(config.Consumer)
	testenv.Eventually(t, "all sockets are open", func() bool { return len(s.slack.Socket().Connections()) == soakSockets })
	return s, server
}

// counted is a bot that counts what it is given.
func (s *soak) counted() handler.Content {
	count := func(number string) error {
		n, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		s.handled[n].Add(1)
		return nil
	}
	return handler.Content{Name: "counter", Description: "Counts.", Mention: "counter", Registry: func(handler.Services) (*handler.Registry, error) {
		return handler.NewRegistry(
			handler.Prefix{Prefix: "count ", Argument: "number", Help: "counts", Run: func(_ context.Context, _ handler.Message, number string, _ handler.Responder) error {
				return count(number)
			}},
			handler.SlashCommand{Command: "count", Help: "counts", Run: func(_ context.Context, i handler.Interaction, _ handler.Responder) error {
				return count(i.Text)
			}},
			handler.Action{ID: "count", Help: "counts", Run: func(_ context.Context, i handler.Interaction, _ handler.Responder) error {
				return count(i.Data)
			}},
		)
	}}
}

// envelope is the n-th: of twenty 17 bring events, two a slash command and one a press.
func (s *soak) envelope(n int) socket.Envelope {
	s.Helper()
	switch n % 20 {
	case 3, 13:
		return socket.Envelope{Type: socket.SlashCommands, Payload: typedPayload(s, n, "/count", strconv.Itoa(n), s.apiURL+"commands/1"), AcceptsResponsePayload: true}
	case 7:
		return socket.Envelope{Type: socket.Interactive, Payload: pressedPayload(s, n, "count", strconv.Itoa(n)), AcceptsResponsePayload: true}
	default:
		return socket.Envelope{Type: socket.EventsAPI, Payload: saidPayload(s, n, fmt.Sprint("count ", n))}
	}
}

// send sends the n-th envelope: an event again until it is acknowledged, as Slack does up to
// three times, and an interaction once.
func (s *soak) send(ctx context.Context, n int) {
	e := s.envelope(n)
	r := soakResult{}
	for {
		r.attempts++
		var answer json.RawMessage
		s.hard.RLock()
		r.sent = time.Now()
		answer, r.err = s.slack.Socket().Deliver(ctx, e)
		s.hard.RUnlock()
		r.waited = time.Since(r.sent)
		r.acked, r.apology = r.err == nil, len(answer) > 0
		s.mu.Lock()
		if errors.Is(r.err, socket.ErrNoAck) {
			s.unacked++
		}
		if r.apology {
			s.apologies++
		}
		s.mu.Unlock()
		if r.err == nil || e.Type != socket.EventsAPI || r.attempts == 4 {
			break
		}
		if r.attempts == 1 {
			s.refused.Add(1)
			defer s.refused.Add(-1)
		}
		e.ID, e.RetryAttempt, e.RetryReason = "", r.attempts, "timeout"
		if !pause.For(ctx, time.Duration(r.attempts-1)*time.Second) {
			break
		}
	}
	s.results[n] = r
}

// disconnect has Slack disconnect a socket while there are two others, and while its
// replacement will not be one too many. A socket that Slack closes at once has nothing on
// its way.
func (s *soak) disconnect(ctx context.Context, reason string) {
	s.mu.Lock() // one disconnect at a time
	defer s.mu.Unlock()
	var fresh []socket.Connection
	for {
		all := s.slack.Socket().Connections()
		fresh = slices.DeleteFunc(slices.Clone(all), func(c socket.Connection) bool { return c.Leaving })
		if leaving := len(all) - len(fresh) + 1; len(fresh) > 2 && soakSockets+leaving <= socket.MaxConnections {
			break
		}
		if !pause.For(ctx, 5*time.Millisecond) {
			return
		}
	}
	s.reasons[reason]++
	if reason == socket.LinkDisabled || reason == socket.TooManyWebSockets {
		s.hard.Lock()
		defer s.hard.Unlock()
	}
	s.slack.Socket().Disconnect(reason, fresh[rand.IntN(len(fresh))].ID)
}

// outage has Redis be away for a while when so many envelopes were sent, and none waits
// for its last attempt.
func (s *soak) outage(ctx context.Context, after int, begin, end func()) {
	s.Helper()
	for int(s.next.Load()) < after || s.refused.Load() > 0 {
		if !pause.For(ctx, 5*time.Millisecond) {
			s.Fatalf("%d of %d envelopes were sent in time", s.next.Load(), s.total)
		}
	}
	began := time.Now()
	begin()
	if !pause.For(ctx, soakOutage) {
		s.Fatal("the test is out of time")
	}
	end()
	s.outages = append(s.outages, [2]time.Time{began, time.Now()})
}

// away reports whether Redis was away while an attempt waited, or just before: the gateways
// notice that it is back within some time.
func (s *soak) away(r soakResult) bool {
	return slices.ContainsFunc(s.outages, func(o [2]time.Time) bool {
		return r.sent.Before(o[1].Add(5*time.Second)) && r.sent.Add(r.waited).After(o[0])
	})
}

// verify checks every envelope.
func (s *soak) verify() {
	s.Helper()
	for n := 1; n <= s.total; n++ {
		r, handled := s.results[n], s.handled[n].Load()
		isEvent := s.envelope(n).Type == socket.EventsAPI
		switch {
		case handled > 1:
			s.Errorf("envelope %d was handled %d times: %+v", n, handled, r)
		case isEvent && !r.acked:
			s.Errorf("event %d was never acknowledged: %+v", n, r)
		case r.apology:
			// A Redis that hung may have queued it when it went on, which the gateway cannot know.
			if !s.away(r) {
				s.Errorf("command %d was answered with an apology while Redis was there: %+v", n, r)
			}
		case r.acked && handled != 1:
			s.Errorf("envelope %d was acknowledged and not handled: %+v", n, r)
		case r.acked, s.away(r):
		case errors.Is(r.err, socket.ErrLost) && r.waited < soakGrace: // it came after the disconnect
			s.cutOff++
		default:
			s.Errorf("interaction %d was not acknowledged, which came before any disconnect: %+v", n, r)
		}
	}
	if stray := s.slack.Socket().Stray(); stray > s.unacked {
		s.Errorf("%d acknowledgements named an envelope of another socket; %d may have come late", stray, s.unacked)
	}
}
