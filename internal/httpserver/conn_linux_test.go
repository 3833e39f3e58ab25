package httpserver

import (
	"net"
	"syscall"
	"testing"
	"time"
)

// TestConn_SystemsMemory has a client send without end and read nothing: the system keeps what it
// is told to for the server's end of the connection, and no more.
func TestConn_SystemsMemory(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	client, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := inner.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(newListener(inner, 1), accepted)
	defer c.Close()
	if err := client.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil { // the system takes no more by then
		t.Fatal(err)
	}
	_, _ = client.Write(make([]byte, 16<<20))
	raw, err := accepted.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for name, option := range map[string]int{"receives": syscall.SO_RCVBUF, "sends": syscall.SO_SNDBUF} {
			if size, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, option); err != nil || size != 2*socketBuffer {
				t.Errorf("for what it %s: %d bytes (%v), want %d", name, size, err, 2*socketBuffer)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}
