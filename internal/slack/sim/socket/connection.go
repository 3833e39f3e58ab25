package socket

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// connection is an accepted socket, or a ghost.
type connection struct {
	id    string
	ws    *websocket.Conn // nil for a ghost of AddGhosts
	since time.Time
	life  time.Duration
	gone  chan struct{} // closed when nothing is read any more

	writing sync.Mutex // serialises writes of data

	// The Server's lock guards the rest.
	ready     bool                // hello is sent: envelopes may come
	leaving   bool                // a disconnect frame was sent
	silent    bool                // nothing is sent any more
	ghost     bool                // it ended without a close frame
	noticed   time.Time           // when that of a real connection is noticed
	waiting   map[string]chan ack // by envelope id
	timers    []*time.Timer
	envelopes int
	acked     int
	pinged    int
}

// ack is the app's acknowledgement of an envelope.
type ack struct {
	EnvelopeID string          `json:"envelope_id"`
	Payload    json.RawMessage `json:"payload"`
}

const (
	writeTimeout = 5 * time.Second
	// closeTimeout is the time in which the app has to answer a close frame.
	closeTimeout = time.Second
	host         = "applink-simulated"
)

func connectionID() string { return "socket-" + rand.Text()[:8] }

func newConnection(ws *websocket.Conn, life time.Duration) *connection {
	ws.SetReadLimit(MaxFrame) // a larger frame closes with 1009
	return &connection{
		id: connectionID(), ws: ws, since: time.Now(), life: life, gone: make(chan struct{}), waiting: map[string]chan ack{},
	}
}

// serve greets a connection, reads it and pings it until it ends.
func (s *Server) serve(c *connection) {
	defer c.ws.Close()
	c.ws.SetPingHandler(func(text string) error {
		s.mu.Lock()
		c.pinged++
		silent := c.silent
		s.mu.Unlock()
		if silent {
			return nil
		}
		_ = c.ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(writeTimeout)) // the next read tells
		return nil
	})
	if !s.greet(c) {
		s.leave(c, nil)
		return
	}
	var pings sync.WaitGroup
	pings.Go(func() { s.ping(c) })
	err := s.read(c)
	if errors.Is(err, websocket.ErrReadLimit) {
		c.drain()
	}
	close(c.gone)
	s.leave(c, err)
	pings.Wait()
}

// greet adds a connection to the distribution, or refuses one too many.
func (s *Server) greet(c *connection) bool {
	s.mu.Lock()
	s.forgetVanished()
	s.open = append(s.open, c)
	n, on, stopped := len(s.open), s.on, s.stopped
	s.mu.Unlock()
	switch {
	case stopped:
		c.close(websocket.CloseGoingAway)
		return false
	case !on:
		s.refuse(c, LinkDisabled)
		return false
	case n > MaxConnections:
		s.refuse(c, TooManyWebSockets)
		return false
	}
	hello := map[string]any{
		"type": "hello", "num_connections": n, "connection_info": map[string]any{"app_id": s.opts.AppID},
		"debug_info": map[string]any{"host": host, "build_number": 1, "approximate_connection_time": int(c.life / time.Second)},
	}
	body, err := json.Marshal(hello)
	if err != nil {
		return false
	}
	c.writing.Lock() // an envelope comes after the hello
	defer c.writing.Unlock()
	s.mu.Lock()
	c.ready = true
	// As at Slack, a warning comes before the end of a connection's time.
	if early := c.life - s.opts.Grace; early > 0 {
		c.timers = append(c.timers, time.AfterFunc(early, func() { s.warn(c) }))
	}
	c.timers = append(c.timers, time.AfterFunc(c.life, func() { s.Disconnect(RefreshRequested, c.id) }))
	s.mu.Unlock()
	return s.put(c, body) == nil
}

// read reads acknowledgements until the connection ends. It returns nil if the app or the Server closed it
// with a close frame.
func (s *Server) read(c *connection) error {
	for {
		_, body, err := c.ws.ReadMessage()
		if err != nil {
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code != websocket.CloseAbnormalClosure {
				return nil
			}
			return err
		}
		s.trace(Frame{c.id, true, body})
		var a ack
		if err := json.Unmarshal(body, &a); err != nil {
			s.opts.Log.Warn().Err(err).Str("connection", c.id).Msg("a frame of the app is no JSON object")
			continue
		}
		s.take(c, a)
	}
}

// take hands an acknowledgement to the envelope that waits for it.
func (s *Server) take(c *connection, a ack) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting, ok := c.waiting[a.EnvelopeID]
	switch {
	case c.silent:
	case !ok:
		s.stray++
		s.opts.Log.Warn().Str("connection", c.id).Msg("an acknowledgement names no envelope that waits on this connection")
	default:
		delete(c.waiting, a.EnvelopeID)
		c.acked++
		waiting <- a // has room for one
	}
}

// leave takes a connection out of the distribution. One that vanished becomes a ghost first.
func (s *Server) leave(c *connection, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, timer := range c.timers {
		timer.Stop()
	}
	for id, waiting := range c.waiting {
		delete(c.waiting, id)
		close(waiting)
	}
	_, timedOut := errors.AsType[net.Error](err) // the app did not answer a close frame
	vanished := err != nil && !errors.Is(err, websocket.ErrReadLimit) && !(c.leaving && timedOut) && !s.stopped
	if vanished && c.ready {
		c.ghost, c.noticed = true, time.Now().Add(s.opts.Linger)
		s.opts.Log.Info().Err(err).Str("connection", c.id).Dur("noticed_after", s.opts.Linger).Msg("a connection ended without a close frame")
		return
	}
	s.remove(c)
}

// ping pings the app until the connection ends.
func (s *Server) ping(c *connection) {
	ticker := time.NewTicker(s.opts.Ping)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.mu.Lock()
			silent := c.silent
			s.mu.Unlock()
			if silent {
				continue
			}
			if err := c.ws.WriteControl(websocket.PingMessage, []byte("ping from "+host), time.Now().Add(writeTimeout)); err != nil {
				c.ws.Close() // ends the reading
				return
			}
		case <-c.gone:
			return
		}
	}
}

// refuse ends a connection that was not greeted.
func (s *Server) refuse(c *connection, reason string) {
	s.dismiss(c, reason)
	_ = s.read(c) // until it is closed
}
