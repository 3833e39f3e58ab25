package redistest

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Network is a network between clients and a Redis that delays replies, or holds all
// data, when a test wants so. It is safe for concurrent use.
type Network struct {
	listener net.Listener
	server   string
	running  sync.WaitGroup
	ctx      context.Context // ends when the network is closed
	end      context.CancelFunc

	mu    sync.Mutex
	late  time.Duration
	hold  *hold
	conns []net.Conn
}

// hold is a command of which the request, or the reply, is not passed on.
type hold struct {
	text  []byte // in its request
	reply bool
	met   chan struct{} // is closed when it comes
}

// NewNetwork starts a network to the Redis at a URL without credentials. It is closed when
// the test ends.
func NewNetwork(t testing.TB, serverURL string) *Network {
	t.Helper()
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &Network{listener: listener, server: u.Host}
	n.ctx, n.end = context.WithCancel(t.Context())
	n.running.Go(n.accept)
	t.Cleanup(func() {
		n.close()
		testenv.Wait(t, &n.running)
	})
	return n
}

// URL returns the address at which clients reach the Redis through the network.
func (n *Network) URL() string { return "redis://" + n.listener.Addr().String() }

// Delay makes each later reply late.
func (n *Network) Delay(late time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.late = late
}

// HoldRequest has the next command with a text never reach the Redis. met is closed when it
// comes. From then on its connection carries nothing in that direction.
func (n *Network) HoldRequest(text string) (met <-chan struct{}) { return n.holdOne(text, false) }

// HoldReply has the reply to the next command with a text never reach the client. met is
// closed when the Redis has replied.
func (n *Network) HoldReply(text string) (met <-chan struct{}) { return n.holdOne(text, true) }

func (n *Network) holdOne(text string, reply bool) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hold = &hold{[]byte(text), reply, make(chan struct{})}
	return n.hold.met
}

// close closes all connections, and refuses new ones.
func (n *Network) close() {
	n.end()
	_ = n.listener.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns {
		_ = c.Close()
	}
}

func (n *Network) accept() {
	for {
		client, err := n.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", n.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		n.mu.Lock()
		n.conns = append(n.conns, client, server)
		if n.ctx.Err() != nil { // it was closed meanwhile
			_, _ = client.Close(), server.Close()
		}
		n.mu.Unlock()
		held := make(chan *hold, 1) // whose reply is to be held
		n.running.Go(func() { n.carryRequests(client, server, held) })
		n.running.Go(func() { n.carryReplies(server, client, held) })
	}
}

func (n *Network) carryRequests(client, server net.Conn, held chan<- *hold) {
	defer server.Close()
	buffer := make([]byte, 64<<10)
	for {
		size, err := client.Read(buffer)
		if err != nil {
			return
		}
		if h := n.takeHold(buffer[:size]); h != nil {
			if !h.reply {
				close(h.met)
				<-n.ctx.Done()
				return
			}
			held <- h
		}
		if _, err := server.Write(buffer[:size]); err != nil {
			return
		}
	}
}

// takeHold returns the hold that a request meets, once.
func (n *Network) takeHold(request []byte) *hold {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.hold
	if h == nil || !bytes.Contains(request, h.text) {
		return nil
	}
	n.hold = nil
	return h
}

func (n *Network) carryReplies(server, client net.Conn, held <-chan *hold) {
	defer client.Close()
	buffer := make([]byte, 64<<10)
	for {
		size, err := server.Read(buffer)
		if err != nil {
			return
		}
		select {
		case h := <-held:
			close(h.met)
			<-n.ctx.Done()
			return
		default:
		}
		n.mu.Lock()
		late := n.late
		n.mu.Unlock()
		if late > 0 && !pause.For(n.ctx, late) {
			return
		}
		if _, err := client.Write(buffer[:size]); err != nil {
			return
		}
	}
}
