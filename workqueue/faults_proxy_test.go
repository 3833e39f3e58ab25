package workqueue_test

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// proxy is a network between a client and a server, which can fail.
type proxy struct {
	server   string
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	fault   fault
	changed chan struct{} // closed with the next change of the fault
	links   map[*link]bool
	closed  bool
}

// fault is what a network does to the data that it should carry.
type fault string

const (
	healthy fault = "healthy"
	slow    fault = "slow"    // all data arrives, each piece late
	stalled fault = "stalled" // nothing arrives until it is over, and then everything does
	broken  fault = "broken"  // connections are closed, new ones at once
	silent  fault = "silent"  // connections are accepted, what is sent is swallowed, and nobody answers
	oneWay  fault = "one-way" // requests arrive, answers do not
)

// slowness is by how much data is late on a slow network.
const slowness = 30 * time.Millisecond

// link is a connection through the proxy.
type link struct {
	client, server net.Conn
	// gap is set when some data was swallowed: what comes later would be
	// misunderstood, so the link does not outlive the fault.
	gap bool
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.server.Close()
}

// startProxy starts a proxy to the redis-server at a URL. It is closed when the
// test ends.
func startProxy(t *testing.T, serverURL string) *proxy {
	t.Helper()
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{server: u.Host, listener: listener, fault: healthy, changed: make(chan struct{}), links: map[*link]bool{}}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		p.close()
		testenv.Wait(t, &p.running)
	})
	return p
}

func (p *proxy) url() string { return "redis://" + p.listener.Addr().String() }

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.change(broken)
	p.mu.Unlock()
}

// set makes the network fail, or work again.
func (p *proxy) set(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.change(f)
}

// change does what set does; p.mu is held.
func (p *proxy) change(f fault) {
	p.fault = f
	close(p.changed)
	p.changed = make(chan struct{})
	for l := range p.links {
		if f == broken || l.gap {
			l.close()
		}
	}
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		l := &link{client: client, server: server}
		p.mu.Lock()
		p.links[l] = true
		if p.closed || p.fault == broken {
			l.close()
		}
		p.mu.Unlock()
		var ways sync.WaitGroup
		ways.Go(func() { p.carry(l, client, server, true) })
		ways.Go(func() { p.carry(l, server, client, false) })
		p.running.Go(func() {
			ways.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.links, l)
		})
	}
}

// carry carries data one way until either end closes.
func (p *proxy) carry(l *link, from, to net.Conn, request bool) {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.passes(l, request) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}

// passes returns when a piece of data may arrive, or false when it never may.
func (p *proxy) passes(l *link, request bool) bool {
	for {
		p.mu.Lock()
		f, changed := p.fault, p.changed
		if f == silent || f == oneWay && !request {
			l.gap = true
		}
		gap := l.gap
		p.mu.Unlock()
		switch {
		case f == broken:
			return false // it is closed
		case gap && (f == silent || !request):
			return false
		case f == stalled:
			<-changed
		case f == slow:
			<-time.After(slowness)
			return true
		default:
			return true
		}
	}
}
