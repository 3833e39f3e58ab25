package httpserver

import (
	"errors"
	"io"
	"testing"
	"time"
)

// TestConn_BrokenAnswer has a part of an answer fail: no other answer may follow, which its client
// would take for the rest.
func TestConn_BrokenAnswer(t *testing.T) {
	t.Parallel()
	l := newListener(&short{}, 1)
	c, err := l.accept() // the other end is closed
	if err != nil {
		t.Fatal(err)
	}
	if err := c.write(time.Now(), []byte("HTTP/1.1 200 OK\r\n"), []byte("body")); err == nil {
		t.Error("no error")
	}
	if _, err := c.Conn.Write([]byte("HTTP/1.1 200 OK\r\n")); !errors.Is(err, io.ErrClosedPipe) || len(l.all()) > 0 {
		t.Errorf("after that: %v, %d connections", err, len(l.all()))
	}
}
