package httpserver

import (
	"net"
	"syscall"
	"testing"
)

// TestConn_SystemsMemory asks the system how much it keeps for the server's end of a connection.
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
	raw, err := accepted.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		for name, option := range map[string]int{"received": syscall.SO_RCVBUF, "sent": syscall.SO_SNDBUF} {
			if size, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, option); err != nil || size != 2*socketBuffer {
				t.Errorf("bytes that are %s: %d (%v), want %d", name, size, err, 2*socketBuffer)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}
