package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestSeconds are the upper bounds of the buckets of request times. Slack's timeout is
// 3 s.
var requestSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}

// Requests declares the requests of platforms, by outcome. The returned function counts
// one. Each outcome begins at 0.
func (s *Set) Requests(outcomes ...string) func(outcome string, took time.Duration) {
	total := s.counter("requests_total", "Requests from a chat platform, by outcome.", "outcome")
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "request_seconds", Buckets: requestSeconds,
		Help: "Time from a chat platform's request to the answer, publishing on the queue included.",
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

// Handlers declares the runs of handlers. The returned function counts a run. Each
// handler begins at 0 with each outcome.
func (s *Set) Handlers(handlers, outcomes []string) func(handler, outcome string, took time.Duration) {
	return s.runs("handler", "handler", "handlers", handlers, outcomes)
}

// Callbacks declares the runs of callback rules. The returned function counts a run. Each rule
// begins at 0 with each outcome.
func (s *Set) Callbacks(rules, outcomes []string) func(rule, outcome string, took time.Duration) {
	return s.runs("callback", "rule", "callback rules", rules, outcomes)
}

// runs declares two counters of things that run. The counters' names begin with prefix, and
// the label, a word for one thing, has its name.
func (s *Set) runs(prefix, label, things string, names, outcomes []string) func(name, outcome string, took time.Duration) {
	runs := s.counter(prefix+"_runs_total", "Runs of "+things+", by the "+label+"'s name and outcome.", label, "outcome")
	seconds := s.counter(prefix+"_run_seconds_total", "Total run time of "+things+".", label)
	for _, name := range names {
		seconds.WithLabelValues(name)
		for _, outcome := range outcomes {
			runs.WithLabelValues(name, outcome)
		}
	}
	return func(name, outcome string, took time.Duration) {
		runs.WithLabelValues(name, outcome).Inc()
		seconds.WithLabelValues(name).Add(took.Seconds())
	}
}

// UnknownOutcomes declares the posts with an unknown outcome. The first returned function
// counts one, the second the result of one. Each result begins at 0.
func (s *Set) UnknownOutcomes(results ...string) (occurred func(), resolved func(result string)) {
	total := s.counter("unknown_outcomes_total", "Posts with an unknown outcome: the platform did not answer, or not properly, so the post may or may not exist.")
	known := s.counter("unknown_outcomes_resolved_total",
		"Resolved posts with an unknown outcome, by result: found, repeated (posted again), expired (too old to be posted again) or left (the outcome stays unknown).", "result")
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
// as "slack". The returned function counts one call. WebAPI may be called for several
// platforms, and several times for one.
func (s *Set) WebAPI(platform string) func(method, status string, took, wait time.Duration) {
	calls := s.apiCalls()
	return func(method, status string, took, wait time.Duration) {
		calls.total.WithLabelValues(platform, method, status).Inc()
		calls.seconds.WithLabelValues(platform, method).Add(took.Seconds())
		calls.rateLimit.WithLabelValues(platform, method).Add(wait.Seconds())
	}
}

// Leading declares whether this process runs the background jobs.
func (s *Set) Leading(leads func() bool) {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "leading", Help: "1 while this process is the leader, which runs the background jobs, else 0.",
	}, func() float64 { return truth(leads()) }))
}

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
