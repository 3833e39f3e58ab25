package httpserver

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// body is the body of a request, as its handler reads it.
type body struct {
	mu      sync.Mutex
	from    io.Reader // nil once the handler has returned
	request *http.Request
	conn    *conn
	ended   bool
	// expected is set while the client waits for a word before it sends the body. A call that
	// clears it gives that, or sends the answer instead.
	expected atomic.Bool
}

// Read implements io.Reader. If the client waits for a word, the first call gives it.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.from == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.expected.CompareAndSwap(true, false) {
		if err := b.conn.write(time.Now(), []byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return 0, err
		}
	}
	n, err := b.from.Read(p)
	if err == io.EOF {
		b.ended = true
		b.request.Trailer = nil // nobody asks for it, and it takes memory
	}
	return n, unquoted(err)
}

var errMalformed = errors.New("the body of the request is malformed")

// unquoted returns an error of a body for a log: net/http's may quote what the client has sent.
func unquoted(err error) error {
	broken, ofNetwork := errors.AsType[*net.OpError](err)
	switch {
	case err == nil || err == io.EOF:
		return err
	case ofNetwork:
		return broken
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	default:
		return errMalformed
	}
}

// Close implements io.Closer. It does not read the rest: the server does, or closes the
// connection.
func (b *body) Close() error { return nil }

// maxUnread is how many bytes of a body that its handler has not read are read, so that the
// connection may have another request.
const maxUnread = 256 << 10

// finish takes the body from the handler and reports whether it has ended. If rest is set, it reads
// the rest of a body that is not too long, unless the client waits before it sends that.
func (b *body) finish(rest bool) bool {
	b.mu.Lock()
	from := b.from
	b.from = nil
	b.mu.Unlock()
	if rest && !b.ended && !b.expected.Load() {
		_, err := io.CopyN(io.Discard, from, maxUnread)
		b.ended = err == io.EOF
	}
	return b.ended
}
