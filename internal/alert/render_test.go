package alert_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler/markup"
	"github.com/gobridge/gopherbot/internal/alert"
)

func render(t testing.TB, w *alert.Webhook, o alert.Options) alert.Message {
	t.Helper()
	m, err := w.Render(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// plain returns a text of the built-in layout as people see it.
func plain(m alert.Message) string { return markup.Plain(markup.Parse(m.Text)) }

func TestRender_BuiltInLayout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source alert.Source
		o      alert.Options
		want   string
	}{
		{alert.Alertmanager, alert.Options{}, `*🔥 FIRING [Disk]*

🔴 Disk — db1 is full
  Severity: critical
  Instance: db1
  Started: 2026-01-02 03:04:05 UTC

🟢 Disk — db2 was full
  Severity: warning
  Instance: db2
  Started: 2026-01-02 03:00:00 UTC
  Ended: 2026-01-02 03:05:00 UTC`},
		{alert.Alertmanager, alert.Options{MaxAlerts: 1, TimeZone: time.FixedZone("CET", 3600)}, `*🔥 FIRING [Disk]*

🔴 Disk — db1 is full
  Severity: critical
  Instance: db1
  Started: 2026-01-02 04:04:05 CET

… and 1 more: http://am:9093`},
		{alert.Grafana, alert.Options{}, `*🔥 FIRING [FIRING:1] TestAlert Shop*

🔴 TestAlert — Notification test
  Folder: Shop
  Started: 2026-01-02 03:04:05 UTC
  Dashboard (https://grafana.example/d/1)
  Panel (https://grafana.example/d/1?viewPanel=2)
  Silence (https://grafana.example/alerting/silence/new?matcher=alertname%3DTestAlert)
  Image (https://grafana.example/img/1.png)

🟢 TestAlert
  Folder: Shop
  Started: 2026-01-02 03:04:05 UTC
  Ended: 2026-01-02 04:04:05 UTC`},
	} {
		m := render(t, webhook(t, test.source), test.o)
		if got := plain(m); got != test.want || m.Format != alert.Markup {
			t.Errorf("%s: format %q\n%s\nwant\n%s", test.source, m.Format, got, test.want)
		}
	}
}

func TestRender_LeavesOutEmptyLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, want string }{
		{`{"status":"resolved","alerts":[{"status":"resolved"}]}`, "*✅ RESOLVED*\n\n🟢"},
		{`{"status":"firing","commonLabels":{"alertname":"Up"},"alerts":[{"status":"firing","labels":{"severity":" "}}]}`, "*🔥 FIRING [Up]*\n\n🔴 Up"},
		{`{"status":"firing","alerts":[{"annotations":{"summary":"a\nb\tc"},"dashboardURL":"javascript:x"}]}`, "*🔥 FIRING*\n\n🔴 a b c\n  Dashboard: javascript:x"},
	} {
		if got := plain(render(t, decode(t, alert.Alertmanager, test.body), alert.Options{})); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.body, got, test.want)
		}
	}
}

