package testenv

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// The ports that FreePort returns lie below those that the system gives to connections and
// to listeners at port 0: from 32768 on Linux, from 49152 elsewhere. They are divided into
// blocks. A process of tests owns a block while it listens at the block's first port.
const (
	firstPort = 20_000
	blockSize = 128
	blocks    = 99 // up to port 32671
)

var ports struct {
	sync.Mutex
	next, end int // of the block that this process owns; equal when it is used up
	owned     []net.Listener
}

// FreePort returns a port of 127.0.0.1 for a program that a test starts. Nothing listens at
// it, and nothing takes it before the program does, or while the program restarts: the
// system gives it to nobody, and FreePort returns each port once.
func FreePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for {
		if ports.next == ports.end {
			if err := ownBlock(); err != nil {
				return 0, err
			}
		}
		port := ports.next
		ports.next++
		if l, err := listenAt(port); err == nil {
			return port, l.Close()
		} // a program of this machine has it
	}
}

// Listen is net.Listen at a port from FreePort. The test may close the listener and have a
// program listen at its address.
func Listen() (net.Listener, error) {
	var failed error
	for range 5 {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		l, err := listenAt(port)
		if err == nil {
			return l, nil
		}
		failed = err
	}
	return nil, failed
}

// ownBlock takes a block that no other process of tests owns. ports is locked. The block is
// owned until the process ends.
func ownBlock() error {
	var failed error
	for _, n := range rand.Perm(blocks) {
		first := firstPort + n*blockSize
		l, err := listenAt(first)
		if err != nil {
			failed = err
			continue
		}
		ports.owned = append(ports.owned, l)
		ports.next, ports.end = first+1, first+blockSize
		return nil
	}
	return fmt.Errorf("all %d blocks of ports for tests are taken: %w", blocks, failed)
}

func listenAt(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
