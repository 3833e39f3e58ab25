package notify

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/internal/alert"
)

const (
	maxFiringLines = 20
	maxFiringLine  = 120
)

// firingLines returns a line of plain text for each of the first alerts that fire.
func firingLines(w *alert.Webhook) []string {
	var lines []string
	for _, firing := range w.Alerts.Firing() {
		line := cmp.Or(firing.Labels["alertname"], w.CommonLabels["alertname"], "an alert")
		if summary := cmp.Or(firing.Annotations["summary"], firing.Annotations["description"], firing.Labels["instance"]); summary != "" {
			line += " — " + summary
		}
		if lines = append(lines, shorten(line)); len(lines) == maxFiringLines {
			break
		}
	}
	return lines
}

// shorten returns the first line of a text, of at most maxFiringLine bytes.
func shorten(line string) string {
	line, _, _ = strings.Cut(line, "\n")
	if len(line) <= maxFiringLine {
		return line
	}
	line = line[:maxFiringLine]
	for !utf8.ValidString(line) {
		line = line[:len(line)-1]
	}
	return line + "…"
}