// TestRender_LabelsAreShownLiterally has markup, mentions and links in every foreign
// text.
func TestRender_LabelsAreShownLiterally(t *testing.T) {
	t.Parallel()
	const bad = "@mention[all] <!channel> <@U1> *b* `c` _i_ #general :tada: <https://x.example|y> a|b & &amp;"
	body, err := json.Marshal(map[string]any{
		"status": "firing", "title": bad, "externalURL": "http://am|<!here>/", "truncatedAlerts": 1, "groupLabels": map[string]string{"alertname": bad},
		"alerts": []any{map[string]any{
			"labels":       map[string]string{"alertname": bad, "severity": bad, "instance": bad},
			"annotations":  map[string]string{"summary": bad},
			"dashboardURL": "https://x.example/a|b>*c*_d_", "panelURL": bad,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := render(t, decode(t, alert.Alertmanager, string(body)), alert.Options{})
	doc := markup.Parse(m.Text)
	var kinds func(nodes []markup.Node)
	kinds = func(nodes []markup.Node) {
		for _, n := range nodes {
			switch n.Kind {
			case markup.Text, markup.Bold:
			case markup.Link:
				if n.Target != "https://x.example/a|b>*c*_d_" && !strings.HasPrefix(n.Target, "http://am") {
					t.Errorf("a link to %q", n.Target)
				}
			default:
				t.Errorf("a label became %+v", n)
			}
			if n.Kind != markup.Link {
				kinds(n.Nodes)
			}
		}
	}
	for _, line := range doc {
		if line.Quote || line.Item {
			t.Errorf("a label became a quote or an item: %+v", line)
		}
		kinds(line.Nodes)
	}
	if got := strings.Count(plain(m), bad); got != 6 {
		t.Errorf("%d of 6 labels are shown as they are:\n%s", got, plain(m))
	}
}

// many returns a webhook of n alerts, i of which has the severity and status that of
// returns.
func many(n int, of func(i int) (severity, status string)) *alert.Webhook {
	w := &alert.Webhook{Source: alert.Alertmanager, Status: "firing", ExternalURL: "http://am:9093"}
	for i := range n {
		severity, status := of(i)
		w.Alerts = append(w.Alerts, alert.Alert{
			Status: status, Labels: alert.KV{"alertname": fmt.Sprintf("A%d", i), "severity": severity}, Annotations: alert.KV{"summary": "s"},
			StartsAt: time.Date(2026, 1, 2, 3, 0, n-i, 0, time.UTC),
		})
	}
	return w
}

func TestRender_ShowsTheMostImportant(t *testing.T) {
	t.Parallel()
	w := many(60, func(i int) (string, string) {
		return []string{"info", "warning", "critical"}[i%3], []string{"firing", "resolved"}[i/30]
	})
	w.TruncatedAlerts = 5
	first := slices.Clone(w.Alerts)
	got := plain(render(t, w, alert.Options{}))
	if strings.Count(got, "🔴") != 20 || strings.Count(got, "Started:") != 20 || !strings.HasSuffix(got, "\n\n… and 45 more: http://am:9093") {
		t.Errorf("%s", got)
	}
	var shown []string
	for line := range strings.Lines(got) {
		if name, ok := strings.CutPrefix(line, "🔴 "); ok {
			shown = append(shown, strings.Fields(name)[0])
		}
	}
	// A29 is the oldest of those that fire and are critical, A28 of the warnings.
	if want := strings.Fields("A29 A26 A23 A20 A17 A14 A11 A8 A5 A2 A28 A25 A22 A19 A16 A13 A10 A7 A4 A1"); !slices.Equal(shown, want) {
		t.Errorf("%v, want %v", shown, want)
	}
	if w.TruncatedAlerts != 5 || !slices.EqualFunc(w.Alerts, first, func(a, b alert.Alert) bool { return a.Labels["alertname"] == b.Labels["alertname"] }) {
		t.Error("Render changed the webhook")
	}
	if got := render(t, many(20, func(int) (string, string) { return "info", "firing" }), alert.Options{}).Text; strings.Contains(got, "more") || strings.Index(got, "A19") < strings.Index(got, "A0") {
		t.Errorf("20 alerts are not all shown in their order:\n%s", got)
	}
}

func TestRender_CutsBetweenAlerts(t *testing.T) {
	t.Parallel()
	w := many(60, func(int) (string, string) { return "critical", "firing" })
	for i := range w.Alerts {
		w.Alerts[i].Annotations["summary"] = strings.Repeat("<ä", 2000)
	}
	m := render(t, w, alert.Options{MaxAlerts: 50})
	shown := strings.Count(m.Text, "Started:")
	if len(m.Text) > alert.MaxText || shown < 5 || shown >= 50 || strings.Count(m.Text, "🔴") != shown || !strings.Contains(plain(m), fmt.Sprintf("\n… and %d more", 60-shown)) {
		t.Errorf("%d bytes, %d alerts", len(m.Text), shown)
	}
}

func TestRender_ShortensFields(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("x", 2000), strings.Repeat("🔥", 2000), strings.Repeat("é\xff", 2000), "x" + strings.Repeat(" ", 5000) + "y"} {
		w := many(1, func(int) (string, string) { return "info", "firing" })
		w.Alerts[0].Annotations["summary"] = text
		line := strings.Split(plain(render(t, w, alert.Options{})), "\n")[2]
		if n := len([]rune(line)); !strings.HasSuffix(line, "…") || n > 1020 || !utf8.ValidString(line) {
			t.Errorf("%.10q is shown as %d characters: %.40q", text, n, line)
		}
	}
}

func TestRender_Images(t *testing.T) {
	t.Parallel()
	w := webhook(t, alert.Grafana)
	w.Alerts = append(w.Alerts, w.Alerts[0], w.Alerts[0])
	w.Alerts[3].ImageURL = "http://plain.example/2.png"
	m := render(t, w, alert.Options{Images: true})
	if want := []alert.Image{{URL: "https://grafana.example/img/1.png", Name: "TestAlert"}}; !slices.Equal(m.Images, want) {
		t.Errorf("%+v, want %+v", m.Images, want)
	}
	if strings.Contains(plain(m), "img/1.png") || !strings.Contains(plain(m), "Image (http://plain.example/2.png)") {
		t.Errorf("want a link to the one image that cannot be posted:\n%s", plain(m))
	}
	if len(m.Warnings) != 1 || m.Warnings[0].Code != alert.WarnImage || strings.Contains(m.Text+m.Warnings[0].Text, "data:") {
		t.Errorf("%+v, want a warning about the embedded image", m.Warnings)
	}
	if m := render(t, w, alert.Options{}); m.Images != nil || !strings.Contains(plain(m), "Image (https://grafana.example/img/1.png)") {
		t.Errorf("%+v, want a link", m)
	}
}

func BenchmarkRender(b *testing.B) {
	w := many(20, func(int) (string, string) { return "critical", "firing" })
	original, err := alert.ParseTemplate(alert.Alertmanager, "original", originalAlertmanager)
	if err != nil {
		b.Fatal(err)
	}
	for name, o := range map[string]alert.Options{"layout": {}, "template": {Template: original}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.Render(o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	body, err := json.Marshal(many(20, func(int) (string, string) { return "critical", "firing" }))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := alert.Decode(alert.Alertmanager, body); err != nil {
			b.Fatal(err)
		}
	}
}
