package httpserver

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/net/http/httpguts"
)

// answer is the http.ResponseWriter of a request. It holds the answer until the handler returns,
// unless that is long and has declared its length. It must not be used later, but for its deadline.
type answer struct {
	conn    *conn
	request *http.Request
	sent    *body // of the request, nil if it has none
	header  http.Header
	head    bytes.Buffer // the part of the header that is written and not sent
	body    bytes.Buffer // that of the body
	status  int          // 0 until it is set; then the header is written
	length  int          // which the handler has declared, or less than 0
	written int          // how many bytes the handler has written, or tried to
	typed   bool         // its media type is written, or it has none
	dated   bool         // its date is written
	begun   bool         // its header is sent
	close   bool         // the connection is closed after it
	over    bool         // the handler has returned
	scratch [len(http.TimeFormat)]byte
}

const (
	// maxHeld is how many bytes of an answer whose length is declared wait for more.
	maxHeld = 16 << 10
	// usualHead is how many bytes a header has at most, usually.
	usualHead = 512
	// sniffed is how many bytes of a body its media type is guessed from.
	sniffed = 512
)

func newAnswer(c *conn, r *http.Request, sent *body) *answer {
	w := &answer{conn: c, request: r, sent: sent, length: -1, close: r.Close}
	w.head.Grow(usualHead)
	return w
}

// Header implements http.ResponseWriter.
func (w *answer) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header, 4)
	}
	return w.header
}

// ours are the lines that the server writes itself. An answer of 304 has no media type, either.
var (
	ours            = map[string]bool{"Content-Length": true, "Transfer-Encoding": true, "Connection": true}
	oursNotModified = map[string]bool{"Content-Length": true, "Transfer-Encoding": true, "Connection": true, "Content-Type": true}
	errFinished     = errors.New("the answer was sent when its handler returned")
)

// WriteHeader implements http.ResponseWriter. It sends no informational answers, and panics if
// status has not three digits.
func (w *answer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("an answer with status %d", status))
	}
	if w.status != 0 || status < http.StatusOK || w.over {
		return
	}
	w.status = status
	w.head.WriteString("HTTP/1.")
	w.head.WriteByte('0' + byte(min(w.request.ProtoMinor, 1)))
	w.head.WriteByte(' ')
	w.head.Write(strconv.AppendInt(w.scratch[:0], int64(status), 10))
	w.head.WriteByte(' ')
	w.head.WriteString(http.StatusText(status))
	w.head.WriteString("\r\n")
	if w.header == nil {
		return
	}
	exclude := ours
	if status == http.StatusNotModified {
		exclude = oursNotModified
	}
	_ = w.header.WriteSubset(&w.head, exclude) // a buffer has no errors
	if length, err := strconv.Atoi(w.header.Get("Content-Length")); err == nil && length >= 0 {
		w.length = length
	}
	_, w.dated = w.header["Date"]
	_, w.typed = w.header["Content-Type"]
	w.typed = w.typed || w.header.Get("Content-Encoding") != ""
	w.close = w.close || httpguts.HeaderValuesContainsToken(w.header["Connection"], "close")
}

// hasBody reports whether an answer of its status has a body, which is not sent if the request
// asks for the header alone.
func (w *answer) hasBody() bool {
	return w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// Write implements http.ResponseWriter.
func (w *answer) Write(p []byte) (int, error) {
	if err := w.begin(len(p)); err != nil {
		return 0, err
	}
	if w.length < 0 || w.body.Len()+len(p) <= maxHeld {
		return w.body.Write(p)
	}
	first := min(len(p), sniffed)
	w.body.Write(p[:first])
	if err := w.send(p[first:]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// begin prepares the answer for n more bytes of its body.
func (w *answer) begin(n int) error {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.over:
		return errFinished
	case !w.hasBody():
		return http.ErrBodyNotAllowed
	}
	if w.written += n; w.length >= 0 && w.written > w.length {
		return http.ErrContentLength
	}
	return nil
}

// finish sends the rest of the answer, and reports whether the connection may have another
// request. The status of the answer is set.
func (w *answer) finish() bool {
	err := w.send(nil)
	whole := w.written == w.length || w.headOnly() || !w.hasBody()
	w.over = true
	return err == nil && whole && !w.close
}

// send sends the part of the answer that is written, and more of its body.
func (w *answer) send(more []byte) error {
	now := time.Now()
	if !w.begun {
		w.begun = true
		if w.sent != nil && w.sent.expected.CompareAndSwap(true, false) {
			w.close = true // nobody knows whether the client sends its body now
		}
		w.complete(now)
	}
	body := w.body.Bytes()
	if w.headOnly() {
		body, more = nil, nil
	}
	err := w.conn.write(now, w.head.Bytes(), body, more)
	w.head.Reset()
	w.body.Reset()
	return err
}

// headOnly reports whether the header is all that the client asks for.
func (w *answer) headOnly() bool { return w.request.Method == http.MethodHead }

// complete writes the lines of the header that the handler has left out.
func (w *answer) complete(now time.Time) {
	body := w.body.Bytes()
	if !w.dated {
		w.line("Date", now.UTC().AppendFormat(w.scratch[:0], http.TimeFormat))
	}
	if !w.typed && len(body) > 0 {
		w.line("Content-Type", []byte(http.DetectContentType(body)))
	}
	if w.length < 0 && (len(body) > 0 || !w.headOnly()) { // a handler that has written nothing may know that
		w.length = len(body)
	}
	if w.hasBody() && w.length >= 0 {
		w.line("Content-Length", strconv.AppendInt(w.scratch[:0], int64(w.length), 10))
	}
	switch http11 := w.request.ProtoAtLeast(1, 1); {
	case w.close && http11:
		w.line("Connection", []byte("close"))
	case !w.close && !http11:
		w.line("Connection", []byte("keep-alive"))
	}
	w.head.WriteString("\r\n")
}

// line writes a line of the header.
func (w *answer) line(name string, value []byte) {
	w.head.WriteString(name)
	w.head.WriteString(": ")
	w.head.Write(value)
	w.head.WriteString("\r\n")
}

// SetReadDeadline is called by http.ResponseController. It may be called late: the
// connection is the same then.
func (w *answer) SetReadDeadline(t time.Time) error { return w.conn.SetReadDeadline(t) }
