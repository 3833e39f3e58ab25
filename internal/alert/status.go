package alert

import (
	"slices"
	"strings"
)

// The statuses of a message.
const (
	OK    = "ok"
	Error = "error"
)

// DefaultLevels returns the severities (Alertmanager) or states (Grafana) that make
// a message an error, if the configuration names none.
func DefaultLevels(source Source) []string {
	if source == Grafana {
		return []string{"alerting"}
	}
	return []string{"critical", "warning"}
}

// MessageStatus returns OK for a group that is resolved. Otherwise it returns Error for
// a group of Alertmanager with a firing alert whose label severity is one of levels,
// and for one of Grafana whose state is, or which is firing and has no state. Case does
// not matter.
func (w *Webhook) MessageStatus(levels []string) string {
	switch {
	case w.Resolved():
		return OK
	case w.Source == Grafana && w.State == "":
		if strings.EqualFold(w.Status, "firing") {
			return Error
		}
	case w.Source == Grafana:
		if rank(w.State, levels) < len(levels) {
			return Error
		}
	default:
		if slices.ContainsFunc(w.Alerts, func(a Alert) bool { return !a.resolved() && rank(a.Labels["severity"], levels) < len(levels) }) {
			return Error
		}
	}
	return OK
}

// rank returns the place of a level among levels, or len(levels).
func rank(level string, levels []string) int {
	if i := slices.IndexFunc(levels, func(l string) bool { return strings.EqualFold(l, level) }); i >= 0 {
		return i
	}
	return len(levels)
}
