package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// sendSeconds are the upper bounds of the buckets of the time until a message is posted. A
// chat gets a message a second, and a message may wait for a platform that is away.
var sendSeconds = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 14400}

// Sends declares the messages that the bot posts unasked: announcements and notifications.
// ended counts an attempt at one by the state that it ends in, and postponed one that waits
// at no cost of an attempt. Each state of each bot begins at 0.
func (s *Set) Sends(bots, states []string) (ended func(bot, state string, waited time.Duration), postponed func(bot string)) {
	total := s.counter("sends_total", "Attempts at posting announcements and notifications, by the bot and the state of the receipt that they end in.", "bot", "state")
	later := s.counter("sends_postponed_total", "Announcements and notifications that were postponed for their chat's pace, a rate limit or an unknown outcome.", "bot")
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "send_seconds", Buckets: sendSeconds,
		Help: "Time from queueing an announcement or a notification until it is posted.",
	}, []string{"bot"})
	s.registry.MustRegister(seconds)
	for _, bot := range bots {
		later.WithLabelValues(bot)
		seconds.WithLabelValues(bot)
		for _, state := range states {
			total.WithLabelValues(bot, state)
		}
	}
	return func(bot, state string, waited time.Duration) {
			total.WithLabelValues(bot, state).Inc()
			if state == "sent" {
				seconds.WithLabelValues(bot).Observe(waited.Seconds())
			}
		}, func(bot string) {
			later.WithLabelValues(bot).Inc()
		}
}
