package slack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

const appToken = "xapp-1-A0-secret"

// fakeSlack opens sockets: apps.connections.open with tickets for one dial, and what comes
// over a socket is up to the test.
type fakeSlack struct {
	testing.TB
	url   string
	dials chan *fakeSocket
	calls chan struct{} // of apps.connections.open

	mu      sync.Mutex
	answer  func(http.ResponseWriter) bool // of apps.connections.open, if it returns true
	tickets map[string]bool
	seen    []string // all tickets
	deaf    bool     // sockets do not read
}

func newFakeSlack(t testing.TB) *fakeSlack {
	f := &fakeSlack{TB: t, dials: make(chan *fakeSocket, 100), calls: make(chan struct{}, 1000), tickets: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/apps.connections.open", f.open)
	mux.HandleFunc("GET /link/", f.dial)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// answers has apps.connections.open answered by the test, or by the fake for nil.
func (f *fakeSlack) answers(answer func(http.ResponseWriter) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func says(body string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		fmt.Fprint(w, body)
		return true
	}
}

func (f *fakeSlack) open(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.calls <- struct{}{} }()
	if r.Header.Get("Authorization") != "Bearer "+appToken {
		f.Errorf("authorized by %q", r.Header.Get("Authorization"))
	}
	if f.answer != nil && f.answer(w) {
		return
	}
	ticket := rand.Text()
	f.tickets[ticket], f.seen = true, append(f.seen, ticket)
	fmt.Fprintf(w, `{"ok":true,"url":"%s/link/?ticket=%s&app_id=x"}`, strings.Replace(f.url, "http", "ws", 1), ticket)
}

func (f *fakeSlack) dial(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	ticket := r.FormValue("ticket")
	valid, deaf := f.tickets[ticket], f.deaf
	delete(f.tickets, ticket)
	f.mu.Unlock()
	if !valid {
		http.Error(w, "no such ticket", http.StatusForbidden)
		return
	}
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		f.Error(err)
		return
	}
	s := &fakeSocket{TB: f.TB, ws: ws, acks: make(chan acknowledgement, 1000), ended: make(chan error, 1), pings: make(chan struct{}, 1000)}
	f.dials <- s
	if !deaf {
		s.read()
	}
}

// fakeSocket is Slack's end of a socket.
type fakeSocket struct {
	testing.TB
	ws    *websocket.Conn
	acks  chan acknowledgement
	ended chan error
	pings chan struct{}
}

func (s *fakeSocket) read() {
	defer s.ws.Close()
	pong := s.ws.PingHandler()
	s.ws.SetPingHandler(func(data string) error {
		s.pings <- struct{}{}
		return pong(data)
	})
	for {
		_, data, err := s.ws.ReadMessage()
		if err != nil {
			s.ended <- err
			return
		}
		var a acknowledgement
		if err := json.Unmarshal(data, &a); err != nil {
			s.Errorf("%v: %s", err, data)
		}
		s.acks <- a
	}
}

func (s *fakeSocket) send(frame string) {
	s.Helper()
	if err := s.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		s.Fatal(err)
	}
}

func (s *fakeSocket) hello() { s.helloOf("A0", 3600) }

func (s *fakeSocket) helloOf(app string, lifetime float64) {
	s.Helper()
	s.send(fmt.Sprintf(`{"type":"hello","num_connections":3,"debug_info":{"host":"x","approximate_connection_time":%g},"connection_info":{"app_id":%q}}`, lifetime, app))
}

func (s *fakeSocket) disconnect(reason string) {
	s.Helper()
	s.send(`{"type":"disconnect","reason":"` + reason + `","debug_info":{"host":"x"}}`)
}

// acked waits for the acknowledgement of an envelope, the next on this socket.
func (s *fakeSocket) acked(id string) acknowledgement {
	s.Helper()
	a := testenv.Next(s.TB, s.acks)
	if a.EnvelopeID != id {
		s.Errorf("acknowledged %q, want %q", a.EnvelopeID, id)
	}
	return a
}

