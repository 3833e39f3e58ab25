package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobridge/gopherbot/workqueue"
)

// Published declares the results of the events that a publisher was given.
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

// Refused declares how many events found the queue full when they first came.
func (s *Set) Refused(byType func() map[string]int64) {
	total := desc("events_refused_total", "Events that found their stream, or Redis, full when they first came; when they come again they are not counted again.", "type")
	s.collect(func(to chan<- prometheus.Metric) {
		for eventType, n := range byType() {
			to <- counted(total, n, eventType)
		}
	}, total)
}

// MaxBacklog declares how many events of a type may be on the queue. read may ask
// Redis. ctx is the process's.
func (s *Set) MaxBacklog(ctx context.Context, read func(context.Context) int) {
	limit := desc("queue_max_backlog", "How many events of a type this process puts on the queue before it refuses more, all shards together.")
	s.ask(ctx, func(ctx context.Context, to chan<- prometheus.Metric) error {
		to <- measured(limit, float64(read(ctx)))
		return nil
	}, limit)
}

// Handled declares the outcomes of the events of each type in a consumer.
func (s *Set) Handled(counts func() []workqueue.HandleCounts) {
	var (
		deliveries = desc("deliveries_total", "Events given to a handler, each time that they are.", "type")
		reclaimed  = desc("deliveries_reclaimed_total", "Deliveries taken over from a consumer that had died.", "type")
		leasesLost = desc("leases_lost_total", "Handlers that were cancelled because another consumer might have their event.", "type")
		events     = desc("events_total", "Deliveries that ended, by outcome: acked, retried, postponed (retried at no cost of an attempt), dead (became dead letters).", "type", "outcome")
		discarded  = desc("events_discarded_total", "Events that were acked without being handled, by reason: too_old, or other, such as what a bot said.", "type", "reason")
		wait       = desc("queue_wait_seconds", "How long events were on the queue before they were first taken.", "type")
		handling   = desc("handling_seconds", "How long the handling of an event took, all its handlers together.", "type")
	)
	s.collect(func(to chan<- prometheus.Metric) {
		for _, c := range counts() {
			to <- counted(deliveries, c.Received, c.Type)
			to <- counted(reclaimed, c.Reclaimed, c.Type)
			to <- counted(leasesLost, c.LeaseLost, c.Type)
			to <- counted(events, c.Acked, c.Type, "acked")
			to <- counted(events, c.Retried, c.Type, "retried")
			to <- counted(events, c.Postponed, c.Type, "postponed")
			to <- counted(events, c.Dead, c.Type, "dead")
			to <- counted(discarded, c.TooOld, c.Type, "too_old")
			to <- counted(discarded, c.Discarded-c.TooOld, c.Type, "other")
			to <- histogram(wait, c.Wait, c.Type)
			to <- histogram(handling, c.Handling, c.Type)
		}
	}, deliveries, reclaimed, leasesLost, events, discarded, wait, handling)
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
