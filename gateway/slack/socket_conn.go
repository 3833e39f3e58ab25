package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
)

const (
	// maxHandled is how many envelopes of a socket are handled at a time. When they are,
	// reading pauses, and that slows Slack down.
	maxHandled = 64
	// maxHeld is how many bytes of envelopes all sockets together handle at a time: two of
	// the largest, or thousands of usual ones. It makes reading pause, too.
	maxHeld = 2 * maxFrameIn
	// maxNotJSON is how many frames in a row may be no JSON.
	maxNotJSON = 10
)

// connection is one WebSocket, from its dial to its end.
type connection struct {
	sockets *Sockets
	log     zerolog.Logger
	ws      *websocket.Conn
	writes  sync.Mutex // of frames; control frames need none

	greeted  chan greeting // gets the first hello
	leaves   chan cause    // gets the first cause to replace the connection
	came     chan struct{} // gets a value, if there is room, for each envelope
	ended    chan struct{} // is closed when there is nothing more to read
	closing  chan struct{} // is closed when envelopes are no longer taken
	handled  chan struct{} // has a value for each envelope that is being handled
	handlers sync.WaitGroup

	opened time.Time    // when Slack greeted us; it is set before greeted gets a value
	heard  atomic.Int64 // when the last frame came, as nanoseconds since 1970
	// The reader alone knows these.
	garbage      int
	hailed, open bool // Slack greeted us, and it is our app
}

// greeting is Slack's hello, and why the connection is not to be used, nil if it is.
type greeting struct {
	hello frame
	why   *cause
}

// connect opens a WebSocket with a ticket.
func (s *Sockets) connect(ctx context.Context) (*websocket.Conn, *cause) {
	address, why := s.ticket(ctx)
	if why != nil {
		return nil, why
	}
	dialer := websocket.Dialer{HandshakeTimeout: s.timings.call, Proxy: http.ProxyFromEnvironment}
	ws, response, err := dialer.DialContext(ctx, address.String(), nil)
	if response != nil && response.Body != nil {
		response.Body.Close()
	}
	if err != nil {
		if response != nil {
			err = fmt.Errorf("%w: status %d", err, response.StatusCode)
		}
		return nil, &cause{reason: failedDial, err: fmt.Errorf("dial the socket: %w", withoutTicket(err, address))}
	}
	ws.SetReadLimit(maxFrameIn)
	return ws, nil
}

// dial opens a connection. The caller reads it.
func (s *Sockets) dial(ctx context.Context, c *connection) *cause {
	ws, why := s.connect(ctx)
	if why != nil {
		return why
	}
	c.ws = ws
	ws.SetPingHandler(func(data string) error {
		c.alive()
		err := ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(s.timings.write))
		if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
			c.broken(err)
		}
		return nil
	})
	ws.SetPongHandler(func(string) error { c.alive(); return nil })
	c.alive()
	return nil
}

func newConnection(s *Sockets, log zerolog.Logger) *connection {
	return &connection{
		sockets: s, log: log,
		greeted: make(chan greeting, 1), leaves: make(chan cause, 1), came: make(chan struct{}, 1),
		ended: make(chan struct{}), closing: make(chan struct{}), handled: make(chan struct{}, maxHandled),
	}
}

// alive records that a frame came, and moves the end of the connection's life.
func (c *connection) alive() {
	now := time.Now()
	c.heard.Store(now.UnixNano())
	_ = c.ws.SetReadDeadline(now.Add(c.sockets.timings.silence)) // fails only on a closed connection, as the read will
}

// leave records why the connection is to be replaced, unless there is a cause already.
func (c *connection) leave(why cause) {
	select {
	case c.leaves <- why:
	default:
	}
}

// broken closes a connection on which a frame could not be written.
func (c *connection) broken(err error) {
	c.leave(cause{reason: writeFailed, err: err})
	c.ws.Close()
}

// read reads frames until the connection ends, and returns when all are handled.
func (c *connection) read(ctx context.Context) {
	for {
		// Reading may have paused for longer than the deadline.
		_ = c.ws.SetReadDeadline(time.Now().Add(c.sockets.timings.silence))
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			c.leave(endOf(err))
			break
		}
		c.alive()
		c.take(ctx, data)
	}
	c.ws.Close()
	close(c.ended)
	c.handlers.Wait()
}

