package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestSeconds are the upper bounds of how long requests took. Slack waits for
// three seconds.
var requestSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// Requests declares the outcomes of platforms' requests. The function that it
// returns counts one. Each of the outcomes begins at 0.
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

// Handlers declares how handlers ran. The function that it returns counts a run. Each
// of the handlers begins at 0 with each of the outcomes.
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
// made. The first function that it returns counts one, the second the result of one.
// Each of the results begins at 0.
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

// apiCalls are the metrics of calls of chat platforms' APIs. The platforms share
// them and differ by a label.
type apiCalls struct{ total, seconds, rateLimit *prometheus.CounterVec }

// WebAPI declares the calls of a chat platform's API. platform is its label, such
// as "slack". The function that it returns counts one call. WebAPI may be called
// for several platforms, and several times for one.
func (s *Set) WebAPI(platform string) func(method, status string, took, wait time.Duration) {
	calls := s.apiCalls()
	return func(method, status string, took, wait time.Duration) {
		calls.total.WithLabelValues(platform, method, status).Inc()
		calls.seconds.WithLabelValues(platform, method).Add(took.Seconds())
		calls.rateLimit.WithLabelValues(platform, method).Add(wait.Seconds())
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
