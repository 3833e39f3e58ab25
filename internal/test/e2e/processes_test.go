package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// lease is how long the work of a consumer that died may wait.
const lease = 10 * time.Second

// binDir is where binaries put them; TestMain removes it.
var binDir string

// binaries builds the commands as the Dockerfile does, once for all tests, and returns
// their folder.
var binaries = sync.OnceValues(func() (string, error) {
	var err error
	if binDir, err = os.MkdirTemp("", "gopherbot-bin-"); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binDir, "github.com/gobridge/gopherbot/cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the commands: %w\n%s", err, out)
	}
	return binDir, nil
})

// child is one of the commands, running as a process of its own.
type child struct {
	*exec.Cmd
	log    *testenv.Log
	exited chan struct{}
}

func (b *bot) spawn(p config.Process, extra ...string) *child {
	b.Helper()
	dir, err := binaries()
	if err != nil {
		b.Fatal(err)
	}
	return b.run(exec.Command(filepath.Join(dir, string(p))), extra...)
}

// run starts a command with the environment of the processes, and what extra adds.
// Its log is kept, unless it has a place for it.
func (b *bot) run(cmd *exec.Cmd, extra ...string) *child {
	b.Helper()
	c := &child{Cmd: cmd, log: &testenv.Log{}, exited: make(chan struct{})}
	c.Env = append(b.environment(), extra...)
	if c.Stderr == nil {
		c.Stdout, c.Stderr = c.log, c.log
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	go func() {
		_ = c.Wait() // the tests look at ProcessState
		close(c.exited)
	}()
	b.Cleanup(func() {
		_ = c.Process.Kill()
		testenv.Next(b, c.exited)
		if b.Failed() {
			b.Logf("%s logged:\n%s", c.Path, c.log)
		}
	})
	return c
}

// spawnAll runs the three processes as such, and waits until they are at work.
func (b *bot) spawnAll() []*child {
	b.Helper()
	// The workspace sends its events to the test's own address: hand that over.
	children := []*child{b.spawn(config.Gateway, "PORT="+b.port()), b.spawn(config.Consumer), b.spawn(config.BGTasks)}
	children[0].logs(b, "gateway serves")
	children[1].logs(b, "consumer takes events")
	b.waitForDirectory()
	return children
}

// logs waits until the process has logged something.
func (c *child) logs(t testing.TB, what string) {
	t.Helper()
	testenv.Eventually(t, "the process logs "+what, func() bool { return strings.Contains(c.log.String(), what) })
}

// terminate sends SIGTERM and returns the exit code.
func (c *child) terminate(t testing.TB) int {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	testenv.Next(t, c.exited)
	return c.ProcessState.ExitCode()
}

func TestProcesses_RunTogether(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	children := b.spawnAll()
	b.say(ada, general, mention+"flip a coin")
	b.calls("chat.postMessage", 1)
	b.settled()

	for _, c := range children {
		if code := c.terminate(t); code != 0 {
			t.Errorf("%s: exit code %d after SIGTERM", c.Path, code)
		}
		for _, secret := range []string{signingSecret, botToken} {
			if strings.Contains(c.log.String(), secret) {
				t.Errorf("%s logged %q", c.Path, secret)
			}
		}
	}
}

// TestProcesses_GatewayFinishesRequests sends a request in two parts, and
// SIGTERM in between.
func TestProcesses_GatewayFinishesRequests(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	address := b.listener.Addr().String()
	gateway := b.spawnGateway()

	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		t.Fatal(err)
	}
	// "Expect" makes the server say when it begins to read the body.
	request := fmt.Sprintf("POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"+
		"X-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=%064d\r\n\r\n", time.Now().Unix(), 0)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	begun := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(conn, begun); err != nil {
		t.Fatal(err)
	}
	if err := gateway.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the gateway accepts no more", func() bool {
		another, err := net.Dial("tcp", address)
		if err == nil {
			another.Close()
		}
		return err != nil
	})
	if _, err := io.WriteString(conn, "{}"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
		t.Errorf("answered %q (%v)", answer, err)
	}
	testenv.Next(t, gateway.exited)
	if code := gateway.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestProcesses_KilledConsumer kills a consumer that has taken an event and
// is in the middle of answering it.
func TestProcesses_KilledConsumer(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	victim := b.spawn(config.Consumer)
	victim.logs(t, "consumer takes events")

	b.slack.Fail("chat.postMessage", slacksim.Fault{Hang: true})
	b.say(ada, adasDM, "flip a coin")
	testenv.Eventually(t, "the victim is answering", func() bool { return len(b.slack.Calls("chat.postMessage")) == 1 })
	successor := b.spawn(config.Consumer)
	successor.logs(t, "consumer takes events")

	killed := time.Now()
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	answer := b.calls("chat.postMessage", 1)[0]
	took := answer.At.Sub(killed)
	t.Logf("answered %v after the kill", took.Round(time.Millisecond))
	if took > lease {
		t.Errorf("the promise is one lease, %v", lease)
	}
	b.settled()
	if calls := b.slack.Calls("chat.postMessage"); len(calls) != 2 {
		t.Errorf("%d calls, want the one that was cut off and the answer", len(calls))
	}
}

// TestTool_NeedsNothing starts gopherbot in an empty environment and stops it
// as Ctrl-C does.
func TestTool_NeedsNothing(t *testing.T) {
	t.Parallel()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "gopherbot"), "--listen", "127.0.0.1:0")
	cmd.Env, cmd.Dir = []string{}, t.TempDir()
	out := &testenv.Log{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	testenv.Eventually(t, "it prints the page's address", func() bool { return strings.Contains(out.String(), "Chat with the bot at http://127.0.0.1:") })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := testenv.Ended(cmd); err != nil || !strings.HasSuffix(out.String(), "Stopped.\n") {
		t.Errorf("%v; it printed:\n%s", err, out)
	}
}

func TestProcesses_MissingConfiguration(t *testing.T) {
	t.Parallel()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) (output string, code int) {
		cmd := exec.Command(filepath.Join(dir, name), args...)
		cmd.Env = []string{}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run() // the exit code tells
		return out.String(), cmd.ProcessState.ExitCode()
	}
	for _, name := range []string{"gateway", "consumer", "bgtasks"} {
		if out, code := run(name); code != 2 || !strings.Contains(out, "REDIS_URL is not set: want ") {
			t.Errorf("%s: exit code %d, %s", name, code, out)
		}
		if out, code := run(name, "--help"); code != 0 || !strings.Contains(out, "GOPHER_SLACK_API_URL") {
			t.Errorf("%s --help: exit code %d, %s", name, code, out)
		}
		if out, code := run(name, "now"); code != 2 || !strings.Contains(out, "takes no arguments") {
			t.Errorf("%s now: exit code %d, %s", name, code, out)
		}
	}
}
