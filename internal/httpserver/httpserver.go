// Package httpserver serves HTTP for a process: it cuts off slow clients, bounds the
// number of connections and the memory of each, and stops without dropping a
// request. It must not know the content that is served.
package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Options configures Run. The zero value is good.
type Options struct {
	// HeaderTimeout is how long a request's header may take to arrive; a slower one
	// is cut off. The default is 5 seconds.
	HeaderTimeout time.Duration
	// ReadTimeout is how long a request may take to arrive; a slower one is cut
	// off. The default is 10 seconds.
	ReadTimeout time.Duration
	// MaxConns is how many connections there may be. Further ones wait until one is
	// closed, and of those that have waited for a request for a second or more the
	// one that has for longest is closed for each. The default is 1,000.
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
	if opts.HeaderTimeout == 0 {
		opts.HeaderTimeout = 5 * time.Second
	}
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
	server := &http.Server{
		Handler:           door,
		ReadHeaderTimeout: min(opts.HeaderTimeout, opts.ReadTimeout),
		ReadTimeout:       opts.ReadTimeout,
		WriteTimeout:      opts.ReadTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    12 << 10, // and 4 KiB that net/http allows besides
		ConnContext:       withConn,
		ConnState: func(c net.Conn, state http.ConnState) {
			if c, ok := c.(*conn); ok && state == http.StateIdle {
				c.awaitRequest()
			}
		},
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(newListener(l, opts.MaxConns)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), opts.StopTimeout)
	defer cancel()
	door.linger(stopping, opts.Linger, opts.Quiet)
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("requests did not finish within %v: %w", opts.StopTimeout, err), server.Close())
	}
	return nil
}
