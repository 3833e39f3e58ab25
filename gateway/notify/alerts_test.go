package notify_test

import (
	"fmt"
	"strings"
	"time"
)

var t0 = time.Date(2026, 11, 27, 3, 4, 5, 678e6, time.UTC)

// alertOf is an alert of a webhook.
func alertOf(name, severity, status string, starts time.Time) string {
	ends := "0001-01-01T00:00:00Z"
	if status == "resolved" {
		ends = starts.Add(time.Minute).Format(time.RFC3339Nano)
	}
	return fmt.Sprintf(`{"status":%q,"labels":{"alertname":%q,"severity":%q,"instance":"db1"},"annotations":{"summary":"db1 is full"},
		"startsAt":%q,"endsAt":%q,"generatorURL":"http://prom/graph","fingerprint":%q}`, status, name, severity, starts.Format(time.RFC3339Nano), ends, name)
}

// alerts is a webhook of Alertmanager.
func alerts(status string, list ...string) string {
	return fmt.Sprintf(`{"version":"4","groupKey":"{}:{alertname=\"Disk\"}","truncatedAlerts":0,"status":%q,"receiver":"gopher",
		"groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am:9093","new":true,"alerts":[%s]}`, status, strings.Join(list, ","))
}

func firing(name, severity string, starts time.Time) string {
	return alerts("firing", alertOf(name, severity, "firing", starts))
}

func resolved(name, severity string, starts time.Time) string {
	return alerts("resolved", alertOf(name, severity, "resolved", starts))
}

// grafana is what the test button of Grafana sends.
func grafana(state string) string {
	return fmt.Sprintf(`{"receiver":"gopher","status":"firing","orgId":1,"alerts":[{"status":"firing","labels":{"alertname":"TestAlert","instance":"Grafana"},
		"annotations":{"summary":"Notification test on db1"},"startsAt":%q,"endsAt":"0001-01-01T00:00:00Z","fingerprint":"57c6d9296de2ad39","values":null,
		"silenceURL":"https://grafana.example.com/silence","imageURL":""}],"groupLabels":{"alertname":"TestAlert"},"commonLabels":{},"commonAnnotations":{},
		"externalURL":"https://grafana.example.com/","version":"1","groupKey":"test","truncatedAlerts":0,"title":"[FIRING:1] TestAlert","state":%q,"message":"m"}`,
		t0.Format(time.RFC3339Nano), state)
}
