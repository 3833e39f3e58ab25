package httpserver

import (
	"bufio"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	// idleTimeout is how long a connection may be without a request.
	idleTimeout = 2 * time.Minute
	// writeTimeout is how long an answer may take to be sent, or a part of a long one.
	writeTimeout = 10 * time.Second
	// lastCall is how long a connection may wait for a request while the server stops: one
	// that has arrived already is answered.
	lastCall = 50 * time.Millisecond
	// lingering is how long Close reads what a client still sends.
	lingering = 500 * time.Millisecond
	// socketBuffer is how many bytes the system keeps for a connection in each direction; it
	// takes twice as much for itself. Otherwise it would keep megabytes for a client that sends
	// much that is not read, or does not read its answers.
	socketBuffer = 32 << 10
)

// conn is a connection. One goroutine at a time reads from it.
type conn struct {
	net.Conn
	listener *listener
	remote   string    // its other end
	accepted time.Time // when it was
	in       *bufio.Reader
	header   bounds // of the request that is arriving
	// waiting is since when the server waits for the client: for a request, for the rest of one
	// since it began, or for the answer to be taken. It is never while the client waits.
	waiting moment
	// idle is set while the first byte of a request is waited for. mu guards it, and the
	// deadline of that.
	mu   sync.Mutex
	idle bool
	// begun is when more of a request was to be read than had arrived at first, from when on it
	// has as long as timeout; zero before. Most requests arrive whole, and need no deadline.
	begun   time.Time
	timeout time.Duration
	// unread is set if the client sends something that is not to be read.
	unread    bool
	closeOnce sync.Once
}

func newConn(l *listener, accepted net.Conn) *conn {
	if sized, ok := accepted.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		_, _ = sized.SetReadBuffer(socketBuffer), sized.SetWriteBuffer(socketBuffer) // fail only on a closed connection
	}
	c := &conn{Conn: accepted, listener: l, remote: accepted.RemoteAddr().String(), accepted: time.Now()}
	c.in = bufio.NewReader(c)
	c.waiting.is(c.accepted)
	return c
}

// await waits until a request begins, as long as timeout at most. It leaves out empty lines
// before it, as many bytes of them as blank: some clients send them behind a body.
func (c *conn) await(timeout time.Duration, blank int) error {
	now := time.Now()
	c.waiting.is(now)
	defer c.waiting.never()
	c.header, c.begun = bounds{}, time.Time{}
	came, _ := c.in.Peek(c.in.Buffered()) // with the request before
	if err := c.header.follow(came); err != nil {
		return err
	}
	for {
		for ; c.in.Buffered() > 0; blank-- {
			if next, _ := c.in.Peek(1); blank == 0 || next[0] != '\r' && next[0] != '\n' {
				return nil
			}
			_, _ = c.in.Discard(1)
		}
		if err := c.fill(now.Add(timeout)); err != nil {
			return err
		}
	}
}

// fill waits until something of a request arrives.
func (c *conn) fill(deadline time.Time) error {
	c.mu.Lock()
	c.idle = true
	if c.listener.stopping.Load() {
		deadline = time.Now().Add(lastCall)
	}
	_ = c.SetReadDeadline(deadline) // fails only on a closed connection, as the read will
	c.mu.Unlock()
	_, err := c.in.Peek(1)
	c.mu.Lock()
	c.idle = false
	c.mu.Unlock()
	return err
}

// hurry ends the wait for a request, if the server stops.
func (c *conn) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle {
		_ = c.SetReadDeadline(time.Now().Add(lastCall))
	}
}

// limit bounds the time in which the rest of a request arrives.
func (c *conn) limit() {
	if c.begun.IsZero() {
		c.begun = time.Now()
		_ = c.SetReadDeadline(c.begun.Add(c.timeout))
	}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if !c.idle {
		c.limit()
		c.waiting.is(c.begun)
		defer c.waiting.never()
	}
	n, err := c.Conn.Read(p)
	if broken := c.header.follow(p[:n]); broken != nil {
		return 0, broken
	}
	return n, err
}

// write sends parts of an answer.
func (c *conn) write(now time.Time, parts ...[]byte) error {
	c.waiting.is(now)
	defer c.waiting.never()
	_ = c.SetWriteDeadline(now.Add(writeTimeout)) // fails only on a closed connection, as the write will
	parts = slices.DeleteFunc(parts, func(part []byte) bool { return len(part) == 0 })
	var err error
	if len(parts) == 1 {
		_, err = c.Conn.Write(parts[0])
	} else {
		_, err = (*net.Buffers)(&parts).WriteTo(c.Conn)
	}
	if err != nil {
		_ = c.abort() // the client would take another answer for the rest of this one
	}
	return err
}

// Close implements net.Conn. Bytes that were not read would reset the connection, and the
// client might lose the answer. So Close ends our side first, and reads for a while.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.unread && half.CloseWrite() == nil {
		now := time.Now()
		c.waiting.is(now)
		_ = c.SetReadDeadline(now.Add(lingering))
		_, _ = io.Copy(io.Discard, c.Conn)
	}
	return c.abort()
}

// abort closes the connection at once.
func (c *conn) abort() error {
	c.closeOnce.Do(func() { c.listener.forget(c) })
	return c.Conn.Close()
}
