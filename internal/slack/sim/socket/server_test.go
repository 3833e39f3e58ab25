package socket_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/slack/sim/socket"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slack is a Server that runs, with Socket Mode on.
type slack struct {
	*socket.Server
	*testing.T
}

func start(t *testing.T, opts socket.Options) slack {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	opts.AppID, opts.URL = "A1", "ws://"+front.Listener.Addr().String()+"/link/"
	if opts.AckTimeout == 0 {
		opts.AckTimeout = testenv.Timeout
	}
	s := socket.New(opts)
	s.Switch(true)
	front.Config.Handler = s
	front.Start()
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, stopped); err != nil {
			t.Error(err)
		}
		front.Close()
	})
	return slack{s, t}
}

func (s slack) ticket() string {
	s.Helper()
	address, ok := s.Open()
	if !ok {
		s.Fatal("Socket Mode is off")
	}
	return address
}

// app is the other end of a socket.
type app struct {
	*websocket.Conn
	*testing.T
}

// dial opens a socket, which is not greeted yet.
func (s slack) dial(address string) app {
	s.Helper()
	ws, response, err := websocket.DefaultDialer.DialContext(s.Context(), address, nil)
	if err != nil {
		s.Fatal(err)
	}
	response.Body.Close()
	s.Cleanup(func() { ws.Close() })
	return app{ws, s.T}
}

// connect opens a socket and returns it with its hello.
func (s slack) connect() (app, map[string]any) {
	s.Helper()
	a := s.dial(s.ticket())
	hello := a.next()
	if hello["type"] != "hello" {
		s.Fatalf("the first frame is %v, want hello", hello)
	}
	return a, hello
}

// next returns the next frame.
func (a app) next() map[string]any {
	a.Helper()
	if err := a.SetReadDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		a.Fatal(err)
	}
	var frame map[string]any
	if err := a.ReadJSON(&frame); err != nil {
		a.Fatal(err)
	}
	return frame
}

func (a app) ack(id any) {
	a.Helper()
	if err := a.WriteJSON(map[string]any{"envelope_id": id, "payload": map[string]any{"text": "ok"}}); err != nil {
		a.Fatal(err)
	}
}

// closed waits for the end of the connection and returns its code.
func (a app) closed() int {
	a.Helper()
	if err := a.SetReadDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		a.Fatal(err)
	}
	for {
		_, _, err := a.ReadMessage()
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
			return closed.Code
		}
		if err != nil {
			a.Fatal(err)
		}
	}
}

type result struct {
	payload string
	err     error
}

// deliver sends an envelope.
func (s slack) deliver(e socket.Envelope) chan result {
	results := make(chan result, 1)
	go func() {
		payload, err := s.Deliver(s.Context(), e)
		results <- result{string(payload), err}
	}()
	return results
}

func event(n int) socket.Envelope {
	return socket.Envelope{Type: socket.EventsAPI, Payload: fmt.Appendf(nil, `{"n":%d}`, n)}
}

func TestServer_Hello(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{})
	s.connect()
	_, hello := s.connect()
	debug, _ := hello["debug_info"].(map[string]any)
	if hello["num_connections"] != 2.0 || fmt.Sprint(hello["connection_info"]) != "map[app_id:A1]" || debug["approximate_connection_time"] != 3600.0 || debug["host"] == "" {
		t.Errorf("%v", hello)
	}
	a := s.dial(s.ticket() + "&debug_reconnects=true")
	if debug, _ := a.next()["debug_info"].(map[string]any); debug["approximate_connection_time"] != 360.0 {
		t.Errorf("with debug_reconnects: %v", debug)
	}
}

func TestServer_TicketsAreForOneDial(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{})
	used := s.ticket()
	s.dial(used).next()
	revoked := s.ticket()
	s.Switch(false)
	s.Switch(true)
	for name, address := range map[string]string{
		"used": used, "revoked": revoked, "unknown": strings.Replace(used, "ticket=", "ticket=A", 1), "none": strings.Split(used, "?")[0],
	} {
		_, response, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
		if err == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v", name, err)
			continue
		}
		response.Body.Close()
	}
}

func TestServer_SwitchedOff(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{})
	a, _ := s.connect()
	s.Switch(false)
	if frame := a.next(); frame["type"] != "disconnect" || frame["reason"] != "link_disabled" {
		t.Errorf("%v", frame)
	}
	a.closed()
	if address, ok := s.Open(); ok {
		t.Errorf("a ticket was given: %s", address)
	}
	if _, err := s.Deliver(t.Context(), event(1)); !errors.Is(err, socket.ErrNoConnection) {
		t.Error(err)
	}
}

