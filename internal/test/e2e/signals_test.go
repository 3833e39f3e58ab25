package e2e

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// holdPosts has the processes that start from now on reach Slack's Web API
// through a proxy that passes on calls of chat.postMessage and keeps their answers
// until release is called.
func (b *bot) holdPosts() (release func()) {
	b.Helper()
	upstream, err := url.Parse(b.apiURL)
	if err != nil {
		b.Fatal(err)
	}
	held := make(chan struct{})
	transport := &http.Transport{}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
		Transport: transport,
		ModifyResponse: func(r *http.Response) error {
			if !strings.HasSuffix(r.Request.URL.Path, "chat.postMessage") {
				return nil
			}
			select {
			case <-held:
			case <-r.Request.Context().Done():
			}
			return nil
		},
	})
	b.Cleanup(func() {
		proxy.Close()
		transport.CloseIdleConnections()
	})
	b.environ["GOPHER_SLACK_API_URL"] = proxy.URL + "/"
	return func() { close(held) }
}

// TestSignals_CleanStop sends signals to a consumer whose posts Slack has and has
// not answered yet: it finishes them, and nothing is said twice.
func TestSignals_CleanStop(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		signals []syscall.Signal
	}{
		{"SIGHUP", []syscall.Signal{syscall.SIGHUP}},
		{"SIGHUP from the terminal and from its shell", []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP}},
		{"SIGTERM and SIGHUP, as systemd can", []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP}},
		{"Ctrl-C and SIGTERM, as runners of Procfiles do", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const questions = 5
			b := newBot(t)
			b.start(config.Gateway)
			release := b.holdPosts()
			consumer := b.spawn(config.Consumer)
			consumer.logs(t, "consumer takes events")
			for range questions {
				b.say(ada, adasDM, "flip a coin")
			}
			b.calls("chat.postMessage", questions)
			for _, s := range test.signals {
				if err := consumer.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				consumer.logs(t, `"message":"stopping"`)
			}
			release()
			testenv.Next(t, consumer.exited)
			if code := consumer.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit code %d, want 0 (%v)", code, consumer.ProcessState)
			}
			if n := b.entries(); n > 0 {
				t.Errorf("%d events were left undone", n)
			}
			b.spawn(config.Consumer).logs(t, "consumer takes events")
			b.settled()
			if said := len(b.slack.Calls("chat.postMessage")); said != questions {
				t.Errorf("%d answers to %d questions", said, questions)
			}
		})
	}
}

// TestSignals_HangUpStopsAllProcesses with exit code 0, the tool among them.
func TestSignals_HangUpStopsAllProcesses(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, c := range b.spawnAll() {
		if err := c.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		testenv.Next(t, c.exited)
		if code := c.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%s: exit code %d, want 0", c.Path, code)
		}
	}
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "gopherbot"), "--listen", "127.0.0.1:0")
	out := &testenv.Log{}
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = []string{}, t.TempDir(), out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	testenv.Eventually(t, "the tool runs", func() bool { return strings.Contains(out.String(), "Chat with the bot at") })
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if err := testenv.Ended(cmd); err != nil || !strings.HasSuffix(out.String(), "Stopped.\n") {
		t.Errorf("%v; it printed:\n%s", err, out)
	}
}

// TestSignals_NoHup starts a consumer under nohup, which a SIGHUP does not stop.
func TestSignals_NoHup(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	consumer := b.run(exec.Command("nohup", filepath.Join(dir, "consumer")))
	consumer.logs(t, "consumer takes events")
	if err := consumer.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)
	if code := consumer.terminate(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	if strings.Contains(consumer.log.String(), "hangup") {
		t.Error("SIGHUP stopped it")
	}
}

// TestSignals_SecondSignal ends a consumer that takes its time to stop at once, if
// it comes later than what may belong to the first.
func TestSignals_SecondSignal(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	b.holdPosts() // for good
	consumer := b.spawn(config.Consumer)
	consumer.logs(t, "consumer takes events")
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)
	testenv.Eventually(t, "a second signal has ended it", func() bool {
		_ = consumer.Process.Signal(syscall.SIGTERM) // it may have gone
		select {
		case <-consumer.exited:
			return true
		default:
			return false
		}
	})
	if status := consumer.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("ended by %v, want SIGTERM", consumer.ProcessState)
	}
}

// TestSignals_NobodyReadsTheLog has the reader of a consumer's log die, and the
// terminal hang up then: it finishes its work.
func TestSignals_NobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.start(config.Gateway)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "consumer"))
	cmd.Stdout, cmd.Stderr = write, write
	consumer := b.run(cmd)
	write.Close()
	if _, err := bufio.NewReader(read).ReadString('\n'); err != nil { // it logs
		t.Fatal(err)
	}
	read.Close()
	b.say(ada, adasDM, "flip a coin")
	b.calls("chat.postMessage", 1)
	b.settled()
	if err := consumer.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	testenv.Next(t, consumer.exited)
	if code := consumer.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d, want 0 (%v)", code, consumer.ProcessState)
	}
}
