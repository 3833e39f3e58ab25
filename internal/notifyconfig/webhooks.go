package notifyconfig

import (
	"time"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/event"
)

// maxTemplate bounds the size of a template, in bytes, and minHMAC that of Grafana's secret.
const (
	maxTemplate = 64 << 10
	minHMAC     = 16
)

// DefaultHMACHeader is the header that has Grafana's signature by default.
const DefaultHMACHeader = "X-Grafana-Alerting-Signature"

func defaultWebhook(errors ...string) *Webhook {
	return &Webhook{
		Errors: errors, Format: event.Plain, DedupeWindow: 4 * time.Minute, FollowUp: event.PostAnew, SendResolved: true, MaxAlerts: 20, TTL: 4 * time.Hour,
	}
}

// alertmanager reads the section server.alertmanager.
func (v value) alertmanager(c *Config) *Webhook {
	w := defaultWebhook("critical", "warning")
	known := v.webhook(c, w)
	known["error_severities"] = func(v value) { w.Errors = v.texts(value.text) }
	v.read(known, w)
	return w
}

// grafana reads the section server.grafana.
func (v value) grafana(c *Config) *Webhook {
	w := defaultWebhook("alerting")
	signed := HMAC{Header: DefaultHMACHeader}
	known := v.webhook(c, w)
	known["error_states"] = func(v value) { w.Errors = v.texts(value.text) }
	known["images"] = func(v value) { v.flag(&w.Images) }
	known["hmac_secret"] = func(v value) {
		secret := v.secret()
		if secret != "" && len(secret) < minHMAC {
			v.wrong("the secret is too short: want at least %d characters", minHMAC)
		}
		signed.Secret = Secret(secret)
	}
	header := func(to *string) func(value) {
		return func(v value) { *to = v.matching(headerPattern(), "the name of an HTTP header") }
	}
	known["hmac_header"], known["hmac_timestamp_header"] = header(&signed.Header), header(&signed.TimestampHeader)
	has := v.read(known, w)
	if has["hmac_secret"] {
		w.HMAC = &signed
	} else if has["hmac_header"] || has["hmac_timestamp_header"] {
		v.wrong("the header of a signature has no use without hmac_secret")
	}
	return w
}

// webhook returns the keys that both webhooks have.
func (v value) webhook(c *Config, w *Webhook) fields {
	return fields{
		"default_chat_id": func(v value) { w.DefaultChat = v.chatName(c) },
		"template":        func(v value) { w.Template, w.TemplateName = v.text(), v.path },
		"format": func(v value) {
			w.Format = event.Format(v.oneOf(string(event.Plain), string(event.Markdown), string(event.Native)))
		},
		"template_file": func(v value) { w.Template, w.TemplateName = v.template() },
		"strict_templates": func(v value) {
			v.flag(&w.StrictTemplates)
		},
		"time_zone":     func(v value) { w.TimeZone = v.zone() },
		"dedupe_window": func(v value) { v.duration(&w.DedupeWindow, 0, 24*time.Hour) },
		"follow_up": func(v value) {
			w.FollowUp = event.FollowUp(v.oneOf(string(event.PostAnew), string(event.InThread), string(event.Update)))
		},
		"send_resolved": func(v value) { v.flag(&w.SendResolved) },
		"max_alerts":    func(v value) { v.number(&w.MaxAlerts, 1, 100) },
		"mentions":      func(v value) { v.flag(&w.Mentions) },
		"ttl":           func(v value) { v.duration(&w.TTL, 10*time.Second, 24*time.Hour) },
	}
}

// read reads a webhook's section, and checks it as a whole.
func (v value) read(known fields, w *Webhook) map[string]bool {
	has := v.object(known)
	if has["template"] && has["template_file"] {
		v.wrong("template and template_file set the same: remove one of them")
	}
	if has["format"] && w.Template == "" {
		v.wrong("format is that of a template, and there is none")
	}
	if len(w.Template) > maxTemplate {
		v.wrong("the template has %d bytes: want at most %d", len(w.Template), maxTemplate)
	}
	return has
}

// template returns the text of a file, and its path.
func (v value) template() (text, path string) {
	if path = v.text(); path == "" {
		return "", ""
	}
	content, err := readFile(path, maxTemplate)
	switch {
	case err != nil:
		v.wrong("read the template: %v", err)
	case len(content) == 0 || !utf8.Valid(content):
		v.wrong("%s is empty, or not a text", quote(path))
	}
	return string(content), path
}

// zone reads a time zone.
func (v value) zone() *time.Location {
	name := v.text()
	if name == "" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		v.wrong("%s is not a time zone: want a name such as Europe/Berlin, or UTC", quote(name))
		return nil
	}
	return zone
}
