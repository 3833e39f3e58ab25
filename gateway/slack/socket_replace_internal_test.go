package slack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestSockets_ReplaceFirst: what Slack sends on a socket that is to be replaced, before and
// after the replacement is greeted, is queued and acknowledged there.
func TestSockets_ReplaceFirst(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{warning, refresh, "a_new_reason"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			s := newSocketTest(t)
			first := s.greeted()
			first.disconnect(reason)
			first.send(eventOf("1"))
			first.acked("1")
			second := testenv.Next(t, s.dials)
			first.send(eventOf("2"))
			first.acked("2")
			second.hello()
			s.states(map[string]int{StateOpen: 1, stateDraining: 1})
			first.send(eventOf("3"))
			first.acked("3")
			second.send(eventOf("4"))
			second.acked("4")
			if s.queue.count() != 4 {
				t.Errorf("%d queued", s.queue.count())
			}
			first.ws.Close()
			s.states(map[string]int{StateOpen: 1})
		})
	}
}

// TestSockets_AcknowledgeOnTheirSocket: the replacement does not know the envelope.
func TestSockets_AcknowledgeOnTheirSocket(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, blocking)
	first := s.greeted()
	first.send(eventOf("1"))
	testenv.Next(t, s.queue.began)
	first.disconnect(warning)
	second := s.greeted()
	s.states(map[string]int{StateOpen: 1, stateDraining: 1})
	s.queue.release <- struct{}{}
	first.acked("1")
	if len(second.acks) > 0 {
		t.Error("acknowledged on the other socket")
	}
}

// TestSockets_PublishOutlivesTheSocket: the repetition of an envelope whose socket had gone
// is a duplicate.
func TestSockets_PublishOutlivesTheSocket(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, blocking)
	first := s.greeted()
	first.send(eventOf("1"))
	testenv.Next(t, s.queue.began)
	first.ws.Close()
	second := s.greeted()
	s.queue.release <- struct{}{}
	testenv.Eventually(t, "the acknowledgement fails", func() bool {
		return s.sockets.Stats().Envelopes[Envelope{eventsEnvelope, ackFailed}] == 1
	})
	s.queue.release <- struct{}{}
	second.send(strings.Replace(eventOf("1"), `"envelope_id":"1"`, `"envelope_id":"2"`, 1))
	second.acked("2")
	if s.queue.count() != 1 {
		t.Errorf("%d queued", s.queue.count())
	}
}

// TestSockets_HalfOpen has Slack's end neither read nor write any more.
func TestSockets_HalfOpen(t *testing.T) {
	t.Parallel()
	const silence = time.Second
	s := newSocketTest(t, func(s *setup) {
		s.sockets.timings.ping, s.sockets.timings.silence, s.slack.deaf = silence/10, silence, true
	})
	first := s.greeted()
	defer first.ws.Close()
	s.states(map[string]int{StateOpen: 1})
	s.mu.Lock()
	s.deaf = false
	s.mu.Unlock()
	began := time.Now()
	second := s.greeted()
	if took := time.Since(began); took < silence/2 {
		t.Errorf("taken for dead after %v", took)
	}
	second.send(eventOf("1"))
	second.acked("1")
	s.states(map[string]int{StateOpen: 1})
	if s.sockets.Stats().Reconnects[silent] != 1 {
		t.Errorf("%v", s.sockets.Stats().Reconnects)
	}
	// The second one answers pings, and lives.
	for range 25 { // which takes two and a half times the silence
		testenv.Next(t, second.pings)
	}
	if len(s.dials) > 0 {
		t.Error("a socket that answers pings is replaced")
	}
}

// TestSockets_Age replaces a socket before Slack would end it.
func TestSockets_Age(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	first := testenv.Next(t, s.dials)
	began := time.Now()
	first.helloOf("A0", 0.5)
	second := testenv.Next(t, s.dials)
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("replaced after %v", took)
	}
	second.hello()
	s.states(map[string]int{StateOpen: 1, stateDraining: 1})
}

// TestSockets_DrainedOnesAreClosed when nothing has come for a while, with a close frame.
func TestSockets_DrainedOnesAreClosed(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, func(s *setup) { s.sockets.timings.drain = 100 * time.Millisecond })
	first := s.greeted()
	first.disconnect(refresh)
	s.greeted()
	if err := testenv.Next(t, first.ended); !strings.Contains(err.Error(), "1000") {
		t.Error(err)
	}
	s.states(map[string]int{StateOpen: 1})
}

// TestSockets_ReplacementFails: the old socket stays in use, and dialling goes on.
func TestSockets_ReplacementFails(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	first := s.greeted()
	testenv.Next(t, s.calls)
	answers := []func(http.ResponseWriter) bool{
		says(`{"ok":false,"error":"internal_error"}`), says(`{"ok":false,"error":"a_new_error"}`), says(`no JSON`), says(`{"ok":true,"url":"https://x"}`),
		says(`{"ok":true,"url":"` + strings.Replace(s.url, "http", "ws", 1) + `/link/?ticket=used"}`),
		func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusBadGateway); return true },
	}
	for _, answer := range answers {
		s.answers(answer)
		if len(s.calls) == 0 && s.sockets.Stats().Reconnects[refresh] == 0 {
			first.disconnect(refresh)
		}
		testenv.Next(t, s.calls)
		testenv.Next(t, s.calls)
		first.send(eventOf("1"))
		first.acked("1")
	}
	s.answers(nil)
	second := s.greeted()
	second.send(eventOf("2"))
	second.acked("2")
	if strings.Contains(s.log.String(), "ticket=used") {
		t.Errorf("a ticket is logged: %s", s.log)
	}
}

