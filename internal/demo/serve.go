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
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/slack/sim/page"
)

// serve serves the page, the Web API below /api/slack/, a simulated playground
// below /play/ and the blog below /blog/.
func serve(ctx context.Context, l net.Listener, w *slacksim.Workspace, b *blog, demo page.Demo) error {
	mux := http.NewServeMux()
	mux.Handle("/blog/", http.StripPrefix("/blog", b.handler()))
	mux.Handle("/api/slack/", http.StripPrefix("/api/slack", w.API()))
	mux.Handle("/play/", http.StripPrefix("/play", playgroundsim.New()))
	mux.Handle("/", page.Handler(w, demo))
	server := &http.Server{
		Handler:           mux,
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
		return fmt.Errorf("serve the page on %s: %w", l.Addr(), err)
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
