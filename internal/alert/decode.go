package alert

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// maxTruncated bounds a number from the body that is added to.
const maxTruncated = 1_000_000_000

// ErrNoAlerts is the error of a webhook without alerts.
var ErrNoAlerts = errors.New("the webhook has no alerts")

// wireWebhook and wireAlert are the JSON. Unknown fields are ignored.
type wireWebhook struct {
	Version           string      `json:"version"`
	GroupKey          string      `json:"groupKey"`
	Status            string      `json:"status"`
	Receiver          string      `json:"receiver"`
	GroupLabels       KV          `json:"groupLabels"`
	CommonLabels      KV          `json:"commonLabels"`
	CommonAnnotations KV          `json:"commonAnnotations"`
	ExternalURL       string      `json:"externalURL"`
	Alerts            []wireAlert `json:"alerts"`
	TruncatedAlerts   int         `json:"truncatedAlerts"`
	OrgID             int         `json:"orgId"`
	Title             string      `json:"title"`
	State             string      `json:"state"`
	Message           string      `json:"message"`
}

type wireAlert struct {
	Status       string         `json:"status"`
	Labels       KV             `json:"labels"`
	Annotations  KV             `json:"annotations"`
	StartsAt     string         `json:"startsAt"`
	EndsAt       string         `json:"endsAt"`
	GeneratorURL string         `json:"generatorURL"`
	Fingerprint  string         `json:"fingerprint"`
	SilenceURL   string         `json:"silenceURL"`
	DashboardURL string         `json:"dashboardURL"`
	PanelURL     string         `json:"panelURL"`
	ImageURL     string         `json:"imageURL"`
	Values       map[string]any `json:"values"`
	ValueString  string         `json:"valueString"`
}

// Decode decodes a webhook's body, whose size the caller has bounded. Unknown fields
// are ignored and missing ones are empty. It returns ErrNoAlerts if there are no
// alerts. Its errors name the field and the offset, and hold nothing of the body.
func Decode(source Source, body []byte) (*Webhook, error) {
	var wire wireWebhook
	if err := json.Unmarshal(body, &wire); err != nil {
		return nil, withoutValues(err)
	}
	if len(wire.Alerts) == 0 {
		return nil, ErrNoAlerts
	}
	w := &Webhook{
		Source: source, Version: wire.Version, GroupKey: wire.GroupKey, Status: wire.Status, Receiver: wire.Receiver,
		GroupLabels: wire.GroupLabels, CommonLabels: wire.CommonLabels, CommonAnnotations: wire.CommonAnnotations,
		ExternalURL: wire.ExternalURL, TruncatedAlerts: min(max(wire.TruncatedAlerts, 0), maxTruncated),
		OrgID: wire.OrgID, Title: wire.Title, State: wire.State, Message: wire.Message,
		Alerts: make(Alerts, len(wire.Alerts)),
	}
	for i, wire := range wire.Alerts {
		a := Alert{
			Status: wire.Status, Labels: wire.Labels, Annotations: wire.Annotations, GeneratorURL: wire.GeneratorURL,
			Fingerprint: wire.Fingerprint, SilenceURL: wire.SilenceURL, DashboardURL: wire.DashboardURL,
			PanelURL: wire.PanelURL, ImageURL: wire.ImageURL, Values: wire.Values, ValueString: wire.ValueString,
		}
		var err error
		if a.StartsAt, err = parseTime(wire.StartsAt); err != nil {
			return nil, fmt.Errorf("alerts[%d].startsAt: %w", i, err)
		}
		if a.EndsAt, err = parseTime(wire.EndsAt); err != nil {
			return nil, fmt.Errorf("alerts[%d].endsAt: %w", i, err)
		}
		if a.ImageURL != "" && !isWeb(a.ImageURL) {
			a.ImageURL = ""
			w.embedded++
		}
		w.Alerts[i] = a
	}
	return w, nil
}

// withoutValues returns an error of encoding/json without what it quotes.
func withoutValues(err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is not JSON: byte %d is unexpected, or the body ends there", syntax.Offset)
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return fmt.Errorf("%s: want %s, at byte %d", mismatch.Field, kindOf(mismatch), mismatch.Offset)
	case errors.As(err, &mismatch):
		return fmt.Errorf("the body is not a JSON object, at byte %d", mismatch.Offset)
	}
	return errors.New("the body is not JSON")
}

// kindOf returns JSON's word for the type that was wanted.
func kindOf(err *json.UnmarshalTypeError) string {
	switch name := err.Type.String(); {
	case name == "string":
		return "a string"
	case name == "int":
		return "a whole number"
	case strings.HasPrefix(name, "["):
		return "an array"
	default:
		return "an object"
	}
}

// parseTime parses an RFC 3339 time. The year 1 and "" are the zero time.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errors.New("want a time such as 2026-01-02T03:04:05Z")
	}
	if t.IsZero() {
		return time.Time{}, nil
	}
	return t, nil
}

// isWeb reports whether an address is an absolute one with http or https, without
// white space or control characters.
func isWeb(address string) bool {
	if len(address) > 2048 || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
