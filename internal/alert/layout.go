package alert

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/handler/markup"
)

// The built-in layout has one paragraph for the group and one for each alert:
//
//	🔥 FIRING [Disk]
//
//	🔴 Disk — db1 is full
//	  Severity: critical
//	  Instance: db1
//	  Started: 2026-01-02 03:04:05 UTC
//
// It is as express-botx's. Lines without a value are left out.

// maxField is how much of a label or annotation the layout shows, in characters.
const maxField = 1000

// timeFormat is how the layout writes times.
const timeFormat = "2006-01-02 15:04:05 MST"

// layout returns the text, and the webhook with the alerts that are in it: as many as
// fit, each whole.
func layout(w *Webhook, images bool) (string, *Webhook) {
	var b strings.Builder
	b.WriteString("*" + w.head() + "*\n")
	shown := 0
	for _, a := range w.Alerts {
		text := w.paragraph(a, images)
		if b.Len()+len(text) > MaxText-maxMore {
			break
		}
		b.WriteString("\n" + text)
		shown++
	}
	w = w.first(shown)
	if more := w.more(); more != "" {
		b.WriteString("\n" + markup.Escape(more))
		if isWeb(w.ExternalURL) {
			b.WriteString(": <" + markup.Escape(w.ExternalURL) + ">")
		}
	}
	return strings.TrimRight(b.String(), "\n"), w
}

// maxMore is more than the last line takes, whose address isWeb bounds.
const maxMore = 16 << 10

// more says how many alerts of the group are not shown, or is "".
func (w *Webhook) more() string {
	if w.TruncatedAlerts == 0 {
		return ""
	}
	return fmt.Sprintf("… and %d more", w.TruncatedAlerts)
}

// head returns the first line. It is bold, and so has no line end.
func (w *Webhook) head() string {
	head := "🔥 FIRING"
	if w.Resolved() {
		head = "✅ RESOLVED"
	}
	if title := field(w.Title); title != "" && w.Source == Grafana {
		return head + " " + title
	}
	name := field(w.GroupLabels[alertname])
	if name == "" {
		name = field(w.CommonLabels[alertname])
	}
	if name != "" {
		head += " " + markup.Escape("[") + name + markup.Escape("]")
	}
	return head
}

// nameOf returns the name of an alert, which may be that of all.
func (w *Webhook) nameOf(a Alert) string {
	if name := a.Labels[alertname]; name != "" {
		return name
	}
	return w.CommonLabels[alertname]
}

// paragraph returns the lines about an alert.
func (w *Webhook) paragraph(a Alert, images bool) string {
	circle := "🔴"
	if a.resolved() {
		circle = "🟢"
	}
	said := field(a.Annotations["summary"])
	if said == "" {
		said = field(a.Annotations["description"])
	}
	var p paragraph
	p.WriteString(circle)
	switch name := field(w.nameOf(a)); {
	case name != "" && said != "":
		p.WriteString(" " + name + " — " + said)
	case name+said != "":
		p.WriteString(" " + name + said)
	}
	p.WriteByte('\n')
	p.line("Severity", a.Labels["severity"])
	if w.Source == Grafana {
		p.line("Folder", a.Labels["grafana_folder"])
	} else {
		p.line("Instance", a.Labels["instance"])
	}
	p.time("Started", a.StartsAt)
	if a.resolved() {
		p.time("Ended", a.EndsAt)
	}
	p.link("Dashboard", a.DashboardURL)
	p.link("Panel", a.PanelURL)
	p.link("Silence", a.SilenceURL)
	if !images || !a.postsImage() {
		p.link("Image", a.ImageURL)
	}
	return p.String()
}

type paragraph struct{ strings.Builder }

func (p *paragraph) line(name, value string) {
	if value = field(value); value != "" {
		p.WriteString("  " + name + ": " + value + "\n")
	}
}

func (p *paragraph) time(name string, t time.Time) {
	if !t.IsZero() {
		p.line(name, t.Format(timeFormat))
	}
}

// link writes a link if the address is one of the web, and otherwise its text.
func (p *paragraph) link(name, address string) {
	if isWeb(address) {
		p.WriteString("  <" + markup.Escape(address) + "|" + name + ">\n")
		return
	}
	p.line(name, address)
}

// field returns foreign text for a line: escaped, in one line, and shortened.
func field(text string) string {
	const most = (maxField + 1) * utf8.UTFMax
	cut := len(text) > most
	if cut {
		text = text[:most]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if runes := []rune(text); cut || len(runes) > maxField {
		text = string(runes[:min(maxField, len(runes))]) + "…"
	}
	return markup.Escape(text)
}
