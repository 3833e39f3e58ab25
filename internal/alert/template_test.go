package alert_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/alert"
	"github.com/gobridge/gopherbot/internal/alert/template"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// originalAlertmanager and originalGrafana are express-botx's default templates.
const (
	originalAlertmanager = `{{ if eq .Status "firing" }}🔥 FIRING{{ else }}✅ RESOLVED{{ end }} [{{ index .GroupLabels "alertname" }}]
{{ range .Alerts }}
{{ if eq .Status "firing" }}🔴{{ else }}🟢{{ end }} {{ index .Labels "alertname" }} — {{ index .Annotations "summary" }}
  Severity: {{ index .Labels "severity" }}
  Instance: {{ index .Labels "instance" }}
  Started:  {{ .StartsAt.Format "2006-01-02 15:04:05" }}{{ if ne .Status "firing" }}
  Ended:    {{ .EndsAt.Format "2006-01-02 15:04:05" }}{{ end }}
{{ end }}`

	originalGrafana = `{{ if eq .Status "firing" }}🔥 FIRING{{ else }}✅ RESOLVED{{ end }} {{ .Title }}
{{ range .Alerts }}
{{ if eq .Status "firing" }}🔴{{ else }}🟢{{ end }} {{ index .Labels "alertname" }} — {{ index .Annotations "summary" }}
  Folder:   {{ index .Labels "grafana_folder" }}
  Started:  {{ .StartsAt.Format "2006-01-02 15:04:05" }}{{ if ne .Status "firing" }}
  Ended:    {{ .EndsAt.Format "2006-01-02 15:04:05" }}{{ end }}{{ if .DashboardURL }}
  Dashboard: {{ .DashboardURL }}{{ end }}{{ if .PanelURL }}
  Panel:     {{ .PanelURL }}{{ end }}{{ if .SilenceURL }}
  Silence:   {{ .SilenceURL }}{{ end }}
{{ end }}`
)

// everything uses each name of a webhook and of an alert.
const everything = `{{.Version}} {{.GroupKey}} {{.Status}} {{.Receiver}} {{.GroupLabels}} {{.CommonLabels}} {{.CommonAnnotations}} {{.ExternalURL}} {{len .Alerts}}
{{.TruncatedAlerts}} {{.OrgID}} {{.Title}} {{.State}} {{.Message}}
{{range .Alerts}}{{.Status}} {{.Labels}} {{.Annotations}} {{.StartsAt}} {{.EndsAt}} {{.GeneratorURL}} {{.Fingerprint}}
{{.SilenceURL}} {{.DashboardURL}} {{.PanelURL}} {{.ImageURL}} {{range $k, $v := .Values}}{{$k}}={{$v}} {{end}}{{.ValueString}}{{end}}`

func parse(t testing.TB, source alert.Source, text string) *alert.Template {
	t.Helper()
	tmpl, err := alert.ParseTemplate(source, "test.tmpl", text)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func TestTemplate_Originals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source         alert.Source
		template, want string
	}{
		{alert.Alertmanager, originalAlertmanager, `🔥 FIRING [Disk]

🔴 Disk — db1 is full
  Severity: critical
  Instance: db1
  Started:  2026-01-02 03:04:05

🟢 Disk — 
  Severity: warning
  Instance: db2
  Started:  2026-01-02 03:00:00
  Ended:    2026-01-02 03:05:00`},
		{alert.Grafana, originalGrafana, `🔥 FIRING [FIRING:1] TestAlert Shop

🔴 TestAlert — Notification test
  Folder:   Shop
  Started:  2026-01-02 03:04:05
  Dashboard: https://grafana.example/d/1
  Panel:     https://grafana.example/d/1?viewPanel=2
  Silence:   https://grafana.example/alerting/silence/new?matcher=alertname%3DTestAlert

🟢 TestAlert — 
  Folder:   Shop
  Started:  2026-01-02 03:04:05
  Ended:    2026-01-02 04:04:05`},
	} {
		m := render(t, webhook(t, test.source), alert.Options{Template: parse(t, test.source, test.template), Format: "plain"})
		if m.Text != test.want || m.Format != "plain" {
			t.Errorf("%s: format %q\n%q\nwant\n%q", test.source, m.Format, m.Text, test.want)
		}
	}
}

func TestTemplate_EveryName(t *testing.T) {
	t.Parallel()
	m := render(t, webhook(t, alert.Grafana), alert.Options{Template: parse(t, alert.Grafana, everything), Strict: true})
	for _, want := range []string{"1 {}/{}:", "map[alertname:TestAlert]", "0 7 [FIRING:1] TestAlert Shop alerting **Firing**", "2026-01-02 03:04:05 +0000 UTC", "57c6d9296de2ad39", "img/1.png", "B=22.5 C=1 [ var='B' value=22.5 ]"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("%q is not in\n%s", want, m.Text)
		}
	}
}

