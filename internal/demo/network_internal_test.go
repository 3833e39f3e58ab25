package demo

import (
	"bufio"
	"context"
	"net"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// echo is a server that repeats what it is told.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewReader(conn); ; {
					text, err := lines.ReadString('\n')
					if err != nil {
						return
					}
					_, _ = conn.Write([]byte(text)) // the client may have gone
				}
			}()
		}
	}()
	return l.Addr().String()
}

// client is a connection over a line.
type client struct {
	testing.TB
	net.Conn
}

func (c client) ask(text string) {
	c.Helper()
	if _, err := c.Write([]byte(text + "\n")); err != nil {
		c.Fatal(err)
	}
}

// hear returns the answer, false if none comes in time.
func (c client) hear(timeout time.Duration) (string, bool) {
	c.Helper()
	if err := c.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		c.Fatal(err)
	}
	buffer := make([]byte, 100)
	n, err := c.Read(buffer)
	return string(buffer[:n]), err == nil
}

func startLine(t *testing.T, n *network) (*line, client, <-chan error) {
	t.Helper()
	l, err := n.line(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()
	conn, err := net.Dial("tcp", l.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		conn.Close()
	})
	return l, client{t, conn}, ended
}

func TestNetwork_PauseHoldsEverythingUp(t *testing.T) {
	t.Parallel()
	n := newNetwork(echo(t))
	_, c, _ := startLine(t, n)
	c.ask("one")
	if text, _ := c.hear(testenv.Timeout); text != "one\n" {
		t.Errorf("heard %q", text)
	}
	n.pause()
	c.ask("two")
	if text, ok := c.hear(100 * time.Millisecond); ok {
		t.Errorf("heard %q from a paused Redis", text)
	}
	n.resume()
	if text, _ := c.hear(testenv.Timeout); text != "two\n" {
		t.Errorf("heard %q", text)
	}
}

// TestLine_CutEndsItsConnections cuts one line while everything is paused; another goes on after that.
func TestLine_CutEndsItsConnections(t *testing.T) {
	t.Parallel()
	n := newNetwork(echo(t))
	l, c, ended := startLine(t, n)
	_, other, _ := startLine(t, n)
	n.pause()
	c.ask("one")
	other.ask("two")
	l.cut()
	if err := testenv.Next(t, ended); err != nil {
		t.Error(err)
	}
	if text, ok := c.hear(testenv.Timeout); ok {
		t.Errorf("heard %q over a line that is cut", text)
	}
	if conn, err := net.Dial("tcp", l.listener.Addr().String()); err == nil {
		conn.Close()
		t.Error("a line that is cut takes connections")
	}
	if conn, err := l.conns.dial(t.Context(), "tcp", n.target); err == nil {
		conn.Close()
		t.Error("a process that is dead dials")
	}
	n.resume()
	if text, _ := other.hear(testenv.Timeout); text != "two\n" {
		t.Errorf("the other hears %q", text)
	}
}
