package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestBurst_EveryQuestionIsAnswered asserts what BenchmarkBurst counts. Its burst is
// smaller, since the race detector makes all of those who share this machine several
// times slower: the bot, the people and Slack.
func TestBurst_EveryQuestionIsAnswered(t *testing.T) {
	t.Parallel()
	for name, public := range map[string]bool{"direct messages": false, "public channels": true} {
		t.Run(name, func(t *testing.T) {
			s := newBurst(t, 2000, time.Second)
			s.public = public
			// The clock is the benchmark's: here a busy machine may take its time.
			s.client.Timeout, s.retries = testenv.Timeout, []time.Duration{0, 0, 0}
			s.run()
			asked := s.messages / askEvery
			if n := s.answeredOnce(); n != asked || len(s.answered) != asked {
				t.Errorf("%d of %d questions were answered once, and something in %d channels", n, asked, len(s.answered))
			}
			if u := s.unanswered(); u != (presence.Unanswered{}) || s.lost.Load() > 0 {
				t.Errorf("%d messages were lost; operators see %+v", s.lost.Load(), u)
			}
		})
	}
}

// TestBurst_ShowsUnanswered has a gateway with a small backlog refuse events while no
// consumer runs, and a consumer that starts too late.
func TestBurst_ShowsUnanswered(t *testing.T) {
	t.Parallel()
	s := newBurst(t, 120, 10*time.Millisecond)
	s.client.Timeout, s.retries = testenv.Timeout, []time.Duration{0}
	stop := s.start(config.Gateway, "GOPHER_QUEUE_MAX_BACKLOG=100")
	s.sayAll(time.Now().Add(-time.Minute))
	testenv.Eventually(t, "operators see those that were refused, once each", func() bool { return s.unanswered().Refused == 20 })
	stop()
	s.start(config.Consumer)
	testenv.Eventually(t, "operators see those that were too old", func() bool { return s.unanswered().TooOld == 100 })
	if n := len(s.answered); n > 0 {
		t.Errorf("%d were answered", n)
	}
	if metrics := s.get("/metrics"); !strings.Contains(metrics, `gopherbot_events_discarded_total{reason="too_old",type="message_private"} 100`) {
		t.Error(metrics)
	}
}

// BenchmarkBurst is a burst of 10,000 private messages within two seconds, on which
// Slack takes 150 ms for each call. What is refused comes again at once and after a
// minute, as from Slack. On two cores, with those who talk and Slack beside it:
//
//	            answered  refused  too old  last answer  (of 1,000 questions)
//	64 workers      1000        0        0          5 s
//	10 workers       277     8917     1783         21 s
func BenchmarkBurst(b *testing.B) {
	for b.Loop() {
		s := newBurst(b, 10_000, 2*time.Second)
		s.retries = []time.Duration{0, time.Minute}
		start := time.Now()
		s.run()
		handled := time.Since(start)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(s.last.Sub(start).Seconds(), "s-until-last-answer")
		b.ReportMetric(float64(s.handled.Load())/handled.Seconds(), "events/s")
		b.ReportMetric(float64(s.answeredOnce()), "answered")
		b.ReportMetric(float64(s.refused.Load()), "refused")
		b.ReportMetric(float64(s.late.Load()), "late")
		b.ReportMetric(float64(s.unanswered().TooOld), "too-old")
		b.ReportMetric(float64(s.lost.Load()), "lost")
	}
}
