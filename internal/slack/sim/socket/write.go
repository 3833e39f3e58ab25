package socket

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// warn sends the disconnect frame that comes before the end of a connection's time.
func (s *Server) warn(c *connection) {
	_ = s.writeJSON(c, disconnect(Warning)) // a connection that is gone needs none
}

// dismiss sends a disconnect frame and closes the connection after the time for that reason.
func (s *Server) dismiss(c *connection, reason string) {
	if err := s.writeJSON(c, disconnect(reason)); err != nil {
		c.ws.Close()
		return
	}
	grace := s.opts.Grace
	if reason == LinkDisabled || reason == TooManyWebSockets {
		grace = 0
	}
	if grace == 0 {
		s.end(c)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.timers = append(c.timers, time.AfterFunc(grace, func() {
		s.mu.Lock()
		silent := c.silent
		s.mu.Unlock()
		if !silent {
			s.end(c)
		}
	}))
}

// end takes a connection out of the distribution and closes it.
func (s *Server) end(c *connection) {
	s.mu.Lock()
	c.ready = false
	s.mu.Unlock()
	c.close(websocket.CloseNormalClosure)
}

func disconnect(reason string) map[string]any {
	return map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": host}}
}

// close sends a close frame. The connection ends when the app answers it, or after closeTimeout.
func (c *connection) close(code int) {
	now := time.Now()
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), now.Add(closeTimeout))
	_ = c.ws.SetReadDeadline(now.Add(closeTimeout)) // fails if it is gone already
}

// drain reads the rest of a frame that was too large: a close with unread data would reset the connection, and
// the app could miss the close frame.
func (c *connection) drain() {
	_ = c.ws.SetReadDeadline(time.Now().Add(closeTimeout)) // fails if it is gone already
	_, _ = io.Copy(io.Discard, c.ws.NetConn())
}

func (s *Server) writeJSON(c *connection, frame any) error {
	body, err := json.Marshal(frame)
	if err != nil {
		return fmt.Errorf("encode a frame: %w", err)
	}
	return s.write(c, body)
}

// write writes a frame, or nothing to a silent connection.
func (s *Server) write(c *connection, body []byte) error {
	s.mu.Lock()
	silent := c.silent
	s.mu.Unlock()
	if silent {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	return s.put(c, body)
}

// put writes a frame. c.writing is held.
func (s *Server) put(c *connection, body []byte) error {
	s.trace(Frame{c.id, false, body})
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	err := c.ws.WriteMessage(websocket.TextMessage, body)
	if err != nil && !errors.Is(err, websocket.ErrCloseSent) { // after a close frame the app may still acknowledge
		c.ws.Close() // ends the reading
	}
	return err
}

func (s *Server) trace(f Frame) {
	s.tracing.Lock()
	defer s.tracing.Unlock()
	s.opts.Trace(f)
}
