// Package httpserver serves HTTP for a process: it cuts off who is slow, and
// stops without dropping a request. It must not know what is served.
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
	// ReadTimeout is how long a request may take to arrive; a slower one is cut
	// off. The default is 10 seconds.
	ReadTimeout time.Duration
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
	if opts.ReadTimeout == 0 {
		opts.ReadTimeout = 10 * time.Second
	}
	if opts.StopTimeout == 0 {
		opts.StopTimeout = 25 * time.Second
	}
	if opts.Quiet == 0 {
		opts.Quiet = 200 * time.Millisecond
	}
	door := &door{Handler: h}
	server := &http.Server{
		Handler:           door,
		ReadHeaderTimeout: opts.ReadTimeout,
		ReadTimeout:       opts.ReadTimeout,
		WriteTimeout:      opts.ReadTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
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
