// Package gateway receives events from chat platforms and queues them. Server gives
// every HTTP request an id and routes it. An Ingress is the way in from one platform:
// it holds the limits, results, log line and metrics that all platforms share. The
// platform's own package, such as gateway/slack, verifies and decodes its requests.
//
// It must not know consumers or handlers: only events on the queue pass between
// them.
package gateway

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/rs/zerolog"
)

// RequestIDHeader is on every answer of a handler, and on every request by the time that a
// handler sees it. Heroku's router sets it, and so do other proxies.
const RequestIDHeader = "X-Request-Id" // as net/http spells it, which saves it the work

// Server is an http.Handler. Make one with New, and add to it with Handle.
type Server struct {
	mux *http.ServeMux
	log zerolog.Logger
}

// New returns a server without routes.
func New(log zerolog.Logger) *Server { return &Server{http.NewServeMux(), log} }

// Handle adds a handler for a pattern of net/http.ServeMux. A request for a
// known path with another method is answered 405, with Allow.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get(RequestIDHeader)
	if !isRequestID(id) {
		id = rand.Text()
	}
	ids := []string{id} // for both headers; Set allocates one each
	r.Header[RequestIDHeader], w.Header()[RequestIDHeader] = ids, ids
	defer s.caught(id)
	s.mux.ServeHTTP(w, r)
}

// caught recovers a handler's panic, logs its type and stack, and has net/http close
// the connection. The value of the panic is not logged, because it may quote the
// request.
func (s *Server) caught(requestID string) {
	p := recover()
	if p == nil {
		return
	}
	if p != http.ErrAbortHandler {
		line := s.log.Error().Str("request_id", requestID).Str("panic", fmt.Sprintf("a value of type %T", p))
		if mistake, ok := p.(runtime.Error); ok {
			line = line.Err(mistake)
		}
		line.Bytes("stack", debug.Stack()).Msg("a request could not be answered")
	}
	panic(http.ErrAbortHandler)
}

// isRequestID reports whether s matches [A-Za-z0-9._-]{1,128}. An id from outside
// ends up in logs and in Redis, so another one is replaced.
func isRequestID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= 128
}
