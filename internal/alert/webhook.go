package alert

import (
	"strings"
	"time"
)

// Source is the kind of monitoring system that sends a webhook.
type Source string

// The sources.
const (
	Alertmanager Source = "alertmanager"
	Grafana      Source = "grafana"
)

// Webhook is a notification about a group of alerts. Templates see its fields; those
// that only Grafana sends are empty in one from Alertmanager.
type Webhook struct {
	// Source is the system that sent it, as its receiver knows. It is not in the JSON.
	Source Source

	Version           string
	GroupKey          string // identifies the group, but not the receiver
	Status            string // "firing" or "resolved"
	Receiver          string
	GroupLabels       KV
	CommonLabels      KV
	CommonAnnotations KV
	ExternalURL       string
	Alerts            Alerts
	TruncatedAlerts   int // how many alerts of the group are not in Alerts

	// Grafana only.
	OrgID   int
	Title   string
	State   string // "alerting" or "ok"; older Grafanas have more
	Message string // Grafana's own text, in Markdown

	// embedded counts the images that were in the JSON itself. Decode drops them.
	embedded int
}

// Alert is one alert of a group.
type Alert struct {
	Status       string // "firing" or "resolved"
	Labels       KV
	Annotations  KV
	StartsAt     time.Time
	EndsAt       time.Time // zero if it is not known
	GeneratorURL string
	Fingerprint  string // identifies the labels; may be empty

	// Grafana only.
	SilenceURL   string
	DashboardURL string
	PanelURL     string
	ImageURL     string // http or https
	Values       map[string]any
	ValueString  string
}

func (a Alert) resolved() bool { return strings.EqualFold(a.Status, "resolved") }

// Resolved reports whether all alerts of the group are over.
func (w *Webhook) Resolved() bool { return strings.EqualFold(w.Status, "resolved") }

// Alerts is a list of alerts.
type Alerts []Alert

// Firing returns the alerts that are not resolved.
func (as Alerts) Firing() Alerts { return as.filter(false) }

// Resolved returns the alerts that are resolved.
func (as Alerts) Resolved() Alerts { return as.filter(true) }

func (as Alerts) filter(resolved bool) Alerts {
	filtered := Alerts{}
	for _, a := range as {
		if a.resolved() == resolved {
			filtered = append(filtered, a)
		}
	}
	return filtered
}
