// Package alertmanagertest runs Prometheus's Alertmanager for tests: one, or two that
// are one cluster. They listen on loopback and post to a webhook of the test.
package alertmanagertest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// PeerTimeout is how long the second Alertmanager of a pair waits for the first to
// notify, before it does so itself.
const PeerTimeout = time.Second

// ExternalURL is the address that notifications have as the Alertmanager's.
const ExternalURL = "http://alertmanager.test"

// Config says where an Alertmanager posts, and when.
type Config struct {
	// URL is the webhook's address.
	URL string
	// Key is sent as a bearer token, unless it is "".
	Key string
	// Receiver is the receiver's name, "gopher" if it is "".
	Receiver string
	// GroupBy are the labels by which alerts are grouped; alertname if there are none.
	GroupBy []string
	// GroupWait is the time before a group's first notification, 100 ms if it is 0;
	// GroupInterval that between two of a group, 1 s if it is 0; and RepeatInterval
	// that before one is repeated, 1 h if it is 0.
	GroupWait, GroupInterval, RepeatInterval time.Duration
	// MaxAlerts is how many alerts a notification holds; 0 is all.
	MaxAlerts int
}

// Alertmanager is a process that belongs to one test.
type Alertmanager struct {
	// URL is the address of its API and pages.
	URL string

	cmd    *exec.Cmd
	log    testenv.Log
	exited chan struct{}
}

// Start starts an Alertmanager that knows no other, and returns when it is ready. It is
// stopped when the test ends. The test is skipped if Alertmanager is not installed.
func Start(t testing.TB, c Config) *Alertmanager {
	t.Helper()
	return start(t, c, "--cluster.listen-address=")
}

// StartPair starts a cluster of two, and returns when they know each other. A test
// sends its alerts to both, as Prometheus does.
//
// A cluster may notify of an old state once more (0.25): if an alert is resolved while
// the second Alertmanager waits, and the first has notified of that, then the second
// still notifies that it fires, and next that it is resolved: see receipt.Store.First. It waits for PeerTimeout
// after each GroupInterval. So a test that wants each state once chooses a GroupInterval
// of several times PeerTimeout, and resolves alerts in between.
func StartPair(t testing.TB, c Config) [2]*Alertmanager {
	t.Helper()
	clustered := []string{
		"--cluster.listen-address=127.0.0.1:0", "--cluster.peer-timeout=" + PeerTimeout.String(),
		// Gossip settles after some rounds of ten of these intervals; notifications wait for it.
		"--cluster.gossip-interval=20ms",
	}
	first := start(t, c, clustered...)
	var address string
	testenv.Eventually(t, "the first Alertmanager has an address for others", func() bool {
		if s := first.status(t); len(s.Cluster.Peers) > 0 {
			address = s.Cluster.Peers[0].Address
		}
		return address != ""
	})
	pair := [2]*Alertmanager{first, start(t, c, append(clustered, "--cluster.peer="+address)...)}
	for _, a := range pair {
		testenv.Eventually(t, "the two Alertmanagers know each other", func() bool {
			s := a.status(t)
			return s.Cluster.Status == "ready" && len(s.Cluster.Peers) == 2
		})
	}
	return pair
}

// listening is in the log once the API can be reached.
var listening = regexp.MustCompile(`msg="Listening on" address=(127\.0\.0\.1:\d+)`)

func start(t testing.TB, c Config, args ...string) *Alertmanager {
	t.Helper()
	program := testenv.Program(t, "prometheus-alertmanager", "alertmanager")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "alertmanager.yml"), c.file(t), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &Alertmanager{exited: make(chan struct{})}
	// The test's context ends before its cleanups run.
	a.cmd = exec.CommandContext(t.Context(), program, append([]string{
		"--config.file=alertmanager.yml", "--storage.path=data", "--web.listen-address=127.0.0.1:0", "--web.external-url=" + ExternalURL,
	}, args...)...)
	a.cmd.Dir, a.cmd.Stdout, a.cmd.Stderr = dir, &a.log, &a.log
	a.cmd.Cancel = func() error { return a.cmd.Process.Signal(syscall.SIGTERM) }
	a.cmd.WaitDelay = 5 * time.Second // then it is killed
	if err := a.cmd.Start(); err != nil {
		t.Fatalf("start Alertmanager: %v", err)
	}
	go func() {
		defer close(a.exited)
		_ = a.cmd.Wait() // says that it was stopped; its log says the rest
	}()
	t.Cleanup(func() {
		testenv.Next(t, a.exited)
		if t.Failed() {
			t.Logf("Alertmanager logged:\n%s", &a.log)
		}
	})
	testenv.Eventually(t, "Alertmanager listens", func() bool {
		select {
		case <-a.exited:
			t.Fatal("Alertmanager stopped at its start")
		default:
		}
		if found := listening.FindStringSubmatch(a.log.String()); found != nil {
			a.URL = "http://" + found[1]
		}
		return a.URL != ""
	})
	return a
}

// Stop ends the process and returns when it has ended.
func (a *Alertmanager) Stop(t testing.TB) {
	t.Helper()
	if err := a.cmd.Cancel(); err != nil {
		t.Fatalf("stop Alertmanager: %v", err)
	}
	testenv.Next(t, a.exited)
}

// file returns the configuration. JSON is YAML.
func (c Config) file(t testing.TB) []byte {
	t.Helper()
	or := func(d, otherwise time.Duration) string {
		if d == 0 {
			d = otherwise
		}
		return d.String()
	}
	if c.Receiver == "" {
		c.Receiver = "gopher"
	}
	if len(c.GroupBy) == 0 {
		c.GroupBy = []string{"alertname"}
	}
	type object map[string]any
	webhook := object{"url": c.URL, "send_resolved": true, "max_alerts": c.MaxAlerts}
	if c.Key != "" {
		webhook["http_config"] = object{"authorization": object{"credentials": c.Key}}
	}
	file, err := json.Marshal(object{
		"route": object{
			"receiver": c.Receiver, "group_by": c.GroupBy, "group_wait": or(c.GroupWait, 100*time.Millisecond),
			"group_interval": or(c.GroupInterval, time.Second), "repeat_interval": or(c.RepeatInterval, time.Hour),
		},
		"receivers": []object{{"name": c.Receiver, "webhook_configs": []object{webhook}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}