// users are templates as Alertmanager's users write them.
var users = []struct{ text, want string }{
	{`[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }} {{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }}`, "[FIRING:1] Disk "},
	{`{{ define "list" }}{{ range . }}{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}{{ end }}{{ end }}{{ if gt (len .Alerts.Resolved) 0 }}Resolved:
{{ template "list" .Alerts.Resolved }}{{ end }}`, "Resolved:\n - alertname = Disk\n - instance = db2\n - severity = warning"},
	{`{{ range .Alerts }}{{ if .Annotations.runbook }}{{ .Annotations.runbook }}{{ else }}no runbook for {{ .Labels.instance }}{{ end }}; {{ end }}`, "no runbook for db1; no runbook for db2; "},
	{`{{ range .Alerts }}{{ .Labels.missing }}{{ index .Labels "severity" | title }} {{ end }}{{ "high CPU load on node_exporter" | title }}`, "Critical Warning High Cpu Load On Node_exporter"},
	{`{{ (index .Alerts 0).Labels.Values | join "," }} {{ (index .Alerts 0).Labels.Names | join "," }}`, "Disk,db1,critical alertname,instance,severity"},
	{`{{ range .Alerts }}{{ if match "^db[0-9]+$" .Labels.instance }}{{ reReplaceAll "db([0-9]+)" "database $1" .Labels.instance }} {{ end }}{{ end }}`, "database 1 database 2 "},
	{`{{ stringSlice "a" "b" | join "+" }}{{ "c" | toUpper }}{{ safeHtml "<b>" }}{{ toLower "D" }}`, "a+bC<b>d"},
	{`{{ $n := len .Alerts }}{{ range $i, $a := .Alerts }}{{ $a.Labels.instance }}{{ if lt $i 1 }}, {{ end }}{{ end }} of {{ $n }}`, "db1, db2 of 2"},
	{`{{ with index .Alerts 1 }}{{ .StartsAt.Format "15:04" }} {{ .EndsAt.Sub .StartsAt }} {{ (.EndsAt.Sub .StartsAt).Minutes }}{{ end }}`, "03:00 5m0s 5"},
	{`{{ range .CommonLabels.SortedPairs }}{{ .Name }}:{{ .Value }}{{ end }} {{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}`, "alertname:Disk http://am:9093/#/alerts?receiver=gopher"},
	{`{{ if eq (index .Alerts 0).EndsAt.Unix -62135596800 }}open{{ end }} {{ (index .Alerts 0).StartsAt.UTC.Year }} {{ len (index .Alerts 0).Fingerprint }}`, "open 2026 16"},
}

func TestTemplate_OfAlertmanagersUsers(t *testing.T) {
	t.Parallel()
	for _, test := range users {
		m := render(t, webhook(t, alert.Alertmanager), alert.Options{Template: parse(t, alert.Alertmanager, test.text), Strict: true})
		if m.Text != test.want {
			t.Errorf("%s\nwrites %q, want %q", test.text, m.Text, test.want)
		}
	}
}

// TestTemplate_AsAlertmanager has Alertmanager's own tool execute the same templates.
func TestTemplate_AsAlertmanager(t *testing.T) {
	t.Parallel()
	amtool := testenv.Program(t, "amtool")
	data, err := filepath.Abs("testdata/alertmanager.json")
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.tmpl")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
	defer cancel()
	for _, test := range append(users, struct{ text, want string }{originalAlertmanager, ""}) {
		out, err := exec.CommandContext(ctx, amtool, "template", "render", "--template.glob", empty, "--template.data", data, "--template.text", test.text).Output()
		if err != nil {
			t.Fatalf("%s: %v", test.text, err)
		}
		m := render(t, webhook(t, alert.Alertmanager), alert.Options{Template: parse(t, alert.Alertmanager, test.text), Strict: true})
		if got, want := m.Text, strings.Trim(string(out), "\r\n"); got != want {
			t.Errorf("%s\nwrites %q, Alertmanager writes %q", test.text, got, want)
		}
	}
}

// TestTemplate_NewerFunctions has functions that Debian's Alertmanager does not have yet.
func TestTemplate_NewerFunctions(t *testing.T) {
	t.Parallel()
	o := alert.Options{
		Now: time.Date(2026, 1, 3, 4, 4, 6, 678e6, time.UTC), TimeZone: time.FixedZone("CET", 3600),
		Template: parse(t, alert.Alertmanager, `{{with index .Alerts 0}}{{since .StartsAt}} {{since .StartsAt | humanizeDuration}} {{humanizeDuration 90}} {{humanizeDuration "0.5"}} `+
			`{{.StartsAt.Format "15:04 MST"}} [{{trimSpace " x\n"}}] {{.EndsAt.IsZero}} {{.StartsAt | tz "America/New_York" | date "2006-01-02 15:04"}}{{end}}`),
	}
	if m := render(t, webhook(t, alert.Alertmanager), o); m.Text != "25h0m1s 1d 1h 0m 1s 1m 30s 500ms 04:04 CET [x] true 2026-01-01 22:04" {
		t.Errorf("%q, %v", m.Text, m.Warnings)
	}
}

