package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Platform is a chat platform that sends requests.
type Platform struct {
	Name string
	// Notices are the names of what it says about the app itself.
	Notices []string
	// Last returns when its last authentic request came, and the usual time between two,
	// zero values before the first.
	Last func() (at time.Time, usualGap time.Duration)
}

// Platforms declares what each platform sends a gateway, over HTTP and over sockets.
// unauthorized counts a request that is not authentic, noticed a notice. Each counter begins
// at 0.
func (s *Set) Platforms(list []Platform) (unauthorized func(platform string, wrongSecret bool), noticed func(platform, notice string)) {
	refused := s.counter("requests_unauthorized_total",
		"Requests that are not authentic, by reason: secret (complete and recent, but signed with another secret) or other.", "platform", "reason")
	notices := s.counter("platform_notices_total", "What a chat platform said about the app itself, such as app_uninstalled.", "platform", "notice")
	for _, p := range list {
		refused.WithLabelValues(p.Name, "secret")
		refused.WithLabelValues(p.Name, "other")
		for _, n := range p.Notices {
			notices.WithLabelValues(p.Name, n)
		}
	}
	last := desc("last_request_timestamp_seconds", "Time of the last authentic request of a chat platform to this process, 0 before its first.", "platform")
	usual := desc("usual_request_gap_seconds",
		"Usual time between two authentic requests of a chat platform to this process, when the last came: an average over the hour before. None before the first.", "platform")
	s.collect(func(to chan<- prometheus.Metric) {
		for _, p := range list {
			at, gap := p.Last()
			to <- measured(last, unix(at), p.Name)
			if gap > 0 {
				to <- measured(usual, gap.Seconds(), p.Name)
			}
		}
	}, last, usual)
	return func(platform string, wrongSecret bool) {
			reason := "other"
			if wrongSecret {
				reason = "secret"
			}
			refused.WithLabelValues(platform, reason).Inc()
		}, func(platform, notice string) {
			notices.WithLabelValues(platform, notice).Inc()
		}
}
