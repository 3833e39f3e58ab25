package alertmanagertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Alert is an alert as Prometheus sends it. Its labels identify it.
type Alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt,omitzero"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// Fire has Alertmanager know that alerts fire. Like Prometheus, a test fires an alert
// again before 5 minutes are over, or it counts as resolved. Those without StartsAt
// begin now, and are returned with it.
func (a *Alertmanager) Fire(t testing.TB, alerts ...Alert) []Alert {
	t.Helper()
	for i := range alerts {
		if alerts[i].StartsAt.IsZero() {
			alerts[i].StartsAt = time.Now().UTC()
		}
	}
	a.post(t, alerts)
	return alerts
}

// Resolve has Alertmanager know that alerts, which Fire returned, are over now.
func (a *Alertmanager) Resolve(t testing.TB, alerts ...Alert) {
	t.Helper()
	over := make([]Alert, len(alerts))
	for i, alert := range alerts {
		over[i] = alert
		over[i].EndsAt = time.Now().UTC()
	}
	a.post(t, over)
}

func (a *Alertmanager) post(t testing.TB, alerts []Alert) {
	t.Helper()
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	a.call(t, http.MethodPost, "/api/v2/alerts", body)
}

// status is a part of what Alertmanager says of itself.
type status struct {
	Cluster struct {
		Status string
		Peers  []struct{ Address string }
	}
}

func (a *Alertmanager) status(t testing.TB) (s status) {
	t.Helper()
	if err := json.Unmarshal(a.call(t, http.MethodGet, "/api/v2/status", nil), &s); err != nil {
		t.Fatalf("Alertmanager's status: %v", err)
	}
	return s
}

// call calls the API. Any answer but 200 fails the test.
func (a *Alertmanager) call(t testing.TB, method, path string, body []byte) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, a.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s (%v)", method, path, res.Status, answer, err)
	}
	return answer
}
