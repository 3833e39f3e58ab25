package alertmanagertest

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/alert"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

const key = "0123456789abcdef0123456789abcdef"

// receiver is a webhook that Alertmanagers post to.
type receiver struct {
	URL string
	// refuse is how many more posts are answered by 503.
	refuse  atomic.Int64
	refused atomic.Int64
	posts   chan *alert.Webhook // those that were answered by 202
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{posts: make(chan *alert.Webhook, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // Alertmanager is gone
		}
		webhook, err := alert.Decode(alert.Alertmanager, body)
		if err != nil || req.Method != http.MethodPost || req.Header.Get("Authorization") != "Bearer "+key || req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v %s: %v", req.Method, req.Header, body, err)
		}
		if r.refuse.Add(-1) >= 0 {
			r.refused.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		r.posts <- webhook
	}))
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// none fails the test if there is a post within d.
func (r *receiver) none(t *testing.T, d time.Duration) {
	t.Helper()
	if !pause.For(t.Context(), d) {
		t.Fatal(t.Context().Err())
	}
	select {
	case w := <-r.posts:
		t.Errorf("another post: %+v", w)
	default:
	}
}

var disk = Alert{Labels: map[string]string{"alertname": "Disk", "severity": "critical", "instance": "db1"}, Annotations: map[string]string{"summary": "db1 is full"}}

func TestAlertmanager_FiringRepeatedResolved(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	a := Start(t, Config{URL: r.URL, Key: key, RepeatInterval: time.Second})
	fired := a.Fire(t, disk)

	first := testenv.Next(t, r.posts)
	if first.Version != "4" || first.Status != "firing" || first.Receiver != "gopher" || first.GroupKey != `{}:{alertname="Disk"}` || first.ExternalURL != ExternalURL ||
		first.GroupLabels["alertname"] != "Disk" || first.CommonAnnotations["summary"] != "db1 is full" || first.TruncatedAlerts != 0 ||
		!maps.Equal(first.CommonLabels, alert.KV(disk.Labels)) || len(first.Alerts) != 1 {
		t.Fatalf("%+v", first)
	}
	one := first.Alerts[0]
	if one.Status != "firing" || !maps.Equal(one.Labels, alert.KV(disk.Labels)) || one.Fingerprint == "" || one.StartsAt.Sub(fired[0].StartsAt).Abs() > time.Millisecond || !one.EndsAt.IsZero() {
		t.Errorf("%+v", one)
	}
	again := testenv.Next(t, r.posts)
	if again.Key("bot", "chat") != first.Key("bot", "chat") || again.Status != "firing" {
		t.Errorf("the repetition has another key: %+v, first %+v", again, first)
	}
	a.Resolve(t, fired...)
	last := testenv.Next(t, r.posts)
	for last.Status == "firing" { // it may have been repeated before
		last = testenv.Next(t, r.posts)
	}
	if last.Status != "resolved" || len(last.Alerts) != 1 || last.Alerts[0].EndsAt.IsZero() || last.Key("bot", "chat") == first.Key("bot", "chat") ||
		last.Group("bot", "chat").Key != first.Group("bot", "chat").Key || !last.Group("bot", "chat").Newest.After(first.Group("bot", "chat").Newest) {
		t.Errorf("%+v", last)
	}
	r.none(t, 2*time.Second) // what is resolved is not repeated
}

func TestAlertmanager_RetriesAfter503(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	r.refuse.Store(5)
	a := Start(t, Config{URL: r.URL, Key: key})
	fired := a.Fire(t, disk)
	if w := testenv.Next(t, r.posts); w.Status != "firing" || r.refused.Load() != 5 {
		t.Errorf("%d times 503, then %+v", r.refused.Load(), w)
	}
	r.refuse.Store(3)
	a.Resolve(t, fired...)
	if w := testenv.Next(t, r.posts); w.Status != "resolved" || r.refused.Load() != 8 {
		t.Errorf("%d times 503, then %+v", r.refused.Load(), w)
	}
}

func TestAlertmanager_MaxAlertsAndGroups(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	a := Start(t, Config{URL: r.URL, Key: key, MaxAlerts: 3, GroupBy: []string{"team"}, Receiver: "night", GroupWait: time.Second})
	var alerts []Alert
	for _, name := range strings.Fields("a b c d e f g h") {
		alerts = append(alerts, Alert{Labels: map[string]string{"alertname": name, "team": "db"}})
	}
	a.Fire(t, alerts...)
	if w := testenv.Next(t, r.posts); len(w.Alerts) != 3 || w.TruncatedAlerts != 5 || w.Receiver != "night" || w.GroupLabels["team"] != "db" {
		t.Errorf("%+v", w)
	}
}

// TestPair has the two of a cluster notify once of each state, and two that do not
// know each other twice, with the same key.
func TestPair(t *testing.T) {
	t.Parallel()
	both := func(t *testing.T, pair [2]*Alertmanager, do func(*Alertmanager)) {
		t.Helper()
		for _, a := range pair {
			do(a)
		}
	}
	for _, test := range []struct {
		name  string
		start func(testing.TB, Config) [2]*Alertmanager
		posts int
	}{
		{"a cluster", StartPair, 1},
		{"strangers", func(t testing.TB, c Config) [2]*Alertmanager { return [2]*Alertmanager{Start(t, c), Start(t, c)} }, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			pair := test.start(t, Config{URL: r.URL, Key: key, GroupInterval: 5 * PeerTimeout})
			alerts := []Alert{disk}
			for _, state := range []string{"firing", "resolved"} {
				both(t, pair, func(a *Alertmanager) {
					if state == "firing" {
						alerts = a.Fire(t, alerts...)
					} else {
						a.Resolve(t, alerts...)
					}
				})
				var keys []string
				for range test.posts {
					w := testenv.Next(t, r.posts)
					if w.Status != state {
						t.Fatalf("%s, want %s: %+v", w.Status, state, w)
					}
					keys = append(keys, w.Key("bot", "chat"))
				}
				if len(slices.Compact(keys)) != 1 {
					t.Errorf("%s: keys %v", state, keys)
				}
				r.none(t, 2*PeerTimeout) // the second of a cluster is silent
			}
		})
	}
}

func TestAlertmanager_Stop(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	a := Start(t, Config{URL: r.URL, Key: key})
	a.Stop(t)
	if err := a.cmd.Process.Signal(syscall.Signal(0)); err != os.ErrProcessDone {
		t.Errorf("the process is there after Stop: %v", err)
	}
	if res, err := http.Get(a.URL); err == nil {
		res.Body.Close()
		t.Errorf("it answers %s after Stop", res.Status)
	}
}
