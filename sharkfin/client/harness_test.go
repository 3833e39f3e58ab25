package client_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/sharkfin/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "gopher-key"

// server is a simulated server with alice, bob, the bot gopher, and the channel town, which they are in.
type server struct {
	*sim.Server
	http   *httptest.Server
	dialer *websocket.Dialer // nil for the default
}

// start starts a server on a port.
func start(t testing.TB, opts sim.Options) *server {
	t.Helper()
	s := newServer(opts)
	s.http = httptest.NewServer(s.Server)
	s.prepare(t)
	return s
}

// startInMemory starts a server on a network in memory, for tests in a bubble of testing/synctest.
func startInMemory(t testing.TB, opts sim.Options) *server {
	t.Helper()
	s := newServer(opts)
	s.http, s.dialer = servePipes(t, s.Server)
	s.prepare(t)
	return s
}

func newServer(opts sim.Options) *server {
	opts.Identities = append(opts.Identities, sim.Identity{Name: "alice"}, sim.Identity{Name: "bob"}, sim.Identity{Name: "gopher", Type: sim.Service})
	return &server{Server: sim.New(opts)}
}

// prepare makes the channel town. It closes the server at the end of the test.
func (s *server) prepare(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		s.Server.Close()
		s.http.CloseClientConnections() // of requests that hang
		s.http.Close()
	})
	s.channel(t, "town", true, "alice", "bob", "gopher")
}

func (s *server) channel(t testing.TB, name string, public bool, members ...string) {
	t.Helper()
	if err := s.AddChannel(name, public, members...); err != nil {
		t.Fatal(err)
	}
}

// say posts a message in town over a socket, or by REST, and returns its id.
func (s *server) say(t testing.TB, from, body string, rest bool) int64 {
	t.Helper()
	id, err := s.Say(sim.Post{From: from, Channel: "town", Body: body, REST: rest})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// rest returns a RESTClient of gopher.
func (s *server) rest(opts ...client.Option) *client.RESTClient {
	return client.NewRESTClient(s.http.URL, append([]client.Option{client.WithAPIKey(key), client.WithHTTPClient(s.http.Client())}, opts...)...)
}

// address is the address of the server's socket.
func (s *server) address() string { return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/ws" }

// soon is a backoff for tests.
func soon(int) time.Duration { return time.Millisecond }

// connect connects as gopher. The client is closed at the end of the test.
func (s *server) connect(t testing.TB, opts ...client.Option) *client.Client {
	t.Helper()
	defaults := []client.Option{client.WithAPIKey(key), client.WithHTTPClient(s.http.Client()), client.WithDialer(s.dialer)}
	c, err := client.Dial(t.Context(), s.address(), append(defaults, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// dial connects as gopher and waits until the server has the connection among its sockets.
func (s *server) dial(t testing.TB, opts ...client.Option) *client.Client {
	t.Helper()
	c := s.connect(t, opts...)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
	defer cancel()
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// handshakes waits until the server has n requests to open a socket, from the beginning.
func (s *server) handshakes(t testing.TB, n int) {
	t.Helper()
	testenv.Eventually(t, "the server has the handshake", func() bool { return s.Stats().Requests["GET /ws"] == n })
}

// next returns the next event of a type.
func next(t testing.TB, c *client.Client, kind string) client.Event {
	t.Helper()
	for {
		e, open := receive(t, c)
		if !open {
			t.Fatalf("the client ended before a %q event: %v", kind, c.Err())
		}
		if e.Type == kind {
			return e
		}
	}
}

// remaining returns the types of the events until the client ends.
func remaining(t testing.TB, c *client.Client) (kinds []string) {
	t.Helper()
	for {
		e, open := receive(t, c)
		if !open {
			return kinds
		}
		kinds = append(kinds, e.Type)
	}
}

// receive receives an event. open is false if the client has ended.
func receive(t testing.TB, c *client.Client) (e client.Event, open bool) {
	t.Helper()
	select {
	case e, open = <-c.Events():
		return e, open
	case <-time.After(testenv.Timeout):
		t.Fatalf("no event within %v", testenv.Timeout)
		panic("unreachable")
	}
}
