package slack

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// blocking has the queue take an event only when the test lets it.
func blocking(s *setup) { s.queue.release = make(chan struct{}, 1000) }

// TestSockets_AcknowledgeOnceQueued holds the acknowledgement back until the event is on
// the queue.
func TestSockets_AcknowledgeOnceQueued(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, blocking)
	socket := s.greeted()
	socket.send(eventOf("1"))
	testenv.Next(t, s.queue.began)
	if len(socket.acks) > 0 {
		t.Error("acknowledged before it is queued")
	}
	s.queue.release <- struct{}{}
	if a := socket.acked("1"); a.Payload != nil {
		t.Errorf("an event is answered with %s", a.Payload)
	}
	if e := s.queue.events[0]; e.Key != "T0/C1/1763660000.1" || e.RequestID != "1" {
		t.Errorf("queued %+v", e)
	}
	testenv.Eventually(t, "the envelope is counted", func() bool {
		return s.sockets.Stats().Envelopes[Envelope{eventsEnvelope, "queued"}] == 1
	})
}

// TestSockets_Outcomes holds what is acknowledged, and with what.
func TestSockets_Outcomes(t *testing.T) {
	t.Parallel()
	command := func(team string) string {
		return `{"api_app_id":"A0","team_id":"` + team + `","command":"/x","text":"","user_id":"U","channel_id":"C","trigger_id":"1"}`
	}
	interaction := func(kind string) string {
		return `{"type":"` + kind + `","api_app_id":"A0","team":null,"user":{"team_id":"T0"},"trigger_id":"1","view":{"id":"V"}}`
	}
	away := errors.New("no route to Redis")
	for _, test := range []struct {
		name, kind, payload string
		err                 error
		outcome             gateway.Outcome
		acked               bool
		text                string // that the acknowledgement has
	}{
		{"a slash command", commandEnvelope, command("T0"), nil, gateway.Queued, true, ""},
		{"a form of an organization's app", interactiveEnvelope, interaction(viewSubmission), nil, gateway.Queued, true, ""},
		{"a foreign slash command", commandEnvelope, command("T1"), nil, gateway.OtherWorkspace, true, "not queued"},
		{"a foreign app", eventsEnvelope, `{"type":"event_callback","api_app_id":"A1"}`, nil, gateway.Forbidden, true, ""},
		{"malformed", eventsEnvelope, `{}`, nil, gateway.Malformed, true, ""},
		{"no payload", eventsEnvelope, `null`, nil, gateway.Malformed, true, ""},
		{"nobody handles it", eventsEnvelope, `{"type":"event_callback","api_app_id":"A0","team_id":"T0","event_id":"E","event":{"type":"pin_added"}}`, nil, gateway.Ignored, true, ""},
		{"Redis is away, an event", eventsEnvelope, `{"type":"app_home_opened","user":"U","event_ts":"1.2"}`, away, gateway.Unavailable, false, ""},
		{"Redis is away, a slash command", commandEnvelope, command("T0"), away, gateway.Unavailable, true, tryAgain},
		{"Redis is away, a form", interactiveEnvelope, interaction(viewSubmission), away, gateway.Unavailable, false, ""},
		{"Redis is away, a press", interactiveEnvelope, interaction(blockActions), away, gateway.Unavailable, false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSocketTest(t, func(s *setup) { s.queue.err = test.err })
			socket := s.greeted()
			socket.send(envelopeOf(test.kind, "one", test.payload))
			testenv.Eventually(t, "the envelope is counted", func() bool {
				return s.sockets.Stats().Envelopes[Envelope{test.kind, string(test.outcome)}] == 1
			})
			if !test.acked {
				// The next one's acknowledgement would come after this one's.
				socket.send(envelopeOf(eventsEnvelope, "two", `{}`))
				socket.acked("two")
				return
			}
			if a := socket.acked("one"); !strings.Contains(string(a.Payload), test.text) || test.text == "" && a.Payload != nil {
				t.Errorf("acknowledged with %s", a.Payload)
			}
		})
	}
}

// TestSockets_Retries: an envelope that Slack sends again is handled as any other.
func TestSockets_Retries(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	socket := s.greeted()
	socket.send(strings.Replace(eventOf("1"), `"type"`, `"retry_attempt":1,"retry_reason":"timeout","type"`, 1))
	socket.acked("1")
	if s.queue.count() != 1 {
		t.Error("not queued")
	}
	s.logged(`"retry":"1","retry_reason":"timeout"`)
}

