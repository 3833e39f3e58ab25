package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/pause"
	slacksim "github.com/gobridge/gopherbot/internal/slack/sim"
	"github.com/gobridge/gopherbot/internal/test/alertmanagertest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// full is an alert of Prometheus.
func full() alertmanagertest.Alert {
	return alertmanagertest.Alert{
		Labels:      map[string]string{"alertname": "Disk", "severity": "critical", "instance": "db1"},
		Annotations: map[string]string{"summary": "db1 is full"},
	}
}

func (b *bot) alertmanager(c alertmanagertest.Config) alertmanagertest.Config {
	c.URL, c.Key = b.gateway+"/api/v1/alertmanager", notifyKey
	return c
}

// alertStates returns "firing" or "resolved" for each post about an alert.
func (b *bot) alertStates() (list []string) {
	for _, m := range b.posts(general) {
		list = append(list, alertState(m))
	}
	return list
}

func alertState(m slacksim.Message) string {
	switch text := shown(m); {
	case strings.Contains(text, "FIRING") && strings.Contains(text, "db1 is full"):
		return "firing"
	case strings.Contains(text, "RESOLVED") && strings.Contains(text, "db1 is full"):
		return "resolved"
	default:
		return text
	}
}

// waitFor waits until the latest post about an alert has a state, and returns how many there are.
func (b *bot) waitFor(state string, atLeast int) int {
	b.Helper()
	var states []string
	testenv.Eventually(b, "the chat shows "+state, func() bool {
		states = b.alertStates()
		return len(states) >= atLeast && states[len(states)-1] == state
	})
	return len(states)
}

// nothingIn fails the test if the bot posts anything in a while.
func (b *bot) nothingIn(d time.Duration) {
	b.Helper()
	before := len(b.posts(general))
	if !pause.For(b.Context(), d) {
		b.Fatal(b.Context().Err())
	}
	if states := b.alertStates(); len(states) != before {
		b.Errorf("posted %q, want no more than %d", states, before)
	}
}

// TestNotify_Alertmanager has an alert of a real Alertmanager fire, be repeated, and end while the
// gateway is down for longer than several group intervals.
func TestNotify_Alertmanager(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	b.notifies("alertmanager: {dedupe_window: 500ms, follow_up: thread}")
	gateway := b.spawnGateway()
	b.start(config.Consumer)
	a := alertmanagertest.Start(t, b.alertmanager(alertmanagertest.Config{RepeatInterval: 2 * time.Second}))

	fired := a.Fire(t, full())
	b.waitFor("firing", 2) // the second is the repetition
	if code := gateway.terminate(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	b.settled()
	posted := len(b.posts(general))
	a.Resolve(t, fired...)
	b.nothingIn(3500 * time.Millisecond)
	b.spawnGateway()
	if n := b.waitFor("resolved", posted+1); n != posted+1 {
		t.Errorf("%q, want %d that fire and one that is resolved", b.alertStates(), posted)
	}
	b.nothingIn(2500 * time.Millisecond)

	posts := b.posts(general)
	for i, m := range posts {
		if want := posts[0].TS; i > 0 && m.ThreadTS != want || i == 0 && m.ThreadTS != "" {
			t.Errorf("post %d is in the thread %q, want %q", i, m.ThreadTS, want)
		}
	}
	if first, last := posts[0], posts[len(posts)-1]; first.Attachments[0].Color != "danger" || last.Attachments[0].Color != "good" {
		t.Errorf("%+v, %+v", first.Attachments, last.Attachments)
	}
}

// TestNotify_PairOfAlertmanagers has two Alertmanagers report the same alert. Each state is posted
// once, whether they know each other or not.
func TestNotify_PairOfAlertmanagers(t *testing.T) {
	t.Parallel()
	strangers := func(t testing.TB, c alertmanagertest.Config) [2]*alertmanagertest.Alertmanager {
		return [2]*alertmanagertest.Alertmanager{alertmanagertest.Start(t, c), alertmanagertest.Start(t, c)}
	}
	for name, start := range map[string]func(testing.TB, alertmanagertest.Config) [2]*alertmanagertest.Alertmanager{
		"a cluster": alertmanagertest.StartPair, "strangers": strangers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBot(t)
			b.notifies("alertmanager: {}")
			b.start(config.Gateway)
			b.start(config.Consumer)
			pair := start(t, b.alertmanager(alertmanagertest.Config{GroupInterval: 4 * alertmanagertest.PeerTimeout}))
			alerts := []alertmanagertest.Alert{full()}
			for _, a := range pair {
				alerts = a.Fire(t, alerts...)
			}
			b.waitFor("firing", 1)
			b.nothingIn(2 * alertmanagertest.PeerTimeout)
			for _, a := range pair {
				a.Resolve(t, alerts...)
			}
			b.waitFor("resolved", 2)
			b.nothingIn(2 * alertmanagertest.PeerTimeout)
		})
	}
}

// TestNotify_PairGoesBack has the second of two Alertmanagers learn late that an alert is over, when
// the first has reported it. It reports the alert again, and then the end once more. The chat does
// not go on to show that the alert fires.
func TestNotify_PairGoesBack(t *testing.T) {
	t.Parallel()
	// The second end comes within the window of the first, and the alert is older.
	const window = 8 * time.Second
	b := newBot(t)
	b.notifies(fmt.Sprintf("alertmanager: {dedupe_window: %v}", window))
	b.start(config.Gateway)
	b.start(config.Consumer)
	pair := alertmanagertest.StartPair(t, b.alertmanager(alertmanagertest.Config{}))
	alerts := []alertmanagertest.Alert{full()}
	for _, a := range pair {
		alerts = a.Fire(t, alerts...)
	}
	b.waitFor("firing", 1)
	b.nothingIn(window)
	for i, want := range []string{"resolved", "firing", "resolved"} {
		if i != 1 {
			pair[i/2].Resolve(t, alerts...)
		}
		if n := b.waitFor(want, 2+i); n != 2+i {
			t.Errorf("posted %q", b.alertStates())
		}
	}
	b.nothingIn(2 * alertmanagertest.PeerTimeout)
}
