package httpserver

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// stalled is how long a server may wait for the client of a connection before the
	// connection may be closed in favour of another.
	stalled = 200 * time.Millisecond
	// lookAgain is how often a full server looks for connections that are stalled.
	lookAgain = 100 * time.Millisecond
)

// listener accepts connections. While there are max, one that it has accepted waits until another
// is closed. So that nobody keeps others out by having many and sending nothing, it closes the one
// that has been stalled for longest.
type listener struct {
	net.Listener
	max  int
	mu   sync.Mutex
	open map[*conn]bool
	// freed receives when a connection was closed, closed is closed by Close.
	freed, closed chan struct{}
	closeOnce     sync.Once
	// serving are the goroutines of connections. stopping is set once no connection may
	// wait for another request, full while a connection waits for a place.
	serving        sync.WaitGroup
	stopping, full atomic.Bool
}

func newListener(l net.Listener, max int) *listener {
	return &listener{Listener: l, max: max, open: map[*conn]bool{}, freed: make(chan struct{}, 1), closed: make(chan struct{})}
}

// accept returns the next connection, once there is room for it. It is called by one goroutine.
func (l *listener) accept() (*conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		switch {
		case err == nil:
			l.makeRoom()
			return l.add(accepted), nil
		case gone(err):
		case shortage(err):
			l.full.Store(true)
			l.closeStalled()
			if !l.wait(nil) {
				return nil, net.ErrClosed
			}
		default:
			return nil, err
		}
	}
}

// makeRoom waits while there are as many connections as may be, and closes those that are stalled,
// until there is room for the one that was accepted, or the server stops.
func (l *listener) makeRoom() {
	for l.isFull() {
		if !l.closeStalled() && !l.wait(l.freed) {
			return
		}
	}
}

// isFull reports whether there are as many connections as may be, and notes that in full.
func (l *listener) isFull() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := len(l.open) >= l.max
	l.full.Store(full)
	return full
}

// wait waits a while, or until freed receives, and reports whether the listener is open.
func (l *listener) wait(freed <-chan struct{}) bool {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-freed:
	case <-timer.C:
	case <-l.closed:
		return false
	}
	return true
}

// gone reports whether a connection was closed before it could be accepted.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPROTO)
}

// shortage reports whether the system has no file or memory for a connection.
func shortage(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

func (l *listener) add(accepted net.Conn) *conn {
	c := newConn(l, accepted)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = true
	return c
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// closeStalled closes the connection that has been stalled for longest, and reports whether there
// was one.
func (l *listener) closeStalled() bool {
	l.mu.Lock()
	var oldest *conn
	since := time.Since(epoch) - stalled
	for c := range l.open {
		if waiting := c.waiting.load(); waiting != 0 && waiting < since {
			oldest, since = c, waiting
		}
	}
	l.mu.Unlock()
	if oldest == nil || oldest.waiting.load() != since { // something has come meanwhile
		return false
	}
	_ = oldest.abort()
	return true
}

// forget makes room for another connection than c, which is closed.
func (l *listener) forget(c *conn) {
	l.mu.Lock()
	delete(l.open, c)
	l.mu.Unlock()
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// serve serves the connections that it accepts, each in a goroutine, until the listener is
// closed.
func (l *listener) serve(s *server) error {
	for {
		c, err := l.accept()
		if err != nil {
			return err
		}
		l.serving.Go(func() { s.serve(c) })
	}
}

// finish closes each connection once it has answered its request, and returns when none is
// left or ctx ends.
func (l *listener) finish(ctx context.Context) error {
	l.stopping.Store(true)
	for _, c := range l.all() {
		c.hurry()
	}
	finished := make(chan struct{})
	go func() {
		l.serving.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closeAll closes all connections, whatever they are doing. It does not wait for their handlers.
func (l *listener) closeAll() {
	for _, c := range l.all() {
		_ = c.abort()
	}
}

func (l *listener) all() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.open))
}