// TestSockets_OddEnvelopeID keeps an id of another form out of the log and of Redis.
func TestSockets_OddEnvelopeID(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	socket := s.greeted()
	socket.send(strings.Replace(eventOf("1"), `"envelope_id":"1"`, `"envelope_id":"<one> two"`, 1))
	socket.acked("<one> two")
	if id := s.queue.events[0].RequestID; id == "" || strings.ContainsAny(id, "<> ") {
		t.Errorf("the request's id is %q", id)
	}
}

// TestSockets_OtherFrames are counted and change nothing.
func TestSockets_OtherFrames(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	socket := s.greeted()
	socket.hello() // a second one
	for _, frame := range []string{`{"type":"goodbye","envelope_id":"x"}`, `{}`, `[]`, `"x"`, `{"type":7}`, `{"type":"events_api"}`, `{"type":"disconnected"}`} {
		socket.send(frame)
	}
	socket.send(strings.Replace(eventOf("1"), `"type"`, `"retry_attempt":"1","type"`, 1)) // of another form
	socket.acked("1")
	testenv.Eventually(t, "one socket is open", func() bool {
		states := s.sockets.Stats().States
		return states[StateOpen] == 1 && len(states) == 1
	})
	if len(s.dials) > 0 {
		t.Errorf("dialled %d more", len(s.dials))
	}
	if n := s.sockets.Stats().Envelopes[Envelope{otherEnvelope, gatewayIgnored}]; n == 0 {
		t.Error("not counted")
	}
}

// TestSockets_GarbageReplaces: ten frames in a row that are no JSON, and not nine.
func TestSockets_GarbageReplaces(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	socket := s.greeted()
	for range 2 {
		for range maxNotJSON - 1 {
			socket.send("what?")
		}
		socket.send(eventOf("1"))
		socket.acked("1")
	}
	if len(s.dials) > 0 {
		t.Error("replaced")
	}
	for range maxNotJSON {
		socket.send("what?")
	}
	s.greeted()
	if s.sockets.Stats().Reconnects[notJSON] != 1 || strings.Contains(s.log.String(), "what?") {
		t.Errorf("%v; %s", s.sockets.Stats(), s.log)
	}
}

// TestSockets_MaxBody sends a message action on a long message: 1 MB is queued, and what is
// over the limit is acknowledged and not queued. Neither ends the socket.
func TestSockets_MaxBody(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t)
	socket := s.greeted()
	payload := func(size int) string {
		return `{"type":"message_action","api_app_id":"A0","team":{"id":"T0"},"trigger_id":"1","message":{"text":"` + strings.Repeat("x", size) + `"}}`
	}
	socket.send(envelopeOf(interactiveEnvelope, "1", payload(1_000_000)))
	socket.acked("1")
	socket.send(envelopeOf(interactiveEnvelope, "2", payload(MaxBody)))
	socket.acked("2")
	if s.queue.count() != 1 || s.sockets.Stats().States[StateOpen] != 1 {
		t.Errorf("%d queued, %v", s.queue.count(), s.sockets.Stats().States)
	}
	s.logged(`"outcome":"too_large"`)
}

// TestSockets_ReadingPauses has more envelopes come than are handled at a time.
func TestSockets_ReadingPauses(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, blocking)
	socket := s.greeted()
	const more = 10
	for i := range maxHandled + more {
		socket.send(eventOf(fmt.Sprint(i)))
	}
	for range maxHandled {
		testenv.Next(t, s.queue.began)
	}
	if len(s.queue.began) > 0 {
		t.Error("more are handled")
	}
	for range maxHandled + more {
		s.queue.release <- struct{}{}
	}
	for range maxHandled + more {
		testenv.Next(t, socket.acks)
	}
}

