package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// network carries the connections to the embedded Redis, and can hold up what is sent.
type network struct {
	target string // address of Redis

	mu      sync.Mutex
	resumed chan struct{} // closed unless it is paused
}

func newNetwork(target string) *network {
	n := &network{target: target, resumed: make(chan struct{})}
	close(n.resumed)
	return n
}

// pause holds up everything that is sent, as if Redis were stopped: connections stay open and
// new ones are accepted, but nothing is answered. resume lets all of it arrive.
func (n *network) pause() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.resumed = make(chan struct{})
}

func (n *network) resume() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.resumed)
}

// wait waits until the network is not paused, or quit is closed. It reports whether data may pass.
func (n *network) wait(quit <-chan struct{}) bool {
	n.mu.Lock()
	resumed := n.resumed
	n.mu.Unlock()
	select {
	case <-resumed:
		return true
	case <-quit:
		return false
	}
}

// line is one process's way to Redis. Cut closes its connections, and there are no new ones.
type line struct {
	network  *network
	listener net.Listener
	conns    connections
	quit     chan struct{} // closed by cut
	cutOnce  sync.Once
}

// line returns a new way to Redis, at an address of its own. run must be called.
func (n *network) line(ctx context.Context) (*line, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for connections to the embedded Redis: %w", err)
	}
	return &line{network: n, listener: listener, quit: make(chan struct{})}, nil
}

func (l *line) url() string { return "redis://" + l.listener.Addr().String() }

// run carries connections until ctx ends or the line is cut. All are closed then.
func (l *line) run(ctx context.Context) error {
	var carried sync.WaitGroup
	defer carried.Wait()
	defer context.AfterFunc(ctx, l.cut)()
	defer l.cut()
	for {
		client, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept a connection to the embedded Redis: %w", err)
		}
		carried.Go(func() { l.carry(ctx, client) })
	}
}

// cut ends the line: run returns.
func (l *line) cut() {
	l.cutOnce.Do(func() {
		close(l.quit)
		_ = l.listener.Close() // whose error changes nothing
		l.conns.cut()
	})
}

func (l *line) carry(ctx context.Context, client net.Conn) {
	defer client.Close()
	if !l.conns.add(client) {
		return
	}
	defer l.conns.remove(client)
	server, err := l.conns.dial(ctx, "tcp", l.network.target)
	if err != nil {
		return // the client finds its connection closed
	}
	defer server.Close()
	var answers sync.WaitGroup
	answers.Go(func() {
		l.copy(client, server)
		_ = client.Close()
	})
	l.copy(server, client)
	_ = server.Close()
	answers.Wait()
}

// copy copies from one connection to the other until either ends.
func (l *line) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !l.network.wait(l.quit) {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// connections are a process's open connections. The zero value is ready.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
	gone bool // they have been cut
}

var errCut = errors.New("the process was killed")

// dial dials like a net.Dialer, unless the connections have been cut.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	known := &tracked{Conn: conn, of: c}
	if !c.add(known) {
		return nil, errors.Join(errCut, conn.Close())
	}
	return known, nil
}

// add remembers a connection. It returns false if they have been cut.
func (c *connections) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return false
	}
	if c.open == nil {
		c.open = map[net.Conn]bool{}
	}
	c.open[conn] = true
	return true
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
}

// cut closes all connections, and refuses new ones.
func (c *connections) cut() {
	c.mu.Lock()
	open := c.open
	c.open, c.gone = nil, true
	c.mu.Unlock()
	for conn := range open {
		_ = conn.Close() // the other side sees it, too
	}
}

// tracked is a connection that is forgotten when it is closed.
type tracked struct {
	net.Conn
	of *connections
}

func (t *tracked) Close() error {
	t.of.remove(t)
	return t.Conn.Close()
}
