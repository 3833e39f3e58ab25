package httpserver

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// maxHeaderLines is how many lines a request and its header may have. fasthttp bounds
	// their bytes alone, and takes 64 or more for each line, however short.
	maxHeaderLines = 128
	// stalled is how long a connection may wait for its next request to arrive before
	// it may be closed in favour of another.
	stalled = time.Second
	// lookAgain is how often a full server looks for connections that are stalled.
	lookAgain = 100 * time.Millisecond
)

var errHeaderLines = errors.New("too many lines in the header of a request")

// listener accepts connections while there are less than max. Then it waits for
// one to be closed, and closes the one that has been stalled for longest, so that
// nobody keeps others out by having many and sending nothing.
type listener struct {
	net.Listener
	max  int
	mu   sync.Mutex
	open map[*conn]bool
	// freed receives when a connection was closed, closed is closed by Close.
	freed, closed chan struct{}
	closeOnce     sync.Once
	// serving are the goroutines of connections. stopping is set once no connection may
	// wait for another request.
	serving  sync.WaitGroup
	stopping atomic.Bool
}

func newListener(l net.Listener, max int) *listener {
	return &listener{Listener: l, max: max, open: map[*conn]bool{}, freed: make(chan struct{}, 1), closed: make(chan struct{})}
}

// Accept implements net.Listener. It is called by one goroutine.
func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted, listener: l, remote: accepted.RemoteAddr().String()}
	c.awaitRequest()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = true
	return c, nil
}

// accept waits while there is no room for another connection, or the system has no file or
// memory for one.
func (l *listener) accept() (net.Conn, error) {
	for {
		if l.room() {
			if c, err := l.Listener.Accept(); err == nil || !temporary(err) {
				return c, err
			}
		}
		select {
		case <-l.freed:
		case <-time.After(lookAgain):
		case <-l.closed:
			return nil, net.ErrClosed
		}
	}
}

func temporary(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM) ||
		errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPROTO)
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// room reports whether there may be another connection, after it has closed one if
// need be.
func (l *listener) room() bool {
	l.mu.Lock()
	full := len(l.open) >= l.max
	var oldest *conn
	since := time.Now().Add(-stalled).UnixNano()
	if full {
		for c := range l.open {
			if waiting := c.waiting.Load(); waiting != 0 && waiting < since {
				oldest, since = c, waiting
			}
		}
	}
	l.mu.Unlock()
	if oldest != nil {
		return oldest.abort() == nil
	}
	return !full
}

// conn is a connection of a listener. It reads along, to know whether it waits for
// a request.
type conn struct {
	net.Conn
	listener *listener
	remote   string // its other end
	// waiting is since when it waits for a request, its header and the begin of its body to
	// arrive, in nanoseconds since 1970; 0 while one is answered, the reading of its body
	// included.
	waiting atomic.Int64
	// idle is set while something of the next request is waited for: nothing is to be handled
	// or sent then.
	idle atomic.Bool
	// Only the goroutine that serves the connection uses the following. fresh is set until
	// something of the next request has arrived, and unread if something of a request was
	// answered without having been read.
	fresh, unread bool
	// Of the header that is arriving: its lines, whether the last one is empty so far, and
	// whether it has ended.
	lines            int
	emptyLine, ended bool
	closeOnce        sync.Once
}

// awaitRequest notes that a request is to come.
func (c *conn) awaitRequest() {
	c.lines, c.emptyLine, c.ended = 0, true, false
	c.fresh, c.unread = true, false
	c.waiting.Store(time.Now().UnixNano())
}

// begins notes that something of a request has arrived. If it came with the request before, its
// lines were not read along, and are counted when all have arrived.
func (c *conn) begins() {
	if c.fresh {
		c.fresh, c.ended = false, true
	}
}

// answering notes that a request has arrived.
func (c *conn) answering() {
	c.ended = true
	c.waiting.Store(0)
}

// closeIdle closes the connection if nothing of a request has arrived.
func (c *conn) closeIdle() {
	if c.idle.CompareAndSwap(true, false) {
		_ = c.abort()
	}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if c.fresh {
		c.idle.Store(true)
		if c.listener.stopping.Load() {
			return 0, io.EOF // there is to be no other request
		}
	}
	n, err := c.Conn.Read(p)
	if n > 0 && c.fresh {
		c.fresh = false
		c.idle.Store(false)
	}
	if !c.ended && !c.follow(p[:n]) {
		return 0, errHeaderLines
	}
	return n, err
}

// follow reads along until a header ends, and reports whether it may go on.
func (c *conn) follow(p []byte) bool {
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		c.emptyLine = c.emptyLine && len(bytes.TrimLeft(line, "\r")) == 0
		if !ended {
			return true
		}
		switch {
		case !c.emptyLine:
			c.lines++
		case c.lines > 0: // empty lines may come before a request
			c.ended = true
			return true
		}
		if c.lines > maxHeaderLines {
			return false
		}
		c.emptyLine, p = true, rest
	}
	return true
}

// lingering is how long Close reads what a client still sends.
const lingering = 500 * time.Millisecond

// Close implements net.Conn. Bytes that were not read would reset the connection, and the
// client might lose the answer. So Close ends our side first, and reads for a while.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.unread && half.CloseWrite() == nil {
		c.unread = false // it is closed twice
		_ = c.SetReadDeadline(time.Now().Add(lingering))
		_, _ = io.Copy(io.Discard, c.Conn)
	}
	return c.abort()
}

// abort closes the connection at once.
func (c *conn) abort() error {
	c.closeOnce.Do(func() {
		l := c.listener
		l.mu.Lock()
		delete(l.open, c)
		l.mu.Unlock()
		select {
		case l.freed <- struct{}{}:
		default:
		}
	})
	return c.Conn.Close()
}
