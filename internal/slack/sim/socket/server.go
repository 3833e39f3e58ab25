// Package socket is the Slack side of Socket Mode: it gives tickets, accepts WebSockets,
// distributes envelopes over them and waits for their acknowledgements.
//
// It knows the wire and the life of connections. It must not know the payloads.
// Sources: https://docs.slack.dev/apis/events-api/using-socket-mode and the SDKs of Slack.
package socket

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
)

// Options configures a Server. AppID and URL are required.
type Options struct {
	AppID string
	// URL is the address of the Server, such as ws://127.0.0.1:8080/link/.
	URL string
	// Life is the age at which a connection is to be replaced. Defaults to 1 hour. A ticket with
	// debug_reconnects=true makes it 360 s at most.
	Life time.Duration
	// Grace is the time between a disconnect frame and the close. Defaults to 10 s.
	Grace time.Duration
	// Ping is the time between two pings. Defaults to 5 s.
	Ping time.Duration
	// Linger is the time for which a connection that ended without a close frame still gets
	// its share of the envelopes. Defaults to 5 s.
	Linger time.Duration
	// AckTimeout is the time in which an envelope must be acknowledged. Defaults to 3 s.
	AckTimeout time.Duration
	// Trace is called with each frame, one at a time, before it is sent or handled. It must not
	// call the Server. nil is allowed.
	Trace func(Frame)
	Log   zerolog.Logger
}

// Frame is a frame with data, as it was on the wire.
type Frame struct {
	Connection string
	// FromApp reports the direction: the app sent it.
	FromApp bool
	Body    []byte
}

// MaxFrame is the size in bytes above which a frame of the app closes the connection with
// 1009. Source: measured, see MaxConnections.
const MaxFrame = 20_480

// MaxConnections is the number of connections that an app may have.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode#connections
const MaxConnections = 10

// The reasons of a disconnect frame.
const (
	Warning           = "warning"             // about 10 s are left
	RefreshRequested  = "refresh_requested"   // this connection is to be replaced
	LinkDisabled      = "link_disabled"       // Socket Mode was switched off
	TooManyWebSockets = "too_many_websockets" // more than MaxConnections; not documented
)

// Server is the Slack side of the sockets of one app. It serves the address Options.URL. It is
// safe for concurrent use.
type Server struct {
	opts Options

	mu      sync.Mutex
	tickets map[string]bool
	open    []*connection // ghosts included
	on      bool
	stopped bool
	stray   int
	serving sync.WaitGroup
	tracing sync.Mutex // serialises Trace
}

// New returns a Server that is switched off.
func New(opts Options) *Server {
	opts.Life = cmp.Or(opts.Life, time.Hour)
	opts.Grace = cmp.Or(opts.Grace, 10*time.Second)
	opts.Ping = cmp.Or(opts.Ping, 5*time.Second)
	opts.Linger = cmp.Or(opts.Linger, 5*time.Second)
	opts.AckTimeout = cmp.Or(opts.AckTimeout, 3*time.Second)
	if opts.Trace == nil {
		opts.Trace = func(Frame) {}
	}
	return &Server{opts: opts, tickets: map[string]bool{}}
}

// Switch turns Socket Mode on or off. Off ends all connections with link_disabled, and makes all
// tickets invalid.
func (s *Server) Switch(on bool) {
	s.mu.Lock()
	s.on = on
	if !on {
		clear(s.tickets)
	}
	s.mu.Unlock()
	if !on {
		s.Disconnect(LinkDisabled)
	}
}

// On reports whether Socket Mode is on.
func (s *Server) On() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on
}

// Open returns an address for one dial. It returns false if Socket Mode is off.
func (s *Server) Open() (address string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return "", false
	}
	ticket := rand.Text()
	s.tickets[ticket] = true
	return s.opts.URL + "?" + url.Values{"ticket": {ticket}, "app_id": {s.opts.AppID}}.Encode(), true
}

