// Package sim is a simulated Sharkfin server, as measured at its version of April 2026: the REST
// interface, the WebSockets /ws, /presence and /notifications/subscribe, MCP, and webhooks. Tests
// and the demo use it.
//
// The server behaves in ways that a client must cope with. Each of these is an Oddity, and all
// are on. Something that goes wrong now and then, such as a lost answer, is a fault: a method of
// Server or a Fault.
//
// It knows Sharkfin's protocols. It must not know the bot or the client. It keeps everything in
// memory.
package sim

import (
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Options configure a Server. The zero value is a server as it is.
type Options struct {
	// Identities are the people, agents and services that the server knows from the start. The
	// first identity that a server knows is its administrator, so New adds one, named Admin,
	// before them, unless Fresh is set.
	Identities []Identity
	// Fresh makes a server that knows nobody. Identities are known to the passport only, and the
	// first that calls becomes the administrator.
	Fresh bool
	// Without are oddities that are off.
	Without []Oddity
	// Now is the clock of timestamps and of the cache of keys. Defaults to time.Now.
	Now func() time.Time
	// Ping is the interval of pings. Defaults to 10 s. A connection whose pong does not come
	// within twice the interval is closed.
	Ping time.Duration
	// Buffer is how many frames may wait for a connection. Defaults to 256.
	Buffer int
	// Bus is how many messages may wait on the way to sockets, and to webhooks. Defaults to 64.
	Bus int
	// Version is the server's version. Defaults to "dev".
	Version string
	// Posted, if set, is called with each message before it is pushed, and Frame with each frame
	// to and from a socket of a user. They must not call the server.
	Posted func(Message)
	Frame  func(user string, fromClient bool, frame []byte)
}

// Admin is the administrator that New adds, whose key is AdminKey.
const (
	Admin    = "root"
	AdminKey = "root-key"
)

const (
	keyCache      = 30 * time.Second
	webhookTime   = 5 * time.Second
	maxBody       = 1 << 20
	defaultPage   = 50
	longestPage   = 100
	acceptedLimit = 200
)

// Server is a simulated server. It is an http.Handler, and safe for concurrent use. Close stops
// its goroutines.
type Server struct {
	opts     Options
	mux      *http.ServeMux
	upgrader websocket.Upgrader
	webhooks *http.Client
	hub      *subscriber // of /ws
	hints    *subscriber // of /presence
	notices  *subscriber // of /notifications/subscribe
	hooks    *subscriber // of webhooks
	running  sync.WaitGroup
	stopped  chan struct{}

	mu       sync.Mutex
	closed   bool
	off      map[Oddity]bool
	faults   []*Fault
	passport passport
	store    store
	sockets  map[string]*conn // of /ws that get pushes, by username
	presence map[string]*conn // of /presence that get frames, by username
	open     map[*conn]bool   // all
	sessions map[string]bool  // of MCP
	states   map[string]string
	dropNext map[string]int // pushes to drop, by username
	sent     int            // messages by socket and MCP
	stats    Stats
}

// New returns a running server.
func New(opts Options) *Server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Ping <= 0 {
		opts.Ping = 10 * time.Second
	}
	if opts.Buffer <= 0 {
		opts.Buffer = 256
	}
	if opts.Bus <= 0 {
		opts.Bus = 64
	}
	if opts.Version == "" {
		opts.Version = "dev"
	}
	s := &Server{
		opts: opts, stopped: make(chan struct{}), webhooks: &http.Client{Timeout: webhookTime, Transport: &http.Transport{DisableKeepAlives: true}},
		upgrader: websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }},
		off:      map[Oddity]bool{}, sockets: map[string]*conn{}, presence: map[string]*conn{}, open: map[*conn]bool{},
		sessions: map[string]bool{}, states: map[string]string{}, dropNext: map[string]int{}, store: newStore(),
		passport: passport{keys: map[string]Identity{}, cached: map[string]time.Time{}},
		stats:    Stats{Requests: map[string]int{}},
	}
	for _, oddity := range opts.Without {
		s.off[oddity] = true
	}
	if !opts.Fresh {
		s.Add(Identity{Name: Admin, Key: AdminKey, Type: User})
	}
	for _, identity := range opts.Identities {
		if opts.Fresh {
			s.passport.keys[identity.Key] = identity
		} else {
			s.Add(identity)
		}
	}
	s.route()
	s.hub = s.subscribe(s.pushMessage)
	s.hints = s.subscribe(s.pushHint)
	s.notices = s.subscribe(s.pushNotice)
	s.hooks = s.subscribe(s.postWebhooks)
	return s
}

func (s *Server) route() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/auth/register", s.restRegister)
	mux.HandleFunc("GET /api/v1/channels", s.restChannels)
	mux.HandleFunc("POST /api/v1/channels", s.restCreateChannel)
	mux.HandleFunc("POST /api/v1/channels/{channel}/join", s.restJoin)
	mux.HandleFunc("POST /api/v1/channels/{channel}/messages", s.restSend)
	mux.HandleFunc("GET /api/v1/channels/{channel}/messages", s.restMessages)
	mux.HandleFunc("POST /api/v1/webhooks", s.restRegisterWebhook)
	mux.HandleFunc("GET /api/v1/webhooks", s.restWebhooks)
	mux.HandleFunc("DELETE /api/v1/webhooks/{id}", s.restDeleteWebhook)
	mux.HandleFunc("/mcp", s.serveMCP)
	mux.HandleFunc("GET /ws", s.serveSocket)
	mux.HandleFunc("GET /presence", s.servePresence)
	mux.HandleFunc("GET /notifications/subscribe", s.serveNotifications)
	s.mux = mux
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.count(r)
	if fault := s.fault(r); fault != nil {
		fault.serve(w, r, s.mux)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Close closes all sockets, as a crash does, and waits until all that the server started has
// stopped. It may be repeated.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stopped)
	}
	s.mu.Unlock()
	s.cut()
	s.running.Wait()
}

// Restart closes all sockets without a close frame and forgets MCP sessions,
// states and the cache of keys. Messages, channels and webhooks remain.
func (s *Server) Restart() {
	s.mu.Lock()
	clear(s.sessions)
	clear(s.states)
	clear(s.passport.cached)
	s.mu.Unlock()
	s.cut()
}
