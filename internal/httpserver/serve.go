package httpserver

import (
	"context"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/valyala/fasthttp"
)

// newServer returns the server of the connections.
func newServer(h *handler, opts Options) *fasthttp.Server {
	return &fasthttp.Server{
		Handler:        h.serve,
		ErrorHandler:   unreadable,
		ReadTimeout:    opts.ReadTimeout,
		WriteTimeout:   opts.ReadTimeout + 10*time.Second,
		IdleTimeout:    2 * time.Minute,
		ReadBufferSize: maxHeader,
		// The handler reads the body. fasthttp reads one byte of it before.
		StreamRequestBody: true, MaxRequestBodySize: 1, DisablePreParseMultipartForm: true,
		ConnState: func(c net.Conn, state fasthttp.ConnState) {
			switch state {
			case fasthttp.StateActive:
				c.(*conn).begins()
			case fasthttp.StateIdle:
				c.(*conn).awaitRequest()
			}
		},
		NoDefaultServerHeader: true, NoDefaultContentType: true,
		LazyRequestTime: true,                       // nobody asks for it
		Logger:          log.New(io.Discard, "", 0), // its lines quote the requests of clients
	}
}

// maxHeader is how many bytes a request may have before its body.
const maxHeader = 16 << 10

// unreadable answers a request that could not be read. One that did not arrive gets no answer.
func unreadable(c *fasthttp.RequestCtx, err error) {
	if _, tooLarge := errors.AsType[*fasthttp.ErrSmallBuffer](err); tooLarge {
		refuse(c, http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	if _, incomplete := errors.AsType[net.Error](err); incomplete || errors.Is(err, errHeaderLines) || errors.Is(err, io.ErrUnexpectedEOF) {
		_ = c.Conn().(*conn).abort()
		return
	}
	refuse(c, http.StatusBadRequest)
}

// refuse answers a request that no handler sees. The connection is closed: it is not known where the next one begins.
func refuse(c *fasthttp.RequestCtx, status int) {
	c.Conn().(*conn).unread = true
	c.Response.SetStatusCode(status)
	c.Response.Header.SetContentType("text/plain; charset=utf-8")
	c.Response.SetConnectionClose()
	c.Response.SetBodyString(http.StatusText(status))
}

// serve serves the connections that it accepts, each in a goroutine, until the listener is
// closed. fasthttp's own loop has goroutines that outlive it.
func (l *listener) serve(server *fasthttp.Server) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		l.serving.Go(func() {
			defer c.Close()
			defer func() {
				if p := recover(); p != nil {
					log.Printf("a connection panics with a value of type %T\n%s", p, debug.Stack())
				}
			}()
			_ = server.ServeConn(c) // the error may quote a request
		})
	}
}

// finish closes each connection once it has answered its request, and returns when none is
// left or ctx ends.
func (l *listener) finish(ctx context.Context) error {
	l.stopping.Store(true)
	for _, c := range l.all() {
		c.closeIdle()
	}
	finished := make(chan struct{})
	go func() {
		l.serving.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closeAll closes all connections, whatever they are doing. It does not wait for their handlers.
func (l *listener) closeAll() {
	for _, c := range l.all() {
		_ = c.abort()
	}
}

func (l *listener) all() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.open))
}
