package client_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/websocket"
)

// pipes is a network in memory: a listener whose connections are made by dial. Servers and clients that use it can run in a
// bubble of testing/synctest, where goroutines that wait for a socket of the operating system would hold the time.
type pipes struct {
	dialed chan net.Conn
	life   context.Context
	end    context.CancelFunc
}

// servePipes serves HTTP on a network in memory until the returned server is closed. The dialer reaches it under any address.
func servePipes(t testing.TB, handler http.Handler) (*httptest.Server, *websocket.Dialer) {
	t.Helper()
	p := &pipes{dialed: make(chan net.Conn)}
	p.life, p.end = context.WithCancel(t.Context())
	s := &httptest.Server{Listener: p, Config: &http.Server{Handler: handler}}
	s.Start()
	return s, &websocket.Dialer{NetDialContext: p.dial}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.dialed <- far:
		return near, nil
	case <-p.life.Done():
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialed:
		return conn, nil
	case <-p.life.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.end()
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Net: "pipe", Name: "sharkfin"} }
