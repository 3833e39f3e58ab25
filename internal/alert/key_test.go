package alert_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/alert"
)

func TestKey(t *testing.T) {
	t.Parallel()
	const body = `{"receiver":"r","groupKey":"g","status":"firing","truncatedAlerts":1,"orgId":1,"alerts":[` +
		`{"fingerprint":"f1","status":"firing","startsAt":"2026-01-02T03:04:05Z","labels":{"a":"1"}},` +
		`{"fingerprint":"f2","status":"firing","startsAt":"2026-01-02T03:04:06Z","labels":{"a":"2"}}]}`
	key := decode(t, alert.Alertmanager, body).Key("bot", "C1")
	for _, test := range []struct {
		name     string
		old, new string
		same     bool
	}{
		{"the same again", "", "", true},
		{"another end, as an HA peer has", `"fingerprint":"f1"`, `"fingerprint":"f1","endsAt":"2026-01-02T05:00:00Z"`, true},
		{"the same time in another zone", "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", true},
		{"status in capitals", `"status":"firing","truncated`, `"status":"FIRING","truncated`, true},
		{"other labels with the same fingerprint", `{"a":"1"}`, `{"a":"3"}`, true},
		{"an organization, which Alertmanager does not have", `"orgId":1`, `"orgId":2`, true},
		{"resolved", `"status":"firing","truncated`, `"status":"resolved","truncated`, false},
		{"one alert is resolved", `"f2","status":"firing"`, `"f2","status":"resolved"`, false},
		{"a flap: a new start", "03:04:05Z", "03:09:05Z", false},
		{"a start that differs by a millisecond", "03:04:05Z", "03:04:05.001Z", false},
		{"another alert", `"f1"`, `"f3"`, false},
		{"more alerts beyond max_alerts", `"truncatedAlerts":1`, `"truncatedAlerts":2`, false},
		{"another receiver", `"receiver":"r"`, `"receiver":"s"`, false},
		{"another group", `"groupKey":"g"`, `"groupKey":"h"`, false},
		{"the border between fields moves", `"receiver":"r","groupKey":"g"`, `"receiver":"rg","groupKey":""`, false},
	} {
		changed := body
		if test.old != "" {
			if changed = strings.Replace(body, test.old, test.new, 1); changed == body {
				t.Fatalf("%s changes nothing", test.name)
			}
		}
		if same := decode(t, alert.Alertmanager, changed).Key("bot", "C1") == key; same != test.same {
			t.Errorf("%s: the same key: %v, want %v", test.name, same, test.same)
		}
	}

	w := decode(t, alert.Alertmanager, body)
	if w.Key("bot", "C2") == key || w.Key("other", "C1") == key {
		t.Error("another chat or bot has the same key")
	}
	slices.Reverse(w.Alerts)
	if w.Key("bot", "C1") != key {
		t.Error("another order of the alerts has another key")
	}
	g := decode(t, alert.Grafana, body)
	if g.Key("bot", "C1") == key || g.Key("bot", "C1") == decode(t, alert.Grafana, strings.Replace(body, `"orgId":1`, `"orgId":2`, 1)).Key("bot", "C1") {
		t.Error("Grafana's organization is not in the key")
	}
}

func TestKey_WithoutFingerprints(t *testing.T) {
	t.Parallel()
	key := func(labels string) string {
		return decode(t, alert.Alertmanager, `{"alerts":[{"labels":`+labels+`}]}`).Key("b", "c")
	}
	if key(`{"a":"1","b":"2"}`) != key(`{"b":"2","a":"1"}`) || key(`{"a":"1"}`) == key(`{"a":"2"}`) || key(`{"a":"1b"}`) == key(`{"a1":"b"}`) {
		t.Error("the labels do not take the fingerprint's place")
	}
}

// TestKey_KnownLimit shows that groups of which Alertmanager sends only max_alerts look
// alike when a hidden alert takes the place of another.
func TestKey_KnownLimit(t *testing.T) {
	t.Parallel()
	const sent = `{"groupKey":"g","status":"firing","truncatedAlerts":5,"alerts":[{"fingerprint":"1"},{"fingerprint":"2"},{"fingerprint":"3"}]}`
	before := decode(t, alert.Alertmanager, sent) // 4 to 8 are hidden
	after := decode(t, alert.Alertmanager, sent)  // 8 has ended, and 9 has begun
	if before.Key("b", "c") != after.Key("b", "c") {
		t.Error("equal webhooks have different keys")
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	firing := webhook(t, alert.Alertmanager)
	g := firing.Group("bot", "C1")
	if want := time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC); g.Status != "firing" || !g.Newest.Equal(want) {
		t.Errorf("%+v, want firing and %v, when the second alert ended", g, want)
	}
	resolved := webhook(t, alert.Alertmanager)
	resolved.Status, resolved.Alerts, resolved.TruncatedAlerts = "resolved", resolved.Alerts[:1], 3
	resolved.Alerts[0].Status, resolved.Alerts[0].EndsAt = "resolved", g.Newest.Add(time.Hour)
	if r := resolved.Group("bot", "C1"); r.Key != g.Key || r.Status != "resolved" || !r.Newest.Equal(g.Newest.Add(time.Hour)) {
		t.Errorf("%+v, want the same group, resolved an hour later", r)
	}
	if firing.Group("bot", "C2").Key == g.Key || len(g.Key) != 64 || g.Key == firing.Key("bot", "C1") {
		t.Errorf("key %q", g.Key)
	}
	firing.Receiver = "other"
	if firing.Group("bot", "C1").Key == g.Key {
		t.Error("another receiver has the same group")
	}
	firing = webhook(t, alert.Alertmanager)
	firing.Alerts[0].EndsAt = g.Newest.Add(time.Hour) // until when it fires if nobody says more
	if !firing.Group("bot", "C1").Newest.Equal(g.Newest) {
		t.Error("the end of a firing alert counts")
	}
}
