package alert

import (
	"cmp"
	"slices"
)

// DefaultMaxAlerts is how many alerts a message shows, unless configured otherwise.
const DefaultMaxAlerts = 20

// choose returns a copy of the webhook with at most n alerts: firing ones before
// resolved ones, then in the order of severities, then the oldest first.
// TruncatedAlerts counts the rest. A webhook with no more than n alerts, all of them
// there, keeps its order.
func (w *Webhook) choose(n int, severities []string) *Webhook {
	if len(w.Alerts) <= n && w.TruncatedAlerts == 0 {
		return w
	}
	chosen := *w
	chosen.Alerts = slices.Clone(w.Alerts)
	slices.SortStableFunc(chosen.Alerts, func(a, b Alert) int {
		return cmp.Or(
			order(a)-order(b),
			rank(a.Labels["severity"], severities)-rank(b.Labels["severity"], severities),
			a.StartsAt.Compare(b.StartsAt),
		)
	})
	return chosen.first(min(n, len(w.Alerts)))
}

// first returns a copy of the webhook with its first n alerts.
func (w *Webhook) first(n int) *Webhook {
	shorter := *w
	shorter.Alerts = w.Alerts[:n:n]
	shorter.TruncatedAlerts += len(w.Alerts) - n
	return &shorter
}

// order returns 0 for a firing alert and 1 for a resolved one.
func order(a Alert) int {
	if a.resolved() {
		return 1
	}
	return 0
}
