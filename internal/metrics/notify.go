package metrics

import "time"

// NotifyRequests declares the requests of the notification API. The returned function counts
// one: its endpoint, and the code of its problem, "ok" if it has none. Each endpoint begins
// at 0 with "ok".
func (s *Set) NotifyRequests(endpoints ...string) func(endpoint, code string, took time.Duration) {
	total := s.counter("notify_requests_total", "Requests of the notification API, by endpoint and by the code of the answer's problem, ok if it has none.", "endpoint", "code")
	seconds := s.counter("notify_request_seconds_total", "Total time of requests of the notification API, with the time that they waited for a post.", "endpoint")
	for _, e := range endpoints {
		total.WithLabelValues(e, "ok")
		seconds.WithLabelValues(e)
	}
	return func(endpoint, code string, took time.Duration) {
		total.WithLabelValues(endpoint, code).Inc()
		seconds.WithLabelValues(endpoint).Add(took.Seconds())
	}
}
