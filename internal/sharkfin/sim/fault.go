package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Fault is something that goes wrong with HTTP requests, the opening of a socket among them.
type Fault struct {
	// Method and Path select requests; Path is a prefix. The zero values select all.
	Method, Path string
	// Tool selects calls of a tool by MCP.
	Tool string
	// Times is how many requests it concerns. Defaults to 1.
	Times int
	// Lose has the request handled and closes the connection without an answer.
	Lose bool
	// Hang answers nothing until the client gives up.
	Hang bool
	// Status, Header and Body are answered otherwise. Status defaults to 500.
	Status int
	Header http.Header
	Body   string
	// ShowHeader adds the request's Authorization to the body, as the page of a proxy may, and
	// ShowID its X-Request-ID.
	ShowHeader, ShowID bool
}

// Fail adds a fault. Of several that select a request, the oldest happens.
func (s *Server) Fail(fault Fault) {
	if fault.Times <= 0 {
		fault.Times = 1
	}
	if fault.Status == 0 {
		fault.Status = http.StatusInternalServerError
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault)
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault returns the fault of a request, or nil.
func (s *Server) fault(r *http.Request) *Fault {
	tool := s.toolOf(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f *Fault) bool {
		return (f.Method == "" || f.Method == r.Method) && strings.HasPrefix(r.URL.Path, f.Path) && (f.Tool == "" || f.Tool == tool)
	})
	if i < 0 {
		return nil
	}
	fault := s.faults[i]
	if fault.Times--; fault.Times == 0 {
		s.faults = slices.Delete(s.faults, i, i+1)
	}
	return fault
}

// toolOf returns the tool that a request calls, if a fault selects one. The request can be read
// after that.
func (s *Server) toolOf(r *http.Request) string {
	s.mu.Lock()
	selects := slices.ContainsFunc(s.faults, func(f *Fault) bool { return f.Tool != "" })
	s.mu.Unlock()
	if !selects || r.URL.Path != "/mcp" {
		return ""
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var call struct {
		Params struct {
			Name string `json:"name"`
		} `json:"params"`
	}
	if err != nil || json.Unmarshal(body, &call) != nil {
		return ""
	}
	return call.Params.Name
}

// serve answers a request as the fault says.
func (f *Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch {
	case f.Lose:
		next.ServeHTTP(&discarding{http.Header{}}, r)
		panic(http.ErrAbortHandler) // closes the connection
	case f.Hang:
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client is gone
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(f.Status)
	body := f.Body
	if f.ShowHeader {
		body += r.Header.Get("Authorization")
	}
	if f.ShowID {
		body += r.Header.Get("X-Request-ID")
	}
	_, _ = w.Write([]byte(body)) // the client may be gone
}

// discarding is the ResponseWriter of an answer that is lost.
type discarding struct{ header http.Header }

func (d *discarding) Header() http.Header         { return d.header }
func (d *discarding) WriteHeader(int)             {}
func (d *discarding) Write(p []byte) (int, error) { return len(p), nil }

// DropPushes drops the next n pushes of messages to the sockets of a user.
func (s *Server) DropPushes(name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropNext[name] = n
}

// HoldBus stops messages on their way to sockets and webhooks, or lets them go on. While they are
// held, no more than Options.Bus wait.
func (s *Server) HoldBus(hold bool) {
	for _, sub := range []*subscriber{s.hub, s.hints, s.notices, s.hooks} {
		sub.hold(hold)
	}
}

// ReplaceSocket deafens the /ws of a user, as another connection with the same identity does: it
// gets no pushes any more.
func (s *Server) ReplaceSocket(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, name)
}

// StallWriter ends the writer of a user's /ws: no frame, reply or ping comes from it any more. It
// still reads, until it misses the pongs.
func (s *Server) StallWriter(name string) {
	s.each(name, func(c *conn) { c.stall() })
}

// LoseReplies has the user's /ws handle its next n requests and reply to none of them.
func (s *Server) LoseReplies(name string, n int) {
	s.each(name, func(c *conn) { c.loseReplies.Store(int64(n)) })
}

// Inject sends a frame as it is over the user's /ws.
func (s *Server) Inject(name string, frame []byte) {
	s.each(name, func(c *conn) { c.put(frame, true) })
}

// CutSockets closes the user's /ws without a close frame.
func (s *Server) CutSockets(name string) {
	s.each(name, func(c *conn) { c.ws.Close() })
}

// CutPresence closes the user's /presence without a close frame.
func (s *Server) CutPresence(name string) {
	s.eachOf(presenceKind, name, func(c *conn) { c.ws.Close() })
}

// each calls do for each open /ws of a user.
func (s *Server) each(name string, do func(*conn)) { s.eachOf(wsKind, name, do) }

// eachOf calls do for each open socket of a kind of a user.
func (s *Server) eachOf(kind int, name string, do func(*conn)) {
	s.mu.Lock()
	var list []*conn
	for c := range s.open {
		if c.kind == kind && c.user.name == name {
			list = append(list, c)
		}
	}
	s.mu.Unlock()
	for _, c := range list {
		do(c)
	}
}
