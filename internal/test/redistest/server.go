package redistest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Server is a redis-server process that belongs to one test.
type Server struct {
	path string
	port int
	tls  int // the port for TLS, 0 for none
	bus  int // the port for other nodes of a cluster, 0 for none
	dir  string
	args []string // besides the address
	// ready is the text that the process logs once it is ready.
	ready string
	cmd   *exec.Cmd
}

// Start starts a redis-server for this test alone, which may stop and restart it. args are
// added to the usual arguments. It skips the test if redis-server is not installed.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s, err := start(testenv.Program(t, "redis-server"), args...)
	if err != nil {
		t.Fatalf("start a redis-server: %v", err)
	}
	t.Cleanup(func() { _ = s.stop() })
	return s
}

// URL returns the server's address, which a restart does not change.
func (s *Server) URL() string { return "redis://" + s.addr() }

func (s *Server) addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// Stop kills the server.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if err := s.kill(); err != nil {
		t.Fatalf("stop the redis-server: %v", err)
	}
}

// Suspend makes the server silent without closing its connections.
func (s *Server) Suspend(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume ends a Suspend.
func (s *Server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatalf("send the redis-server %v: %v", signal, err)
	}
}

// Restart starts a stopped server again at its old address, with the data on its disk. It
// writes data to disk only if its arguments configure that. args are added to the earlier
// ones.
func (s *Server) Restart(t testing.TB, args ...string) {
	t.Helper()
	s.args = append(s.args[:len(s.args):len(s.args)], args...)
	if err := s.run(); err != nil {
		t.Fatalf("restart the redis-server: %v", err)
	}
}

// start starts a redis-server that keeps nothing on disk, unless args say
// otherwise.
func start(path string, args ...string) (*Server, error) {
	return launch(path, "Ready to accept connections", append([]string{"--save", "", "--appendonly", "no"}, args...)...)
}

func startSentinel(path, conf string) (*Server, error) {
	return launch(path, "+monitor master", conf, "--sentinel")
}

// launch tries a few ports, because a program that knows nothing of testenv.FreePort may
// have taken one before redis-server binds it.
func launch(path, ready string, args ...string) (*Server, error) {
	dir, err := os.MkdirTemp("", "gopherbot-redis-")
	if err != nil {
		return nil, err
	}
	s := &Server{path: path, dir: dir, args: args, ready: ready}
	for range 5 {
		if s.port, err = testenv.FreePort(); err != nil {
			break
		}
		if err = s.run(); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(dir))
}

// run starts the process and returns when it accepts connections.
func (s *Server) run() error {
	s.cmd = exec.Command(s.path, append(slices.Clone(s.args),
		"--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--daemonize", "no")...)
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	var log bytes.Buffer
	lines := bufio.NewScanner(io.TeeReader(out, &log))
	for lines.Scan() {
		if strings.Contains(lines.Text(), s.ready) {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return nil
		}
	}
	_ = s.cmd.Wait()
	return fmt.Errorf("redis-server stopped before it was ready:\n%s", log.String())
}

func (s *Server) kill() error {
	if s.cmd.ProcessState != nil {
		return nil // it was stopped before
	}
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = s.cmd.Wait() // says that it was killed
	return nil
}

func (s *Server) stop() error { return errors.Join(s.kill(), os.RemoveAll(s.dir)) }