// upgrader accepts any origin: the ticket is the proof.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// ServeHTTP accepts a dial with a valid ticket, and serves the connection until it ends. Other
// dials are answered 403.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	s.mu.Lock()
	valid := s.tickets[query.Get("ticket")] && !s.stopped
	delete(s.tickets, query.Get("ticket"))
	if valid {
		s.serving.Add(1)
	}
	s.mu.Unlock()
	if !valid {
		http.Error(rw, "the ticket is not valid", http.StatusForbidden)
		return
	}
	defer s.serving.Done()
	ws, err := upgrader.Upgrade(rw, r, nil) // answers errors itself
	if err != nil {
		s.opts.Log.Warn().Err(err).Msg("a dial was no WebSocket")
		return
	}
	life := s.opts.Life
	if query.Get("debug_reconnects") == "true" {
		life = min(life, 360*time.Second)
	}
	s.serve(newConnection(ws, life))
}

// AddGhosts adds n connections that have vanished without a close frame: they get their share of the
// envelopes, and do not acknowledge them, until ForgetGhosts.
func (s *Server) AddGhosts(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.open = append(s.open, &connection{id: connectionID(), ready: true, ghost: true})
	}
}

// ForgetGhosts removes all ghosts, as Slack does when it notices that they are gone.
func (s *Server) ForgetGhosts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = slices.DeleteFunc(s.open, func(c *connection) bool { return c.ghost })
}

// Connection is the state of an open connection.
type Connection struct {
	ID          string    `json:"id"`
	Since       time.Time `json:"since"` // zero for one of AddGhosts
	Envelopes   int       `json:"envelopes"`
	Acks        int       `json:"acks"`
	Ghost       bool      `json:"ghost"`
	Leaving     bool      `json:"leaving"` // it got a disconnect frame
	PingsOfApps int       `json:"pings_of_apps"`
}

// Connections returns the connections that envelopes are distributed over, the oldest first.
func (s *Server) Connections() []Connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetVanished()
	list := []Connection{}
	for _, c := range s.open {
		if c.ready {
			list = append(list, Connection{
				ID: c.id, Since: c.since, Envelopes: c.envelopes, Acks: c.acked, Ghost: c.ghost, Leaving: c.leaving, PingsOfApps: c.pinged,
			})
		}
	}
	return list
}

// Stray returns the number of acknowledgements so far that named no envelope which waited for one on that
// connection: they came late, twice, or on another connection.
func (s *Server) Stray() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stray
}

// Silence makes connections half-open, or all if no id is given: the app hears nothing any more, pings and
// the end of the connection included, and the connection keeps its share of the envelopes.
func (s *Server) Silence(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		if len(ids) == 0 || slices.Contains(ids, c.id) {
			c.silent = true
		}
	}
}

// Disconnect sends a disconnect frame on the connections, or on all if no id is given, and closes them
// after Options.Grace, or at once if the reason is LinkDisabled or TooManyWebSockets. Until then they keep
// their share of the envelopes. It returns the number of connections.
func (s *Server) Disconnect(reason string, ids ...string) int {
	var leaving []*connection
	s.mu.Lock()
	for _, c := range s.open {
		if c.ready && !c.ghost && (len(ids) == 0 || slices.Contains(ids, c.id)) {
			c.leaving = true
			leaving = append(leaving, c)
		}
	}
	s.mu.Unlock()
	for _, c := range leaving {
		s.dismiss(c, reason)
	}
	return len(leaving)
}

// Send writes a frame to a connection as it is, for tests of what the app does with one that it does not
// know. It returns an error if there is no such connection.
func (s *Server) Send(id string, frame []byte) error {
	s.mu.Lock()
	i := slices.IndexFunc(s.open, func(c *connection) bool { return c.id == id && !c.ghost })
	var to *connection
	if i >= 0 {
		to = s.open[i]
	}
	s.mu.Unlock()
	if to == nil {
		return errors.New("send a frame: there is no connection " + id)
	}
	return s.write(to, frame)
}

// Run serves until ctx ends, then closes all connections and waits for their end. Dials are accepted before
// Run, too, but not after it.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	s.mu.Lock()
	s.stopped = true
	open := slices.Clone(s.open)
	s.mu.Unlock()
	for _, c := range open {
		if !c.ghost {
			c.close(websocket.CloseGoingAway)
		}
	}
	s.serving.Wait()
	return nil
}
