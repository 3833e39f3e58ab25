package httpserver

import (
	"bytes"
	"context"
	"log"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// handler is what a net/http handler looks like to fasthttp.
type handler struct {
	http http.Handler
	// blank is the request that all others are copies of: it has the context that ends when
	// the server gives up the requests that it has.
	blank *http.Request
}

func newHandler(ctx context.Context, h http.Handler) *handler {
	return &handler{h, (&http.Request{ProtoMajor: 1}).WithContext(ctx)}
}

// serve answers a request. A handler that panics gets its connection closed without an answer,
// and any panic but http.ErrAbortHandler is logged, without its value, which may quote the
// request.
func (h *handler) serve(c *fasthttp.RequestCtx) {
	conn := c.Conn().(*conn) // the listener accepts no others
	conn.answering()
	if bytes.Count(c.Request.Header.RawHeaders(), []byte{'\n'}) > maxHeaderLines { // which came right behind another
		refuse(c, http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	if version := string(c.Request.Header.Protocol()); version != "HTTP/1.1" && version != "HTTP/1.0" {
		refuse(c, http.StatusHTTPVersionNotSupported)
		return
	}
	r, err := h.request(c, conn)
	if err != nil {
		refuse(c, http.StatusBadRequest)
		return
	}
	w := &answer{c: c, conn: conn}
	if read, ok := r.Body.(*body); ok { // the handler may put another in its place
		defer func() {
			conn.unread = !read.whole()
			_ = read.Close()
		}()
	}
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				log.Printf("a handler of HTTP requests panics with a value of type %T\n%s", p, debug.Stack())
			}
			_ = conn.abort() // the answer cannot be sent then
		}
	}()
	h.http.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK) // if the handler has written nothing
}

// request returns a copy of the request that was read. fasthttp uses its memory again for the
// next one.
func (h *handler) request(c *fasthttp.RequestCtx, conn *conn) (*http.Request, error) {
	read := &c.Request.Header
	r := new(*h.blank)
	r.Method, r.RequestURI = method(read.Method()), string(read.RequestURI())
	r.Proto, r.ProtoMinor = "HTTP/1.1", 1
	if !read.IsHTTP11() {
		r.Proto, r.ProtoMinor = "HTTP/1.0", 0
	}
	var err error
	if r.URL, err = url.ParseRequestURI(r.RequestURI); err != nil {
		return nil, err
	}
	r.Header, r.Host = header(read)
	if r.URL.Host != "" {
		r.Host = r.URL.Host
	}
	r.RemoteAddr = conn.remote
	r.Close = read.ConnectionClose()
	r.Body = http.NoBody
	if length := read.ContentLength(); length > 0 || length == chunked {
		r.ContentLength = int64(length)
		r.Body = &body{stream: c.RequestBodyStream(), left: r.ContentLength}
		if length == chunked {
			r.TransferEncoding = []string{"chunked"}
		}
	}
	return r, nil
}

// chunked is fasthttp's length of a body that says its end itself.
const chunked = -1

// method returns the method without allocating a usual one.
func method(m []byte) string {
	switch string(m) {
	case http.MethodPost:
		return http.MethodPost
	case http.MethodGet:
		return http.MethodGet
	default:
		return string(m)
	}
}

// usualLines is how many lines a header has at most, usually.
const usualLines = 16

// header returns the header of a request, without the lines that net/http moves to fields of the
// request, and the host. All strings of it share their memory, and so do all lists of values.
func header(read *fasthttp.RequestHeader) (h http.Header, host string) {
	var text strings.Builder
	text.Grow(len(read.RawHeaders()))
	lengths := make([]int, 0, 2*usualLines) // of the keys and values
	for key, value := range read.AllInOrder() {
		text.Write(key)
		text.Write(value)
		lengths = append(lengths, len(key), len(value))
	}
	rest := text.String()
	next := func() (s string) {
		s, rest, lengths = rest[:lengths[0]], rest[lengths[0]:], lengths[1:]
		return s
	}
	lines := len(lengths) / 2
	h, values := make(http.Header, lines), make([]string, 0, lines)
	for range lines {
		key, value := next(), next()
		switch had := h[key]; {
		case key == "Host":
			host = value
		case key == "Transfer-Encoding", key == "Trailer", key == "Content-Length" && read.ContentLength() == chunked:
		case had != nil:
			h[key] = append(had, value)
		default:
			values = append(values, value)
			h[key] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	return h, host
}

// answer is the http.ResponseWriter of a request. It holds the whole answer until the handler
// returns, and must not be used later, but for its deadline.
type answer struct {
	c      *fasthttp.RequestCtx
	conn   *conn
	header http.Header
	begun  bool // its status and header cannot be changed any more
	typed  bool // it has a media type, or needs none
}

// Header implements http.ResponseWriter.
func (w *answer) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header, 4)
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter. It sends no informational answers.
func (w *answer) WriteHeader(status int) {
	if w.begun || status < http.StatusOK {
		return
	}
	w.begun = true
	_, w.typed = w.header["Content-Type"]
	w.typed = w.typed || status == http.StatusNoContent || status == http.StatusNotModified
	w.c.Response.SetStatusCode(status)
	to := &w.c.Response.Header
	for key, values := range w.header {
		for _, value := range values {
			to.Add(key, value)
		}
	}
}

// Write implements http.ResponseWriter. The media type of a body that has none is guessed, as
// net/http does.
func (w *answer) Write(p []byte) (int, error) {
	w.begin(p)
	w.c.Response.AppendBody(p)
	return len(p), nil
}

// WriteString implements io.StringWriter.
func (w *answer) WriteString(s string) (int, error) {
	w.begin([]byte(s[:min(len(s), sniffed)]))
	w.c.Response.AppendBodyString(s)
	return len(s), nil
}

// sniffed is how many bytes of a body its media type is guessed from.
const sniffed = 512

// begin prepares the answer for a part of its body, or the begin of one.
func (w *answer) begin(body []byte) {
	w.WriteHeader(http.StatusOK)
	if !w.typed && len(body) > 0 {
		w.c.Response.Header.SetContentType(http.DetectContentType(body))
		w.typed = true
	}
}

// SetReadDeadline is called by http.ResponseController. It may be called late: the
// connection is the same then.
func (w *answer) SetReadDeadline(t time.Time) error { return w.conn.SetReadDeadline(t) }
