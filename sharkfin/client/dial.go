package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
)

// dialTimeout limits an attempt to reconnect. The first dial is limited by its context alone.
const dialTimeout = 30 * time.Second

// socketAddress returns the address of a server's WebSocket.
func socketAddress(address string) (*url.URL, error) {
	u, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	}
	return u, nil
}

// dial opens a WebSocket. It ends as soon as ctx does, even while the server does not answer.
func dial(ctx context.Context, address *url.URL, o clientOpts) (*websocket.Conn, error) {
	header := http.Header{}
	authorize(header, o.key)
	ended := &guard{ctx: ctx}
	ws, response, err := ended.dialer(o.dialer).DialContext(ctx, address.String(), header)
	if !ended.release() && err == nil {
		ws.Close()
		err = ctx.Err()
	}
	if err == nil {
		return ws, nil
	}
	if ctx.Err() != nil {
		err = ctx.Err() // not the error of the connection that was closed for it
	}
	return nil, fmt.Errorf("dial %s: %w", address.Redacted(), dialError(response, err, o.key))
}

// dialError explains the answer of a server that opened no WebSocket.
func dialError(response *http.Response, err error, key string) error {
	if response == nil || !errors.Is(err, websocket.ErrBadHandshake) {
		return endedDial(err)
	}
	defer response.Body.Close()
	if response.StatusCode < 300 {
		return fmt.Errorf("the server answered %d and opened no WebSocket; is this the address of a Sharkfin server's /ws?", response.StatusCode)
	}
	body := make([]byte, maxErrorText)
	n, _ := response.Body.Read(body) // the status alone is an error, too
	return newServerError(response.StatusCode, response.Header, body[:n], key)
}

// endedDial makes ErrTimeout of the errors of time that ran out, the dialer's own among them.
func endedDial(err error) error {
	if failed, ok := errors.AsType[net.Error](err); ok && failed.Timeout() && !errors.Is(err, context.DeadlineExceeded) {
		return &timeoutError{fmt.Errorf("%w: %w", context.DeadlineExceeded, err)}
	}
	return ended(err)
}

// guard closes the connections of a dial when its context ends. The dialer itself heeds only the
// deadline while it waits for the server's handshake.
type guard struct {
	ctx  context.Context
	stop []func() bool
}

// dialer returns a copy of d whose connections are guarded.
func (g *guard) dialer(d *websocket.Dialer) *websocket.Dialer {
	guarded := *d
	plain := d.NetDialContext
	switch {
	case plain != nil:
	case d.NetDial != nil:
		plain = func(_ context.Context, network, address string) (net.Conn, error) { return d.NetDial(network, address) }
	default:
		plain = (&net.Dialer{}).DialContext
	}
	guarded.NetDial, guarded.NetDialContext = nil, g.guarded(plain)
	if d.NetDialTLSContext != nil {
		guarded.NetDialTLSContext = g.guarded(d.NetDialTLSContext)
	}
	return &guarded
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

func (g *guard) guarded(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			g.stop = append(g.stop, context.AfterFunc(g.ctx, func() { conn.Close() }))
		}
		return conn, err
	}
}

// release ends the guard. It returns false if a connection was closed, or is about to be.
func (g *guard) release() bool {
	alive := true
	for _, stop := range g.stop {
		alive = stop() && alive
	}
	return alive
}
