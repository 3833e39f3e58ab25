package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobridge/gopherbot/workqueue"
)

// Published declares what became of the events that a publisher was given.
func (s *Set) Published(counts func() []workqueue.PublishCounts) {
	total := desc("published_total", "Events given to the queue, by type and result: failed are those of which it is not known.", "type", "result")
	s.collect(func(to chan<- prometheus.Metric) {
		for _, c := range counts() {
			to <- counted(total, c.Queued, c.Type, "queued")
			to <- counted(total, c.Duplicate, c.Type, "duplicate")
			to <- counted(total, c.Refused, c.Type, "refused")
			to <- counted(total, c.Failed, c.Type, "failed")
		}
	}, total)
}

// Handled declares what a consumer did with the events of each type.
func (s *Set) Handled(counts func() []workqueue.HandleCounts) {
	var (
		deliveries = desc("deliveries_total", "Events given to a handler, each time that they are.", "type")
		reclaimed  = desc("deliveries_reclaimed_total", "Deliveries taken over from a consumer that had died.", "type")
		leasesLost = desc("leases_lost_total", "Handlers that were cancelled because another consumer might have their event.", "type")
		events     = desc("events_total", "Deliveries that ended, by outcome: acked, retried, postponed (retried at no cost of an attempt), dead (became dead letters).", "type", "outcome")
		wait       = desc("queue_wait_seconds", "How long events were on the queue before they were first taken.", "type")
		handling   = desc("handling_seconds", "How long the handling of an event took, all its handlers together.", "type")
	)
	s.collect(func(to chan<- prometheus.Metric) {
		for _, c := range counts() {
			to <- counted(deliveries, c.Taken, c.Type)
			to <- counted(reclaimed, c.Reclaimed, c.Type)
			to <- counted(leasesLost, c.LeaseLost, c.Type)
			to <- counted(events, c.Acked, c.Type, "acked")
			to <- counted(events, c.Retried, c.Type, "retried")
			to <- counted(events, c.Postponed, c.Type, "postponed")
			to <- counted(events, c.Dead, c.Type, "dead")
			to <- histogram(wait, c.Wait, c.Type)
			to <- histogram(handling, c.Handling, c.Type)
		}
	}, deliveries, reclaimed, leasesLost, events, wait, handling)
}

// histogram returns a histogram of the queue's as Prometheus wants it: each
// bucket holds those of the smaller ones, too.
func histogram(d *prometheus.Desc, h workqueue.Histogram, labels ...string) prometheus.Metric {
	buckets := map[float64]uint64{}
	var n uint64
	for i, bound := range workqueue.HistogramBounds() {
		n += uint64(h.Counts[i])
		buckets[bound.Seconds()] = n
	}
	return prometheus.MustNewConstHistogram(d, uint64(h.Total()), h.Sum.Seconds(), buckets, labels...)
}
