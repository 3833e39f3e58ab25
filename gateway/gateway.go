// Package gateway is the HTTP server that chat platforms send their events to:
// it gives every request an id, answers health checks, and stops without
// dropping a request. What a platform's requests mean is the business of the
// platform's own package below this one, such as gateway/slack.
//
// It must not know consumers or handlers: what passes between it and them is an
// event on the queue.
package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// RequestIDHeader is on every answer, and on every request by the time that a
// handler sees it. Heroku's router sets it, and so do other proxies.
const RequestIDHeader = "X-Request-ID"

// Options configures a Server.
type Options struct {
	// Ready says whether the server can do its work; /readyz asks it. Required.
	Ready func(context.Context) error
	// ReadTimeout is how long a request may take to arrive; a slower one is cut
	// off. The default is 10 seconds.
	ReadTimeout time.Duration
	// StopTimeout is how long requests may take to finish once Run's ctx has
	// ended. The default is 25 seconds, five less than Heroku gives a dyno.
	StopTimeout time.Duration
	Log         zerolog.Logger
}

// Server serves HTTP. Make one with New, add to it with Handle, then Run it.
type Server struct {
	opts Options
	mux  *http.ServeMux
	// stopping is set once Run's ctx has ended, latest is when a request last
	// began, in nanoseconds since 1970.
	stopping atomic.Bool
	latest   atomic.Int64
}

// readyTimeout is how long Redis may take to answer before /readyz says no.
const readyTimeout = 2 * time.Second

// New returns a server that answers /healthz and /readyz.
func New(opts Options) *Server {
	if opts.ReadTimeout == 0 {
		opts.ReadTimeout = 10 * time.Second
	}
	if opts.StopTimeout == 0 {
		opts.StopTimeout = 25 * time.Second
	}
	s := &Server{opts: opts, mux: http.NewServeMux()}
	s.Handle("GET /healthz", http.HandlerFunc(healthy))
	s.Handle("GET /readyz", http.HandlerFunc(s.ready))
	return s
}

// Handle adds a handler for a pattern of net/http.ServeMux. A request for a
// known path with another method is answered 405, with Allow.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.latest.Store(time.Now().UnixNano())
	if s.stopping.Load() {
		w.Header().Set("Connection", "close") // the next request is somebody else's
	}
	id := r.Header.Get(RequestIDHeader)
	if !requestIDPattern.MatchString(id) {
		id = rand.Text()
		r.Header.Set(RequestIDHeader, id)
	}
	w.Header().Set(RequestIDHeader, id)
	defer s.caught(id)
	s.mux.ServeHTTP(w, r)
}

// caught ends a panic of a handler as net/http does, which closes the
// connection, and logs it otherwise: what a handler panics with may quote the
// request.
func (s *Server) caught(requestID string) {
	p := recover()
	if p == nil {
		return
	}
	if p != http.ErrAbortHandler {
		line := s.opts.Log.Error().Str("request_id", requestID).Str("panic", fmt.Sprintf("a value of type %T", p))
		if mistake, ok := p.(runtime.Error); ok {
			line = line.Err(mistake)
		}
		line.Bytes("stack", debug.Stack()).Msg("a request could not be answered")
	}
	panic(http.ErrAbortHandler)
}

// requestIDPattern is what is believed of an id from outside, which ends up in
// logs and in Redis.
var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// Run serves on l, and closes it, until ctx ends. Then it lingers for a moment,
// accepts no more, finishes the requests it has, and returns nil, or an error
// when some took longer than StopTimeout.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.opts.ReadTimeout,
		ReadTimeout:       s.opts.ReadTimeout,
		WriteTimeout:      s.opts.ReadTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opts.StopTimeout)
	defer cancel()
	s.linger(stopping)
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("requests did not finish within %v: %w", s.opts.StopTimeout, err), server.Close())
	}
	return nil
}

const (
	// quiet is how long there must have been no request before a server that
	// stops accepts no more, longestLinger how long it waits for that.
	quiet         = 200 * time.Millisecond
	longestLinger = 2 * time.Second
)

// linger goes on serving until it is quiet, or for as long as it may. A router
// needs a moment to learn that this process stops, and what it has sent may still
// wait to be accepted: a listener that is closed resets such connections, and
// Slack would have to send those events again.
func (s *Server) linger(ctx context.Context) {
	s.stopping.Store(true)
	begun := time.Now()
	for since := begun; time.Since(since) < quiet && time.Since(begun) < longestLinger && ctx.Err() == nil; {
		timer := time.NewTimer(quiet - time.Since(since))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		if latest := time.Unix(0, s.latest.Load()); latest.After(since) {
			since = latest
		}
	}
}

func healthy(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "alive\n") }

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.stopping.Load() {
		answer(w, http.StatusServiceUnavailable, "not ready: stopping\n")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.opts.Ready(ctx); err != nil {
		s.opts.Log.Warn().Err(err).Str("request_id", r.Header.Get(RequestIDHeader)).Msg("not ready")
		answer(w, http.StatusServiceUnavailable, "not ready: Redis does not answer\n")
		return
	}
	answer(w, http.StatusOK, "ready\n")
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // whoever asked may have gone
}