func TestServer_EnvelopesAndAcks(t *testing.T) {
	t.Parallel()
	frames := make(chan string, 10)
	s := start(t, socket.Options{Trace: func(f socket.Frame) { frames <- fmt.Sprintf("%v %s", f.FromApp, f.Body) }})
	a, _ := s.connect()
	results := s.deliver(socket.Envelope{
		Type: socket.Interactive, ID: "E1", Payload: json.RawMessage(`{"a":1}`), AcceptsResponsePayload: true, RetryAttempt: 2, RetryReason: "timeout",
	})
	got := a.next()
	want := map[string]any{
		"type": "interactive", "envelope_id": "E1", "payload": map[string]any{"a": 1.0}, "accepts_response_payload": true, "retry_attempt": 2.0, "retry_reason": "timeout",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	a.ack("E1")
	if r := testenv.Next(t, results); r.err != nil || r.payload != `{"text":"ok"}` {
		t.Errorf("%+v", r)
	}
	a.ack("E1") // once more
	testenv.Eventually(t, "the second acknowledgement is counted as stray", func() bool { return s.Stray() == 1 })
	for _, want := range []string{`false {"connection_info":{"app_id":"A1"}`, `false {"type":"interactive"`, `true {"envelope_id":"E1"`, `true {"envelope_id":"E1"`} {
		if got := testenv.Next(t, frames); !strings.HasPrefix(got, want) {
			t.Errorf("traced %s, want %s", got, want)
		}
	}
}

func TestServer_AckOnAnotherConnection(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{AckTimeout: 200 * time.Millisecond})
	a, _ := s.connect()
	results := s.deliver(event(1))
	id := a.next()["envelope_id"]
	b, _ := s.connect()
	b.ack(id)
	if r := testenv.Next(t, results); !errors.Is(r.err, socket.ErrNoAck) {
		t.Errorf("%+v", r)
	}
	testenv.Eventually(t, "the acknowledgement is counted as stray", func() bool { return s.Stray() == 1 })
}

func TestServer_DistributesAtRandom(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{AckTimeout: time.Millisecond})
	s.connect()
	s.connect()
	s.AddGhosts(2)
	for n := range 200 {
		if _, err := s.Deliver(t.Context(), event(n)); !errors.Is(err, socket.ErrNoAck) {
			t.Fatal(err)
		}
	}
	open := s.Connections()
	for _, c := range open {
		if c.Envelopes < 10 { // with 4 connections: never, in 10^11 runs
			t.Errorf("%+v got %d of 200", c, c.Envelopes)
		}
	}
	if len(open) != 4 || !open[2].Ghost || open[0].Ghost {
		t.Errorf("%+v", open)
	}
	s.ForgetGhosts()
	if n := len(s.Connections()); n != 2 {
		t.Errorf("%d connections without the ghosts, want 2", n)
	}
}

func TestServer_VanishedConnectionsAreGhosts(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{AckTimeout: time.Millisecond, Linger: 2 * time.Second})
	a, _ := s.connect()
	if err := a.NetConn().Close(); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the connection is a ghost", func() bool {
		open := s.Connections()
		return len(open) == 1 && open[0].Ghost
	})
	if _, err := s.Deliver(t.Context(), event(1)); !errors.Is(err, socket.ErrNoAck) {
		t.Error(err)
	}
	testenv.Eventually(t, "the ghost is noticed", func() bool { return len(s.Connections()) == 0 })

	polite, _ := s.connect()
	if err := polite.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	polite.closed()
	testenv.Eventually(t, "a connection with a close frame is gone at once", func() bool { return len(s.Connections()) == 0 })
}

func TestServer_TooManyConnections(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{})
	s.AddGhosts(9)
	_, hello := s.connect()
	if hello["num_connections"] != 10.0 {
		t.Errorf("%v", hello)
	}
	a := s.dial(s.ticket())
	if frame := a.next(); frame["type"] != "disconnect" || frame["reason"] != "too_many_websockets" {
		t.Errorf("the eleventh got %v", frame)
	}
	a.closed()
	testenv.Eventually(t, "ten are left", func() bool { return len(s.Connections()) == 10 })
}

func TestServer_DisconnectsWithReasons(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{socket.Warning, socket.RefreshRequested, socket.LinkDisabled, socket.TooManyWebSockets} {
		s := start(t, socket.Options{Grace: time.Second})
		a, _ := s.connect()
		if n := s.Disconnect(reason); n != 1 {
			t.Errorf("%d connections got it, want 1", n)
		}
		frame := a.next()
		if host, _ := frame["debug_info"].(map[string]any); frame["type"] != "disconnect" || frame["reason"] != reason || host["host"] == "" {
			t.Errorf("%s: %v", reason, frame)
		}
		if reason == socket.Warning || reason == socket.RefreshRequested {
			results := s.deliver(event(1)) // which may still come
			a.ack(a.next()["envelope_id"])
			if r := testenv.Next(t, results); r.err != nil {
				t.Errorf("after %s: %v", reason, r.err)
			}
		}
		if code := a.closed(); code != websocket.CloseNormalClosure {
			t.Errorf("%s: closed with %d", reason, code)
		}
	}
}

func TestServer_LifeOfAConnection(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{Life: 600 * time.Millisecond, Grace: 300 * time.Millisecond})
	a, _ := s.connect()
	for _, want := range []string{socket.Warning, socket.RefreshRequested} {
		if frame := a.next(); frame["reason"] != want {
			t.Errorf("%v, want %s", frame, want)
		}
	}
	a.closed()
}

