package alert_test

import (
	"testing"

	"github.com/gobridge/gopherbot/internal/alert"
)

func TestMessageStatus(t *testing.T) {
	t.Parallel()
	firing := func(severity string) string { return `{"status":"firing","labels":{"severity":"` + severity + `"}}` }
	resolved := func(severity string) string {
		return `{"status":"resolved","labels":{"severity":"` + severity + `"}}`
	}
	for _, test := range []struct {
		name   string
		source alert.Source
		body   string
		levels []string
		want   string
	}{
		{"critical", alert.Alertmanager, `{"status":"firing","alerts":[` + firing("critical") + `]}`, nil, alert.Error},
		{"Warning", alert.Alertmanager, `{"status":"firing","alerts":[` + firing("info") + `,` + firing("Warning") + `]}`, nil, alert.Error},
		{"info", alert.Alertmanager, `{"status":"firing","alerts":[` + firing("info") + `]}`, nil, alert.OK},
		{"no severity", alert.Alertmanager, `{"status":"firing","alerts":[{"status":"firing"}]}`, nil, alert.OK},
		{"only the resolved one is critical", alert.Alertmanager, `{"status":"firing","alerts":[` + resolved("critical") + `,` + firing("info") + `]}`, nil, alert.OK},
		{"resolved", alert.Alertmanager, `{"status":"Resolved","alerts":[` + firing("critical") + `]}`, nil, alert.OK},
		{"configured", alert.Alertmanager, `{"status":"firing","alerts":[` + firing("PAGE") + `]}`, []string{"page"}, alert.Error},
		{"configured otherwise", alert.Alertmanager, `{"status":"firing","alerts":[` + firing("critical") + `]}`, []string{"page"}, alert.OK},
		{"configured to be never", alert.Alertmanager, `{"status":"firing","alerts":[` + firing("critical") + `]}`, []string{}, alert.OK},

		{"alerting", alert.Grafana, `{"status":"firing","state":"Alerting","alerts":[{}]}`, nil, alert.Error},
		{"state ok", alert.Grafana, `{"status":"firing","state":"ok","alerts":[` + firing("critical") + `]}`, nil, alert.OK},
		{"resolved in spite of the state", alert.Grafana, `{"status":"resolved","state":"alerting","alerts":[{}]}`, nil, alert.OK},
		{"no state", alert.Grafana, `{"status":"firing","alerts":[{}]}`, nil, alert.Error},
		{"neither", alert.Grafana, `{"alerts":[{}]}`, nil, alert.OK},
		{"configured no_data", alert.Grafana, `{"status":"firing","state":"no_data","alerts":[{}]}`, []string{"alerting", "no_data"}, alert.Error},
	} {
		m, err := decode(t, test.source, test.body).Render(alert.Options{Levels: test.levels})
		if err != nil || m.Status != test.want {
			t.Errorf("%s, %s: %s, %v, want %s", test.source, test.name, m.Status, err, test.want)
		}
	}
}
