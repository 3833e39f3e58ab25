package testenv_test

import (
	"net"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestFreePort takes more ports than a block has. Each is another one, is free, and is
// none that the system gives to connections.
func TestFreePort(t *testing.T) {
	seen := map[int]bool{}
	for range 300 {
		port, err := testenv.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Errorf("port %d was returned twice", port)
		}
		if seen[port] = true; port < 1024 || port >= 32768 {
			t.Errorf("port %d is one that the system gives away, or keeps", port)
		}
	}
}

// TestListen has a program listen where the test did.
func TestListen(t *testing.T) {
	l, err := testenv.Listen()
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