// TestSockets_LargeOnesPause has many large envelopes come over two sockets. Those that are
// handled at a time take no more memory than a few.
func TestSockets_LargeOnesPause(t *testing.T) {
	t.Parallel()
	const each, most, size = 10, 4, 10_000
	s := newSocketTest(t, blocking, func(s *setup) { s.sockets.Count, s.sockets.held = 2, (most+1)*size })
	sockets := []*fakeSocket{s.greeted(), s.greeted()}
	var senders sync.WaitGroup
	defer testenv.Wait(t, &senders)
	for n, socket := range sockets {
		senders.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", n, i)
				frame := envelopeOf(interactiveEnvelope, id, `{"type":"message_action","api_app_id":"A0","team":{"id":"T0"},"trigger_id":"`+id+
					`","message":{"text":"`+strings.Repeat("x", size)+`"}}`)
				if err := socket.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range most {
		testenv.Next(t, s.queue.began)
	}
	select {
	case <-s.queue.began:
		t.Errorf("more than %d envelopes of %d bytes are handled", most, size)
	case <-time.After(200 * time.Millisecond): // more would have come by now
	}
	for range each * len(sockets) {
		s.queue.release <- struct{}{}
	}
	for _, socket := range sockets {
		for range each {
			testenv.Next(t, socket.acks)
		}
	}
	if n := s.queue.count(); n != each*len(sockets) {
		t.Errorf("%d are queued", n)
	}
}

// TestSockets_Stop: an envelope on its way when the process stops is queued and acknowledged,
// and then the socket is closed properly.
func TestSockets_Stop(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, blocking, func(s *setup) { s.sockets.timings.linger = time.Second })
	socket := s.greeted()
	socket.send(eventOf("1"))
	testenv.Next(t, s.queue.began)
	s.stop()
	socket.send(eventOf("2"))
	testenv.Next(t, s.queue.began)
	s.queue.release <- struct{}{}
	s.queue.release <- struct{}{}
	testenv.Next(t, socket.acks)
	testenv.Next(t, socket.acks)
	if err := testenv.Next(t, socket.ended); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("closed with %v", err)
	}
	testenv.Next(t, s.stopped)
	if states := s.sockets.Stats().States; len(states) > 0 || len(s.dials) > 0 {
		t.Errorf("connections %v, dialled %d more", states, len(s.dials))
	}
}

// TestSockets_Several opens as many as are configured.
func TestSockets_Several(t *testing.T) {
	t.Parallel()
	s := newSocketTest(t, func(s *setup) { s.sockets.Count = 3 })
	for range 3 {
		s.greeted()
	}
	s.states(map[string]int{StateOpen: 3})
	if stats := s.sockets.Stats(); stats.Connections != 3 || !stats.ClosedSince.IsZero() {
		t.Errorf("%+v", stats)
	}
}

func TestAcknowledge_Payload(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind       string
		answerable bool
		reply      string
		want       string
	}{
		{eventsEnvelope, false, "", `{"envelope_id":"1"}`},
		{commandEnvelope, true, `say "hi"`, `{"envelope_id":"1","payload":{"text":"say \"hi\""}}`},
		{commandEnvelope, false, "x", `{"envelope_id":"1"}`},
		{interactiveEnvelope, true, `{"options":[]}`, `{"envelope_id":"1","payload":{"options":[]}}`},
		{interactiveEnvelope, true, "", `{"envelope_id":"1"}`},
		{interactiveEnvelope, true, "not queued: no trigger_id", `{"envelope_id":"1"}`},
		{interactiveEnvelope, false, `{"options":[]}`, `{"envelope_id":"1"}`}, // as a global shortcut's was seen
	} {
		data, err := acknowledge(frame{Type: test.kind, EnvelopeID: "1", Answerable: test.answerable}, gateway.Result{Reply: test.reply})
		if err != nil || string(data) != test.want {
			t.Errorf("%+v: %s, %v", test, data, err)
		}
	}
}

func TestAcknowledge_Size(t *testing.T) {
	t.Parallel()
	f := frame{Type: commandEnvelope, EnvelopeID: "1", Answerable: true}
	for size, fits := range map[int]bool{19_900: true, 20_000: false} {
		if data, err := acknowledge(f, gateway.Result{Reply: strings.Repeat("x", size)}); (err == nil) != fits || len(data) > maxFrameOut {
			t.Errorf("%d: %d bytes, %v", size, len(data), err)
		}
	}
}

func TestFrame_RequestID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"dbdd0ef3-1543-4f94-bfb4-133d0e6c1545": "dbdd0ef3-1543-4f94-bfb4-133d0e6c1545",
		"":                                     "", // the gateway makes one up
		"a\nb":                                 "",
		strings.Repeat("x", 65):                "",
	} {
		if got := (frame{EnvelopeID: id}).meta().RequestID; got != want {
			t.Errorf("envelope %q: request id %q, want %q", id, got, want)
		}
	}
}