// envelopeOf returns an envelope with a payload.
func envelopeOf(kind, id, payload string) string {
	return fmt.Sprintf(`{"type":%q,"envelope_id":%q,"accepts_response_payload":%v,"payload":%s}`, kind, id, kind != eventsEnvelope, payload)
}

// eventOf returns the envelope of a message.
func eventOf(id string) string {
	return envelopeOf(eventsEnvelope, id, `{"type":"event_callback","api_app_id":"A0","team_id":"T0","event_id":"`+id+`","event":{"type":"message","channel":"C1","channel_type":"channel","ts":"1763660000.`+id+`"}}`)
}

// fakeQueue is a Publisher that knows duplicates.
type fakeQueue struct {
	mu     sync.Mutex
	events []workqueue.Event
	keys   map[string]bool
	err    error
	// began gets a value when an event comes; it waits for one of release, if it is set.
	began   chan workqueue.Event
	release chan struct{}
}

func (q *fakeQueue) Publish(ctx context.Context, e workqueue.Event) (workqueue.Result, error) {
	select {
	case q.began <- e:
	default: // nobody waits for that many
	}
	if q.release != nil {
		select {
		case <-q.release:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return 0, q.err
	}
	if q.keys[e.Key] {
		return workqueue.Duplicate, nil
	}
	q.keys[e.Key] = true
	q.events = append(q.events, e)
	return workqueue.Queued, nil
}

func (q *fakeQueue) count() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events)
}

// socketTest runs Sockets against a fakeSlack.
type socketTest struct {
	*fakeSlack
	queue   *fakeQueue
	sockets *Sockets
	log     *testenv.Log
	// stop has the sockets stop, and stopped is closed when they have.
	stop    context.CancelFunc
	stopped chan struct{}
}

// quick returns timings with short waits. What finds dead sockets is as long as ever, so
// that a slow machine fails no test.
func quick() *timings {
	t := defaultTimings
	t.first, t.longest, t.polite, t.tooMany, t.disabled = time.Millisecond, 20*time.Millisecond, time.Millisecond, 10*time.Millisecond, 50*time.Millisecond
	t.linger = 50 * time.Millisecond
	return &t
}

// setup is what a test may change before the sockets run.
type setup struct {
	gateway Options
	sockets SocketOptions
	queue   *fakeQueue
	slack   *fakeSlack
}

func newSocketTest(t testing.TB, changes ...func(*setup)) *socketTest {
	t.Helper()
	s := &socketTest{
		fakeSlack: newFakeSlack(t), log: &testenv.Log{}, stopped: make(chan struct{}),
		queue: &fakeQueue{keys: map[string]bool{}, began: make(chan workqueue.Event, 1000)},
	}
	transport := &http.Transport{}
	with := &setup{
		gateway: Options{AppID: "A0", TeamID: "T0", Publisher: s.queue, Log: zerolog.New(s.log)},
		sockets: SocketOptions{AppToken: appToken, APIURL: s.url + "/api/", Transport: transport, timings: quick()},
		queue:   s.queue, slack: s.fakeSlack,
	}
	for _, change := range changes {
		change(with)
	}
	g, err := New(with.gateway)
	if err != nil {
		t.Fatal(err)
	}
	if s.sockets, err = g.NewSockets(with.sockets); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	go func() {
		defer close(s.stopped)
		if err := s.sockets.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() {
		stop()
		testenv.Next(t, s.stopped)
		transport.CloseIdleConnections()
		for _, secret := range append(s.seen, appToken) {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("a secret is logged: %s", s.log)
			}
		}
	})
	return s
}

// greeted waits for the next dial and greets it.
func (s *socketTest) greeted() *fakeSocket {
	s.Helper()
	socket := testenv.Next(s.TB, s.dials)
	socket.hello()
	return socket
}

// states waits for numbers of connections by state.
func (s *socketTest) states(want map[string]int) {
	s.Helper()
	testenv.Eventually(s.TB, fmt.Sprintf("connections are %v", want), func() bool {
		return fmt.Sprint(s.sockets.Stats().States) == fmt.Sprint(want)
	})
}

func (s *socketTest) logged(text string) {
	s.Helper()
	testenv.Eventually(s.TB, "logged: "+text, func() bool { return strings.Contains(s.log.String(), text) })
}