func TestServer_LargeFramesCloseTheConnection(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{})
	a, _ := s.connect()
	results := s.deliver(event(1))
	id, _ := a.next()["envelope_id"].(string)
	frame := func(size int) []byte {
		head := `{"envelope_id":"` + id + `","payload":{"text":"`
		return []byte(head + strings.Repeat("a", size-len(head)-3) + `"}}`)
	}
	if err := a.WriteMessage(websocket.TextMessage, frame(socket.MaxFrame)); err != nil {
		t.Fatal(err)
	}
	if r := testenv.Next(t, results); r.err != nil {
		t.Errorf("a frame of %d bytes: %v", socket.MaxFrame, r.err)
	}
	results = s.deliver(event(2))
	id, _ = a.next()["envelope_id"].(string)
	if err := a.WriteMessage(websocket.TextMessage, frame(socket.MaxFrame+1)); err != nil {
		t.Fatal(err)
	}
	if code := a.closed(); code != websocket.CloseMessageTooBig {
		t.Errorf("closed with %d, want 1009", code)
	}
	if r := testenv.Next(t, results); !errors.Is(r.err, socket.ErrLost) {
		t.Errorf("%+v", r)
	}
}

func TestServer_PingsAndSilence(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{Ping: 5 * time.Millisecond, AckTimeout: 50 * time.Millisecond})
	a, _ := s.connect()
	pings := make(chan string, 1000)
	a.SetPingHandler(func(text string) error {
		pings <- text
		return nil
	})
	pongs := make(chan string, 1)
	a.SetPongHandler(func(text string) error {
		pongs <- text
		return nil
	})
	read := make(chan error, 1)
	go func() {
		_, _, err := a.ReadMessage()
		read <- err
	}()
	testenv.Next(t, pings)
	if err := a.WriteControl(websocket.PingMessage, []byte("mine"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := testenv.Next(t, pongs); got != "mine" {
		t.Errorf("%q", got)
	}
	s.Silence()
	if _, err := s.Deliver(t.Context(), event(1)); !errors.Is(err, socket.ErrNoAck) {
		t.Error(err)
	}
	for len(pings) > 0 {
		testenv.Next(t, pings)
	}
	if err := a.WriteControl(websocket.PingMessage, []byte("again"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the second ping has come", func() bool { return s.Connections()[0].PingsOfApps == 2 })
	if len(pings)+len(pongs)+len(read) > 0 {
		t.Error("a silent connection was heard")
	}
	a.Close()
	testenv.Next(t, read)
}

func TestServer_SendsUnknownFrames(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{})
	a, _ := s.connect()
	if err := s.Send(s.Connections()[0].ID, []byte("no JSON")); err != nil {
		t.Fatal(err)
	}
	if _, body, err := a.ReadMessage(); err != nil || string(body) != "no JSON" {
		t.Errorf("%q (%v)", body, err)
	}
	if err := s.Send("socket-0", nil); err == nil {
		t.Error("an unknown connection was written to")
	}
}

// TestServer_LosesNothingWhileItDisconnects delivers to apps that dial anew at each disconnect, keep the old
// connection until it is closed, and acknowledge everything.
func TestServer_LosesNothingWhileItDisconnects(t *testing.T) {
	t.Parallel()
	s := start(t, socket.Options{Grace: 20 * time.Millisecond})
	var apps sync.WaitGroup
	t.Cleanup(apps.Wait)
	var connect func()
	connect = func() {
		address, ok := s.Open()
		if !ok {
			return
		}
		ws, response, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
		if err != nil {
			return // the test has ended
		}
		response.Body.Close()
		apps.Go(func() {
			defer ws.Close()
			for {
				var frame struct {
					Type string
					ID   string `json:"envelope_id"`
				}
				if ws.ReadJSON(&frame) != nil {
					return
				}
				if frame.Type == "disconnect" {
					connect()
				}
				if frame.ID != "" && ws.WriteJSON(map[string]any{"envelope_id": frame.ID}) != nil {
					return
				}
			}
		})
	}
	connect()
	connect()
	testenv.Eventually(t, "both apps are connected", func() bool { return len(s.Connections()) == 2 })
	reasons := []string{socket.RefreshRequested, socket.Warning, socket.TooManyWebSockets, socket.LinkDisabled}
	var results []chan result
	for n := range 2000 {
		if n%50 == 49 { // many of the envelopes before are on their way
			staying := slices.DeleteFunc(s.Connections(), func(c socket.Connection) bool { return c.Leaving })
			s.Disconnect(reasons[n/50%len(reasons)], staying[0].ID)
			for _, r := range results {
				if got := testenv.Next(t, r); got.err != nil {
					t.Fatalf("after %d envelopes: %v", n, got.err)
				}
			}
			results = nil
			testenv.Eventually(t, "two apps are connected", func() bool {
				return len(slices.DeleteFunc(s.Connections(), func(c socket.Connection) bool { return c.Leaving })) == 2
			})
		}
		results = append(results, s.deliver(event(n)))
	}
	for _, r := range results {
		if got := testenv.Next(t, r); got.err != nil {
			t.Error(got.err)
		}
	}
	if s.Stray() > 0 {
		t.Errorf("%d stray acknowledgements", s.Stray())
	}
}
