package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Key returns the deduplication key of a webhook for a chat, 64 hexadecimal digits.
// Repetitions have the same key: those of a sender that missed the answer, those of
// another Alertmanager of its cluster, and those after repeat_interval.
//
// endsAt is not in it, because it differs between the Alertmanagers of a cluster when
// an alert ends by resolve_timeout. truncatedAlerts is, because with max_alerts the
// list may stay the same while the group grows. An Alertmanager that leaves out alerts
// (max_alerts) and swaps one such alert for another looks like a repetition.
func (w *Webhook) Key(bot, chat string) string {
	h := w.hash(bot, chat)
	write(h, strings.ToLower(w.Status), strconv.Itoa(w.TruncatedAlerts))
	alerts := make([]string, len(w.Alerts))
	for i, a := range w.Alerts {
		alerts[i] = a.fingerprint() + "|" + strings.ToLower(a.Status) + "|" + a.StartsAt.UTC().Format(time.RFC3339Nano)
	}
	slices.Sort(alerts)
	write(h, alerts...)
	return hex.EncodeToString(h.Sum(nil))
}

// Group is the present state of a group of alerts, for a chat.
type Group struct {
	// Key identifies the group: 64 hexadecimal digits.
	Key string
	// Status is "firing" or "resolved".
	Status string
	// Newest is the latest time that an alert began or, if it is resolved, ended.
	Newest time.Time
}

// Group returns the webhook's group.
func (w *Webhook) Group(bot, chat string) Group {
	g := Group{Key: hex.EncodeToString(w.hash(bot, chat).Sum(nil)), Status: "firing"}
	if w.Resolved() {
		g.Status = "resolved"
	}
	for _, a := range w.Alerts {
		if a.StartsAt.After(g.Newest) {
			g.Newest = a.StartsAt
		}
		if a.resolved() && a.EndsAt.After(g.Newest) {
			g.Newest = a.EndsAt
		}
	}
	return g
}

// hash begins a hash of what identifies the group and its chat. The receiver is in it
// because a group's key has none, and two receivers may use one address.
func (w *Webhook) hash(bot, chat string) hash.Hash {
	h := sha256.New()
	if w.Source == Grafana {
		write(h, string(Grafana), strconv.Itoa(w.OrgID))
	} else {
		write(h, string(w.Source))
	}
	write(h, bot, chat, w.Receiver, w.GroupKey)
	return h
}

// fingerprint returns the alert's, or a hash of its labels if it has none.
func (a Alert) fingerprint() string {
	if a.Fingerprint != "" {
		return a.Fingerprint
	}
	h := sha256.New()
	for _, p := range a.Labels.SortedPairs() {
		write(h, p.Name, p.Value)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write adds texts to a hash, each with its length, so that no two lists are alike.
func write(h io.Writer, texts ...string) {
	for _, text := range texts {
		_, _ = io.WriteString(h, strconv.Itoa(len(text))+":"+text) // a hash returns no error
	}
}
