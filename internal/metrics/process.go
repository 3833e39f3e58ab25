package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestSeconds are the upper bounds of how long requests took. Slack waits for
// three seconds.
var requestSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// Requests declares what became of platforms' requests. What it returns counts
// one; the outcomes that there are begin at 0.
func (s *Set) Requests(outcomes ...string) func(outcome string, took time.Duration) {
	total := s.counter("requests_total", "Requests that a chat platform sent, by what became of them.", "outcome")
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "request_seconds", Buckets: requestSeconds,
		Help: "How long the answer to a platform's request took, the queue included.",
	})
	s.registry.MustRegister(seconds)
	for _, o := range outcomes {
		total.WithLabelValues(o)
	}
	return func(outcome string, took time.Duration) {
		total.WithLabelValues(outcome).Inc()
		seconds.Observe(took.Seconds())
	}
}

// Handlers declares how handlers ran. What it returns counts a run; each of the
// handlers begins at 0 with each of the outcomes.
func (s *Set) Handlers(handlers, outcomes []string) func(handler, outcome string, took time.Duration) {
	runs := s.counter("handler_runs_total", "Runs of handlers, by the handler's name and how they ended.", "handler", "outcome")
	seconds := s.counter("handler_run_seconds_total", "How long handlers ran, in all.", "handler")
	for _, h := range handlers {
		seconds.WithLabelValues(h)
		for _, o := range outcomes {
			runs.WithLabelValues(h, o)
		}
	}
	return func(handler, outcome string, took time.Duration) {
		runs.WithLabelValues(handler, outcome).Inc()
		seconds.WithLabelValues(handler).Add(took.Seconds())
	}
}

// UnknownOutcomes declares the posts of which it is not known whether they were
// made. The first of what it returns counts one, the second what became of one;
// the results that there are begin at 0.
func (s *Set) UnknownOutcomes(results ...string) (occurred func(), resolved func(result string)) {
	total := s.counter("unknown_outcomes_total", "Posts of which it was not known whether they were made, because no proper answer came.")
	known := s.counter("unknown_outcomes_resolved_total",
		"Of those, posts of which it has become known or will not: found, repeated (posted again), expired (too late for that), left (nobody can tell).", "result")
	for _, r := range results {
		known.WithLabelValues(r)
	}
	occurrences := total.WithLabelValues() // begins at 0
	return occurrences.Inc, func(result string) { known.WithLabelValues(result).Inc() }
}

// WebAPI declares the calls of the chat platform's API. What it returns counts
// one.
func (s *Set) WebAPI() func(method, status string, took, wait time.Duration) {
	calls := s.counter("slack_calls_total", "Requests to Slack's Web API, by method and how they ended.", "method", "status")
	seconds := s.counter("slack_call_seconds_total", "How long requests to Slack's Web API took, in all.", "method")
	waits := s.counter("slack_rate_limit_seconds_total", "For how long Slack's rate limits told us to wait, in all.", "method")
	return func(method, status string, took, wait time.Duration) {
		calls.WithLabelValues(method, status).Inc()
		seconds.WithLabelValues(method).Add(took.Seconds())
		waits.WithLabelValues(method).Add(wait.Seconds())
	}
}

// Leading declares whether this process leads the background tasks.
func (s *Set) Leading(leads func() bool) {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "leading", Help: "1 while this process leads the background tasks, else 0.",
	}, func() float64 { return truth(leads()) }))
}

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
