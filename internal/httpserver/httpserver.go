// Package httpserver serves HTTP for a process: it cuts off slow clients, bounds the
// number of connections and the memory of each, and stops without dropping a
// request. It must not know the content that is served.
//
// Handlers are those of net/http, and net/http reads the requests. The loop around that is
// ours, because a client waits twice as long for the answer to a small request with net/http's
// (BenchmarkRun): that reads in another goroutine while a handler runs, and writes an answer in parts.
// Handlers see the same requests, and clients get the same answers: TestRun_AsNetHTTP. These things
// differ:
//   - The context of a request ends with its handler, or when the server gives it up, not when
//     the client goes away. It has none of net/http's values.
//   - An answer is sent when the handler returns. Only one that declares its length is sent in
//     parts: when there are more than 16 KiB. There is no http.Flusher, and no informational answer
//     but 100 Continue.
//   - A header has 16 KiB and 128 lines at most, its first and its last, empty one included.
//   - Requests have no trailers. One of HTTP/1.1 has a host, in its target or in its header. An
//     encoding that is not supported is answered 400. "OPTIONS *" goes to the handler.
//   - Connections cannot be taken over, and there is no HTTP/2.
package httpserver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Options configures Run. The zero value is good.
type Options struct {
	// ReadTimeout is how long a request may take to arrive, from its first byte, for which a
	// new connection has as long; a slower one is cut off. The default is 10 seconds.
	ReadTimeout time.Duration
	// MaxConns is how many connections there may be. Others wait. For each that waits, the
	// server closes the connection whose client it has waited for longest, if that is 200 ms
	// or more. While others wait, a connection is closed after its answer. The default is
	// 1,000.
	MaxConns int
	// StopTimeout is how long requests may take to finish once Run's ctx has
	// ended. The default is 25 seconds, five less than Heroku gives a dyno.
	StopTimeout time.Duration
	// Linger is how long, at most, requests are accepted after Run's ctx has ended,
	// until none has come for a moment. The default is not at all.
	Linger time.Duration
	// Quiet is that moment, 200 ms by default.
	Quiet time.Duration
}

// Run serves h on l, and closes l, until ctx ends. Then it lingers, accepts no
// more, finishes the requests it has, and returns nil, or an error when some took
// longer than StopTimeout.
func Run(ctx context.Context, l net.Listener, h http.Handler, opts Options) error {
	if opts.MaxConns == 0 {
		opts.MaxConns = 1000
	}
	if opts.ReadTimeout == 0 {
		opts.ReadTimeout = 10 * time.Second
	}
	if opts.StopTimeout == 0 {
		opts.StopTimeout = 25 * time.Second
	}
	if opts.Quiet == 0 {
		opts.Quiet = 200 * time.Millisecond
	}
	door := &drainer{Handler: h}
	handling, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	conns := newListener(l, opts.MaxConns)
	defer func() {
		_ = conns.Close()
		conns.closeAll()
	}()
	server := &server{handler: door, readTimeout: opts.ReadTimeout, context: handling}
	failed := make(chan error, 1)
	go func() { failed <- conns.serve(server) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), opts.StopTimeout)
	defer cancel()
	door.linger(stopping, opts.Linger, opts.Quiet)
	_ = conns.Close()
	<-failed
	if err := conns.finish(stopping); err != nil {
		return fmt.Errorf("requests did not finish within %v: %w", opts.StopTimeout, err)
	}
	return nil
}
