package ops

import (
	"context"

	"github.com/gobridge/gopherbot/internal/presence"
)

// notifications is what became of the messages of the notification API, and of the runs of
// callback rules, in the last 24 hours.
type notifications struct {
	Bots   []botNotifications  `json:"bots"`
	Rules  []presence.RuleRuns `json:"rules"`
	Unsent []presence.Unsent   `json:"unsent"`
}

// botNotifications counts the messages of a bot.
type botNotifications struct {
	Bot    string           `json:"bot"`
	States map[string]int64 `json:"states"`
	// P50MS and P99MS are the time from queueing to posting, nil if nothing was posted. Times
	// above five minutes count as that.
	P50MS *float64 `json:"p50_ms,omitempty"`
	P99MS *float64 `json:"p99_ms,omitempty"`
}

// readNotifications reads the counts and the latest messages that were not posted.
func readNotifications(ctx context.Context, from Presence) (*notifications, error) {
	read, err := from.Notifications(ctx, maxFailures)
	if err != nil {
		return nil, err
	}
	n := &notifications{
		Bots: []botNotifications{}, Rules: append([]presence.RuleRuns{}, read.Rules...), Unsent: append([]presence.Unsent{}, read.Unsent...),
	}
	for _, b := range read.Bots {
		n.Bots = append(n.Bots, botNotifications{b.Bot, b.States, quantile(b.Wait, 0.5), quantile(b.Wait, 0.99)})
	}
	return n, nil
}
