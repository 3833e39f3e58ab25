package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	playgroundsim "github.com/gobridge/gopherbot/internal/playground/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// serve serves the page, the platform's API if it is below it, a simulated playground below
// /play/ and the blog below /blog/.
func (d *demo) serve(ctx context.Context) error {
	mux := http.NewServeMux()
	for path, handler := range d.routes {
		mux.Handle(path, handler)
	}
	mux.Handle("/blog/", http.StripPrefix("/blog", d.blog.handler()))
	mux.Handle("/play/", http.StripPrefix("/play", playgroundsim.New()))
	mux.Handle("/", page.Handler(d.workspace, d.controls))
	return serve(ctx, d.front, mux, "the page")
}

// serve serves something on a listener until ctx ends.
func serve(ctx context.Context, l net.Listener, handler http.Handler, what string) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		// Ends the pages' streams, which would keep the server from stopping.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(last); err != nil {
			stopped <- server.Close() // closes connections that are still open
			return
		}
		stopped <- nil
	})
	err := server.Serve(l)
	if stop() { // it failed before ctx ended
		return fmt.Errorf("serve %s on %s: %w", what, l.Addr(), err)
	}
	return <-stopped
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	if host, _, err := net.SplitHostPort(address); err != nil || host == "" {
		return nil, fmt.Errorf("listen on %q: want a host and a port, such as 127.0.0.1:8090", address)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: address in use; stop the program that uses it, or choose another address, such as --listen 127.0.0.1:8090", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another address with --listen", address, err)
	}
	return l, nil
}
