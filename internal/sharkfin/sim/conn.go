package sim

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// The kinds of sockets.
const (
	wsKind = iota
	presenceKind
	noticeKind
)

// conn is an open socket.
type conn struct {
	s          *Server
	ws         *websocket.Conn
	kind       int
	user       *user
	noticeOnly bool // of /ws?notifications_only=true
	send       chan []byte
	gone       chan struct{} // closed when nothing is read any more
	stalled    chan struct{} // closed when nothing is written any more
	stalling   sync.Once

	loseReplies atomic.Int64
}

// upgrade upgrades a request to a socket. It returns nil if it could not.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, kind int) *conn {
	u := s.authenticate(w, r)
	if u == nil {
		return nil
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		w.WriteHeader(http.StatusServiceUnavailable)
		return nil
	}
	s.running.Add(1) // of the caller, which calls leave
	s.mu.Unlock()
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil { // Upgrade has answered
		s.running.Done()
		return nil
	}
	c := &conn{
		s: s, ws: ws, kind: kind, user: u, send: make(chan []byte, s.opts.Buffer), gone: make(chan struct{}), stalled: make(chan struct{}),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[c] = true
	s.stats.Opened++
	if s.closed {
		ws.Close() // cut may have missed it
	}
	return c
}

// leave forgets a socket.
func (c *conn) leave() {
	c.s.mu.Lock()
	delete(c.s.open, c)
	c.s.mu.Unlock()
	c.s.running.Done()
}

// serve writes the queued frames, and reads frames until the socket ends. take gets each.
func (c *conn) serve(take func([]byte)) {
	var writer sync.WaitGroup
	writer.Go(c.write)
	defer writer.Wait()
	defer c.ws.Close()
	defer close(c.gone)
	alive := func() { _ = c.ws.SetReadDeadline(time.Now().Add(2 * c.s.opts.Ping)) }
	alive()
	c.ws.SetPongHandler(func(string) error { alive(); return nil })
	c.ws.SetPingHandler(func(data string) error {
		if c.isStalled() {
			return nil
		}
		_ = c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(c.s.opts.Ping)) // the read tells
		return nil
	})
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if c.s.opts.Frame != nil {
			c.s.opts.Frame(c.user.name, true, data)
		}
		take(data)
	}
}

// write writes frames and pings. As at the server, it ends at its first error, and the reader
// lives on.
func (c *conn) write() {
	defer c.stall()
	ticker := time.NewTicker(c.s.opts.Ping)
	defer ticker.Stop()
	for {
		kind, frame := websocket.TextMessage, []byte(nil)
		select {
		case frame = <-c.send:
		case <-ticker.C:
			kind = websocket.PingMessage
		case <-c.stalled:
			return
		case <-c.gone:
			return
		}
		if c.isStalled() {
			return
		}
		_ = c.ws.SetWriteDeadline(time.Now().Add(c.s.opts.Ping)) // the write tells
		if err := c.ws.WriteMessage(kind, frame); err != nil {
			return
		}
	}
}

func (c *conn) stall() { c.stalling.Do(func() { close(c.stalled) }) }

func (c *conn) isStalled() bool {
	select {
	case <-c.stalled:
		return true
	default:
		return false
	}
}

// put queues a frame. Without wait it returns false if there is no room.
func (c *conn) put(frame []byte, wait bool) bool {
	if c.s.opts.Frame != nil {
		c.s.opts.Frame(c.user.name, false, frame)
	}
	select {
	case c.send <- frame:
		return true
	default:
	}
	if !wait {
		return false
	}
	select {
	case c.send <- frame:
		return true
	case <-c.gone:
	case <-c.stalled:
	}
	return false
}

// cut closes all sockets without a close frame.
func (s *Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		c.ws.Close()
	}
}