// TestSockets_NoHello dials again when Slack does not greet, and does not keep the socket.
func TestSockets_NoHello(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, func(s *setup) { s.sockets.timings.hello = 100 * time.Millisecond })
	first := testenv.Next(t, s.dials)
	first.send(eventOf("1")) // before any hello: it is not taken
	second := testenv.Next(t, s.dials)
	testenv.Next(t, first.ended)
	second.disconnect(warning)
	testenv.Next(t, second.ended)
	if s.queue.count() > 0 || len(first.acks) > 0 {
		t.Error("an envelope before the hello is taken")
	}
}

// TestSockets_DisconnectAfterHello has both come at once.
func TestSockets_DisconnectAfterHello(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	for i := range 5 {
		socket := s.greeted()
		socket.disconnect(warning)
		id := fmt.Sprint(i)
		socket.send(eventOf(id))
		socket.acked(id)
	}
}

// TestSockets_TooMany waits longer, and logs both numbers.
func TestSockets_TooMany(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, func(s *setup) { s.sockets.timings.tooMany = 300 * time.Millisecond })
	first := s.greeted()
	first.disconnect(tooMany)
	began := time.Now()
	s.greeted()
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("dialled after %v", took)
	}
	s.logged(`"connections":3,"ours":1`)
}

// TestSockets_LinkDisabled logs once where Socket Mode is switched on, and tries on.
func TestSockets_LinkDisabled(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, func(s *setup) { s.sockets.Count = 2 })
	first, second := s.greeted(), s.greeted()
	s.states(map[string]int{StateOpen: 2})
	s.answers(says(`{"ok":false,"error":"link_disabled"}`))
	began := time.Now()
	for _, socket := range []*fakeSocket{first, second} {
		testenv.Next(t, s.calls)
		socket.disconnect(linkOff)
		socket.ws.Close()
	}
	for range 4 {
		testenv.Next(t, s.calls)
	}
	if took := time.Since(began); took < 90*time.Millisecond {
		t.Errorf("two tries of each within %v, want 50 ms between", took)
	}
	if n := strings.Count(s.log.String(), settingsPage); n != 1 {
		t.Errorf("logged %d times: %s", n, s.log)
	}
	s.answers(nil)
	s.greeted()
}

// TestSockets_RetryAfter waits as long as Slack asks.
func TestSockets_RetryAfter(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, func(s *setup) { s.sockets.timings.longest = time.Millisecond })
	first := s.greeted()
	testenv.Next(t, s.calls)
	s.answers(func(w http.ResponseWriter) bool {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	first.disconnect(warning)
	testenv.Next(t, s.calls)
	began := time.Now()
	testenv.Next(t, s.calls)
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("called again after %v", took)
	}
}

// TestSockets_Refused: what only an operator can mend stops the sockets, and not the process.
func TestSockets_Refused(t *testing.T) {
	t.Parallel()
	for code := range refusals {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := newSocketTest(t, func(s *setup) {
				s.sockets.Count = 2
				s.slack.answers(says(`{"ok":false,"error":"` + code + `"}`))
			})
			testenv.Next(t, s.calls)
			testenv.Next(t, s.calls)
			s.logged("GOPHER_SLACK_APP_TOKEN is refused")
			if strings.Count(s.log.String(), "is refused") != 1 || !strings.Contains(s.log.String(), code) {
				t.Errorf("logged %s", s.log)
			}
			s.states(map[string]int{})
			if stats := s.sockets.Stats(); stats.ClosedSince.IsZero() || len(s.calls) > 0 {
				t.Errorf("%+v, called %d times more", stats, len(s.calls))
			}
		})
	}
}

// TestSockets_AppID: the app of the first hello is the app, and another's token is refused.
func TestSockets_AppID(t *testing.T) {
	t.Parallel()
	for _, configured := range []string{"A0", ""} {
		s := newSocketTest(t, func(s *setup) { s.gateway.AppID = configured })
		first := s.greeted()
		first.send(eventOf("1"))
		first.acked("1")
		if s.queue.count() != 1 {
			t.Error("not queued")
		}
		first.disconnect(refresh)
		second := testenv.Next(t, s.dials)
		second.helloOf("A1", 3600)
		s.logged("is of the app")
		testenv.Next(t, second.ended)
		if len(s.dials) > 0 || !strings.Contains(s.log.String(), "GOPHER_SLACK_APP_ID") {
			t.Errorf("dialled %d more; %s", len(s.dials), s.log)
		}
	}
}