// endOf returns the cause of an error of reading.
func endOf(err error) cause {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return cause{reason: silent, err: errors.New("no frame came in time")}
	}
	return cause{reason: closed, err: err}
}

// take reads one frame.
func (c *connection) take(ctx context.Context, data []byte) {
	f, err := parseFrame(data)
	if err != nil {
		c.sockets.stats.envelope("", gatewayBadRequest)
		if c.garbage++; c.garbage == maxNotJSON {
			c.leave(cause{reason: notJSON, err: fmt.Errorf("%d frames in a row are not JSON", maxNotJSON)})
		}
		return
	}
	c.garbage = 0
	switch {
	case f.Type == helloFrame:
		if !c.hailed { // a second one changes nothing
			c.hailed = true
			c.greeted <- greeting{f, c.hello(f)} // before the next frame, which may be an envelope
		}
	case f.Type == disconnectFrame:
		c.leave(asked(f.Reason))
	case f.isEnvelope() && f.EnvelopeID != "" && c.open:
		c.envelope(ctx, f, int64(len(data)))
	default:
		c.sockets.stats.envelope(f.Type, gatewayIgnored)
	}
}

// hello opens the connection that Slack greets, unless the greeting is not for us.
func (c *connection) hello(f frame) *cause {
	if why := c.sockets.recognize(f); why != nil {
		return why
	}
	c.open, c.opened = true, time.Now()
	c.sockets.disabled.Store(false)
	c.sockets.stats.hello(f.Connections)
	c.sockets.stats.state(c, StateOpen)
	return nil
}

// envelope has an envelope of size bytes handled. It waits while there are many, or large
// ones.
func (c *connection) envelope(ctx context.Context, f frame, size int64) {
	select {
	case <-c.closing: // it could not be acknowledged any more, so Slack sends it to another socket
		return
	default:
	}
	select {
	case c.handled <- struct{}{}:
	case <-c.closing:
		return
	}
	select {
	case c.came <- struct{}{}:
	default:
	}
	if err := c.sockets.held.Acquire(ctx, size); err != nil { // never: what is handled has deadlines, and ctx does not end
		<-c.handled
		return
	}
	c.handlers.Go(func() {
		defer func() {
			c.sockets.held.Release(size)
			<-c.handled
		}()
		c.handle(ctx, f)
	})
}

// handle gives an envelope to the queue and acknowledges it, if Slack is not to send it
// again.
func (c *connection) handle(ctx context.Context, f frame) {
	result := c.sockets.accept(ctx, f)
	outcome := string(result.Outcome)
	defer func() { c.sockets.stats.envelope(f.Type, outcome) }()
	if !result.Acknowledge() {
		return
	}
	data, err := acknowledge(f, result)
	if err != nil {
		outcome = ackFailed
		c.log.Error().Err(err).Str("type", f.Type).Msg("acknowledge an envelope of Slack's: it is not acknowledged, and a person sees an error")
		return
	}
	if err := c.write(data); err != nil {
		outcome = ackFailed
		c.log.Warn().Err(err).Str("type", f.Type).Msg("acknowledge an envelope of Slack's: its socket is gone; Slack sends an event again, which is a duplicate")
	}
}

// write writes a frame, and closes a connection that does not take it.
func (c *connection) write(data []byte) error {
	c.writes.Lock()
	defer c.writes.Unlock()
	err := c.ws.SetWriteDeadline(time.Now().Add(c.sockets.timings.write))
	if err == nil {
		err = c.ws.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		c.broken(err)
	}
	return err
}

// attend pings until the connection ends, and has it replaced at an age, 0 for none.
func (c *connection) attend(age time.Duration) {
	ping := time.NewTicker(c.sockets.timings.ping)
	defer ping.Stop()
	var aged <-chan time.Time
	if age > 0 {
		timer := time.NewTimer(age)
		defer timer.Stop()
		aged = timer.C
	}
	for {
		select {
		case <-c.ended:
			return
		case <-aged:
			c.leave(cause{reason: old})
		case <-ping.C:
			err := c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.sockets.timings.write))
			if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
				c.broken(err)
			}
		}
	}
}
