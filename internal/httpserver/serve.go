package httpserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/net/http/httpguts"
)

// server is how connections are served.
type server struct {
	handler     http.Handler
	readTimeout time.Duration
	// context ends when the server gives up the requests that it has.
	context context.Context
}

// serve answers the requests of a connection, one after another, and closes it. A handler that
// panics gets its connection closed without an answer, and any panic but http.ErrAbortHandler is
// logged, without its value, which may quote the request.
func (s *server) serve(c *conn) {
	defer c.Close()
	defer func() {
		if p := recover(); p != nil {
			_ = c.abort()
			if p != http.ErrAbortHandler {
				log.Printf("a handler of HTTP requests panics with a value of type %T\n%s", p, debug.Stack())
			}
		}
	}()
	c.timeout = s.readTimeout
	for timeout, blank := s.readTimeout, 0; ; timeout = idleTimeout {
		err := c.await(timeout, blank)
		var r *http.Request
		if err == nil {
			r, err = c.request()
		}
		if err != nil {
			c.refuse(err)
			return
		}
		blank = 0
		if r.Method == http.MethodPost {
			blank = 2 * len("\r\n") // as net/http does
		}
		if !s.answer(c, r) {
			return
		}
	}
}

// refusal is the status of an answer to a request that no handler sees.
type refusal int

func (status refusal) Error() string { return http.StatusText(int(status)) }

// request reads a request and its header, and checks what net/http's server checks. net/http has
// checked the rest while it read.
func (c *conn) request() (*http.Request, error) {
	r, err := http.ReadRequest(c.in)
	c.header.ended = true
	if err != nil {
		return nil, err
	}
	if r.ProtoMajor != 1 {
		return nil, refusal(http.StatusHTTPVersionNotSupported)
	}
	if r.Host == "" && r.ProtoAtLeast(1, 1) || !httpguts.ValidHostHeader(r.Host) {
		return nil, refusal(http.StatusBadRequest)
	}
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, refusal(http.StatusBadRequest)
		}
		for _, value := range values {
			if !httpguts.ValidHeaderFieldValue(value) {
				return nil, refusal(http.StatusBadRequest)
			}
		}
	}
	expected := httpguts.HeaderValuesContainsToken(r.Header["Expect"], "100-continue")
	if !expected && r.Header.Get("Expect") != "" {
		return nil, refusal(http.StatusExpectationFailed)
	}
	r.RemoteAddr, r.Trailer = c.remote, nil
	if r.ContentLength == 0 {
		return r, nil
	}
	if int64(c.in.Buffered()) < r.ContentLength || r.ContentLength < 0 {
		c.limit() // here, and not later: a handler may shorten it
	}
	sent := &body{from: r.Body, request: r, conn: c}
	sent.expected.Store(expected && r.ProtoAtLeast(1, 1))
	r.Body = sent
	return r, nil
}

// refuse answers a request that could not be read, unless the client or the network is why.
func (c *conn) refuse(err error) {
	if _, ofNetwork := errors.AsType[*net.OpError](err); ofNetwork || err == io.EOF {
		return
	}
	status, ok := errors.AsType[refusal](err)
	switch {
	case errors.Is(err, errHeader):
		status = http.StatusRequestHeaderFieldsTooLarge
	case !ok:
		status = http.StatusBadRequest // the error quotes the request
	}
	text := status.Error()
	c.unread = true
	_ = c.write(time.Now(), fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		int(status), text, len(text), text))
}

// answer has a request handled, sends the answer, and reports whether the connection may have
// another request. Not so while others wait for a place: a client that always has a request
// would keep it for ever.
func (s *server) answer(c *conn, r *http.Request) bool {
	sent, _ := r.Body.(*body) // nil if there is none
	ctx, cancel := context.WithCancel(s.context)
	defer cancel()
	r = r.WithContext(ctx)
	w := newAnswer(c, r, sent)
	s.handler.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK) // if the handler has written nothing
	w.close = w.close || c.listener.full.Load() && time.Since(c.accepted) > stalled
	if sent != nil && !sent.finish(!w.close) {
		c.unread, w.close = true, true
	}
	c.unread = c.unread || w.close && !r.Close // the client may be sending the next request
	return w.finish()
}
