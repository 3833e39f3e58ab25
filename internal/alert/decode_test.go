package alert_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/alert"
)

// webhook returns the source's webhook in testdata.
func webhook(t testing.TB, source alert.Source) *alert.Webhook {
	t.Helper()
	body, err := os.ReadFile("testdata/" + string(source) + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, source, string(body))
}

func decode(t testing.TB, source alert.Source, body string) *alert.Webhook {
	t.Helper()
	w, err := alert.Decode(source, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestDecode(t *testing.T) {
	t.Parallel()
	w := webhook(t, alert.Grafana)
	a := w.Alerts[0]
	if w.OrgID != 7 || w.State != "alerting" || w.Title != "[FIRING:1] TestAlert Shop" || w.Message != "**Firing**" || w.Receiver != "gopher" ||
		a.Labels["instance"] != "Grafana" || a.Values["B"] != 22.5 || a.ValueString == "" || a.PanelURL != "https://grafana.example/d/1?viewPanel=2" {
		t.Errorf("%+v", w)
	}
	if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); !a.StartsAt.Equal(want) || !a.EndsAt.IsZero() {
		t.Errorf("from %v to %v, want %v and none", a.StartsAt, a.EndsAt, want)
	}
	if got := w.Alerts[1].ImageURL; got != "" {
		t.Errorf("an embedded image is kept: %q", got)
	}
}

func TestDecode_Tolerates(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"alerts":[{}]}`,
		`{"alerts":[{"labels":null,"annotations":null,"values":null,"startsAt":"","imageURL":""}],"x":{"y":[1,2]}}`,
		`{"alerts":[{"startsAt":"0001-01-01T00:00:00Z","endsAt":"2026-01-02T03:04:05+01:00"}],"truncatedAlerts":-3,"orgId":0}`,
	} {
		w := decode(t, alert.Alertmanager, body)
		if m, err := w.Render(alert.Options{}); err != nil || m.Text == "" || w.TruncatedAlerts != 0 {
			t.Errorf("%s: %+v, %v", body, m, err)
		}
	}
}

func TestDecode_Refuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, want string }{
		{``, "the body is not JSON: byte 0 is unexpected, or the body ends there"},
		{`{"alerts":[{}]`, "the body is not JSON: byte 14 is unexpected, or the body ends there"},
		{`{"alerts":[{}]}{}`, "the body is not JSON: byte 16 is unexpected, or the body ends there"},
		{`secret`, "the body is not JSON: byte 1 is unexpected, or the body ends there"},
		{`["secret"]`, "the body is not a JSON object, at byte 1"},
		{`{"status":{"secret":1}}`, "status: want a string, at byte 11"},
		{`{"alerts":[{}],"orgId":"secret"}`, "orgId: want a whole number, at byte 31"},
		{`{"alerts":"secret"}`, "alerts: want an array, at byte 18"},
		{`{"alerts":[{"labels":{"a":12345}}]}`, "alerts.labels: want a string, at byte 31"},
		{`{"alerts":[{"values":"secret"}]}`, "alerts.values: want an object, at byte 29"},
		{`{"alerts":[{},{"startsAt":"secret"}]}`, "alerts[1].startsAt: want a time such as 2026-01-02T03:04:05Z"},
		{`{"alerts":[{"endsAt":"secret"}]}`, "alerts[0].endsAt: want a time such as 2026-01-02T03:04:05Z"},
	} {
		_, err := alert.Decode(alert.Alertmanager, []byte(test.body))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.body, err, test.want)
		}
	}
	for _, body := range []string{`{}`, `{"alerts":[]}`, `{"alerts":null}`, `null`} {
		if _, err := alert.Decode(alert.Alertmanager, []byte(body)); !errors.Is(err, alert.ErrNoAlerts) {
			t.Errorf("%s: %v, want %v", body, err, alert.ErrNoAlerts)
		}
	}
}

// FuzzDecode decodes and renders whatever a stranger sends.
func FuzzDecode(f *testing.F) {
	for _, source := range []alert.Source{alert.Alertmanager, alert.Grafana} {
		body, err := os.ReadFile("testdata/" + string(source) + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, 20)
		f.Add(body, 1)
	}
	tmpl, err := alert.ParseTemplate(alert.Grafana, "fuzz", everything)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, most int) {
		for _, source := range []alert.Source{alert.Alertmanager, alert.Grafana} {
			w, err := alert.Decode(source, body)
			if err != nil {
				return
			}
			if again, err := alert.Decode(source, body); err != nil || again.Key("b", "c") != w.Key("b", "c") || len(w.Key("b", "c")) != 64 {
				t.Errorf("the key of %s is not the same each time", body)
			}
			for _, o := range []alert.Options{{MaxAlerts: most}, {MaxAlerts: most, Images: true, TimeZone: time.FixedZone("x", 3600), Template: tmpl}} {
				m, err := w.Render(o)
				if err != nil || len(m.Text) > alert.MaxText || strings.TrimSpace(m.Text) == "" || m.Status != alert.OK && m.Status != alert.Error {
					t.Errorf("%s: %+v, %v", body, m, err)
				}
				for _, image := range m.Images {
					if !strings.HasPrefix(strings.ToLower(image.URL), "https://") {
						t.Errorf("image %q", image.URL)
					}
				}
			}
		}
	})
}