func TestTemplate_CountsTheRest(t *testing.T) {
	t.Parallel()
	w := many(60, func(int) (string, string) { return "critical", "firing" })
	for text, want := range map[string]string{
		`{{len .Alerts}} shown`:                              "20 shown\n… and 40 more: http://am:9093",
		`{{len .Alerts}} shown, {{.TruncatedAlerts}} hidden`: "20 shown, 40 hidden",
	} {
		if m := render(t, w, alert.Options{Template: parse(t, alert.Alertmanager, text)}); m.Text != want {
			t.Errorf("%s: %q, want %q", text, m.Text, want)
		}
	}
	m := render(t, w, alert.Options{Template: parse(t, alert.Alertmanager, `{{range 65530}}x{{end}}`)})
	if m.Format != alert.Markup || len(m.Warnings) != 1 {
		t.Errorf("the number does not fit, and the text is used: %s, %+v", m.Format, m.Warnings)
	}
}

func TestParseTemplate_Mistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"ok\n{{ .Status | toUper }}", `am.tmpl:2:14: function "toUper" not defined`},
		{"{{ range .Alerts }}\n{{ .Lables.x }}{{ end }}", `am.tmpl:2:11: Lables: no such field or method in alert.Alert`},
		{"{{ .Alerts.Fring }}", `am.tmpl:1:11: Fring: no such field or method in alert.Alerts`},
		{"{{ range .Alerts.Resolved }}{{ .EndsAt.Formt \"15\" }}{{ end }}", `am.tmpl:1:39: Formt: no such field or method in time.Time`},
		{"{{ if .Status }}", `am.tmpl:1:16: unexpected EOF`},
	} {
		_, err := alert.ParseTemplate(alert.Alertmanager, "am.tmpl", test.text)
		var mistake *template.Error
		if !errors.As(err, &mistake) || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

func TestTemplate_FailureUsesTheLayout(t *testing.T) {
	t.Parallel()
	w := webhook(t, alert.Alertmanager)
	for text, want := range map[string]string{
		`{{ (index .Alerts 7).Status }}`:                     "test.tmpl:1:5: index: 7 is out of range: there are 2",
		`{{ range .Alerts }}{{ lt .Status 1 }}{{ end }}`:     "test.tmpl:1:23: lt: values of these types cannot be compared",
		`{{ match .Receiver "x" }}{{ match "(db1" "x" }}`:    "test.tmpl:1:29: match: bad regular expression: missing closing )",
		`{{ range 70000 }}x{{ end }}`:                        "test.tmpl:1:18: the text is larger than 65536 bytes",
		`{{ range .Alerts.Firing.Firing.Resolved }}x{{end}}`: "the template writes nothing",
		"{{ range 2000000 }}{{ end }}":                       "test.tmpl:1:20: the template takes more than 262144 steps",
		`{{ humanizeDuration .Receiver }}`:                   "test.tmpl:1:4: humanizeDuration: want a number of seconds",
		`{{ tz .Receiver (index .Alerts 0).StartsAt }}`:      "test.tmpl:1:4: tz: no such time zone",
	} {
		tmpl := parse(t, alert.Alertmanager, text)
		m := render(t, w, alert.Options{Template: tmpl, Format: "plain"})
		if m.Format != alert.Markup || m.Text != render(t, w, alert.Options{}).Text {
			t.Errorf("%s: want the built-in layout, not %s: %q", text, m.Format, m.Text)
		}
		if len(m.Warnings) != 1 || m.Warnings[0].Code != alert.WarnTemplate || m.Warnings[0].Text != "the built-in layout is used: "+want {
			t.Errorf("%s: %+v, want %s", text, m.Warnings, want)
		}
		if _, err := w.Render(alert.Options{Template: tmpl, Strict: true}); err == nil || err.Error() != want {
			t.Errorf("%s, strict: %v, want %s", text, err, want)
		}
	}
}

// TestExample_HasEveryField holds the example of ParseTemplate to what a webhook may
// hold, through a template that names all.
func TestExample_HasEveryField(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(alert.Webhook{Alerts: alert.Alerts{{}}})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatal(err)
	}
	names := fields["Alerts"].([]any)[0].(map[string]any)
	for name := range fields {
		names[name] = true
	}
	delete(names, "Source")
	for name := range names {
		if !strings.Contains(everything, "."+name) {
			t.Errorf("the template %q does not use .%s", "everything", name)
		}
	}
}

// FuzzTemplate parses and executes templates. A failure of one never loses the alert.
func FuzzTemplate(f *testing.F) {
	f.Add(originalAlertmanager)
	f.Add(originalGrafana)
	f.Add(everything)
	for _, test := range users {
		f.Add(test.text)
	}
	w := webhook(f, alert.Grafana)
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := alert.ParseTemplate(alert.Grafana, "fuzz", text)
		if err != nil {
			var mistake *template.Error
			if !errors.As(err, &mistake) || mistake.Line < 1 || mistake.Column < 1 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		m, err := w.Render(alert.Options{Template: tmpl, Format: "plain"})
		if err != nil || strings.TrimSpace(m.Text) == "" || len(m.Text) > alert.MaxText {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	})
}
