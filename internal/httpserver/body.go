package httpserver

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
)

// body is the body of a request.
type body struct {
	mu     sync.Mutex
	stream io.Reader // nil once the handler has returned
	left   int64     // how many bytes are to come; less than 0 if it is not known
	ended  bool
}

// Read implements io.Reader. A body that ends early is an error, which fasthttp does not
// report.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stream == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.stream.Read(p)
	b.ended = b.ended || err == io.EOF
	if b.left > 0 {
		if b.left -= int64(n); err == io.EOF && b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, unquoted(err)
}

var errMalformed = errors.New("the body of the request is malformed")

// unquoted returns an error of a body for a log: fasthttp's quotes what the client has sent.
func unquoted(err error) error {
	broken, ofNetwork := errors.AsType[net.Error](err)
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

// whole reports whether all of it was read.
func (b *body) whole() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

// Close implements io.Closer. It does not read the rest: the server does, or closes the
// connection.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stream = nil
	return nil
}
