package httpserver

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

// short is a listener of a system that has too few of something at first.
type short struct {
	net.Listener
	of []error
}

func (s *short) Accept() (net.Conn, error) {
	if len(s.of) > 0 {
		err := s.of[0]
		s.of = s.of[1:]
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", err)}
	}
	here, there := net.Pipe()
	return here, there.Close()
}

// TestListener_OutlivesShortages accepts a connection when there are files and memory again.
func TestListener_OutlivesShortages(t *testing.T) {
	t.Parallel()
	l := newListener(&short{of: []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPROTO}}, 1)
	c, err := l.accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	broken := newListener(&short{of: []error{syscall.EBADF}}, 1)
	if c, err := broken.accept(); err == nil {
		t.Error(fmt.Sprint(c), "although the listener is broken")
	}
}
