package alert

import (
	"errors"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/alert/template"
)

// Template is an operator's template for a source's webhooks. It is written in the
// language of text/template, with Alertmanager's functions and methods, and is
// executed on the Webhook with the alerts that a message shows: .Alerts has at most
// Options.MaxAlerts. See the package template for the differences.
type Template struct {
	template *template.Template
	// counts is set if the template uses .TruncatedAlerts. Otherwise the number of
	// alerts that are not shown is added to its text.
	counts bool
}

// ParseTemplate parses a template. Its error is a *template.Error: the template's
// name, line and column. It also finds names of fields that do not exist, as far as a
// notification with a firing and a resolved alert reaches them.
func ParseTemplate(source Source, name, text string) (*Template, error) {
	parsed, err := dialect.Parse(name, text)
	if err != nil {
		return nil, err
	}
	t := &Template{parsed, strings.Contains(text, ".TruncatedAlerts")}
	if _, err := t.render(example(source), time.Now()); errors.Is(err, template.ErrNoField) {
		return nil, err
	}
	return t, nil
}

// render returns the template's text without the line ends around it.
func (t *Template) render(w *Webhook, now time.Time) (string, error) {
	var out output
	since := func(t time.Time) time.Duration { return now.Sub(t) }
	if err := t.template.Execute(&out, w, map[string]any{"since": since}); err != nil {
		return "", err
	}
	text := strings.ToValidUTF8(strings.Trim(out.String(), "\r\n"), "?")
	if strings.TrimSpace(text) == "" {
		return "", errNoText
	}
	if more := w.more(); more != "" && !t.counts {
		text += "\n" + more
		if isWeb(w.ExternalURL) {
			text += ": " + w.ExternalURL
		}
	}
	if len(text) > MaxText {
		return "", errTooLong
	}
	return text, nil
}

// example returns a notification in which every field has a value.
func example(source Source) *Webhook {
	labels := func() KV { return KV{alertname: "Example", "severity": "critical", "instance": "example"} }
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a := Alert{
		Status: "firing", Labels: labels(), Annotations: KV{"summary": "An example"}, StartsAt: begin, GeneratorURL: "https://example.org/",
		Fingerprint: "d12b9ff92d680f5f", Values: map[string]any{"A": 1.0}, ValueString: "[ var='A' value=1 ]",
	}
	b := a
	b.Status, b.EndsAt = "resolved", begin.Add(time.Hour)
	return &Webhook{
		Source: source, Version: "4", GroupKey: "{}:{}", Status: "firing", Receiver: "example", GroupLabels: labels(), CommonLabels: labels(),
		CommonAnnotations: KV{"summary": "An example"}, ExternalURL: "https://example.org/", Alerts: Alerts{a, b},
		OrgID: 1, Title: "Example", State: "alerting", Message: "An example",
	}
}
