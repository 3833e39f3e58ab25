package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobridge/gopherbot/workqueue"
)

// Published declares the events that a publisher was given, by result.
func (s *Set) Published(counts func() []workqueue.PublishCounts) {
	total := desc("published_total", "Events given to the queue, by type and result: queued, duplicate, refused (the stream or Redis is full) or failed (it is unknown whether they were queued).", "type", "result")
	s.collect(func(to chan<- prometheus.Metric) {
		for _, c := range counts() {
			to <- counted(total, c.Queued, c.Type, "queued")
			to <- counted(total, c.Duplicate, c.Type, "duplicate")
			to <- counted(total, c.Refused, c.Type, "refused")
			to <- counted(total, c.Failed, c.Type, "failed")
		}
	}, total)
}

// Refused declares the events that found the queue full when they were first delivered.
func (s *Set) Refused(byType func() map[string]int64) {
	total := desc("events_refused_total", "Events that found their stream or Redis full when they were first delivered. The platform's retries are not counted.", "type")
	s.collect(func(to chan<- prometheus.Metric) {
		for eventType, n := range byType() {
			to <- counted(total, n, eventType)
		}
	}, total)
}

// MaxBacklog declares how many events of a type the queue may hold. read may call Redis.
// ctx is the process's.
func (s *Set) MaxBacklog(ctx context.Context, read func(context.Context) int) {
	limit := desc("queue_max_backlog", "Number of events of a type, over all shards, from which this process refuses more.")
	s.ask(ctx, func(ctx context.Context, to chan<- prometheus.Metric) error {
		to <- measured(limit, float64(read(ctx)))
		return nil
	}, limit)
}

// Handled declares the outcomes of the events of each type in a consumer.
func (s *Set) Handled(counts func() []workqueue.HandleCounts) {
	var (
		deliveries = desc("deliveries_total", "Attempts to handle an event.", "type")
		reclaimed  = desc("deliveries_reclaimed_total", "Deliveries reclaimed from a dead consumer.", "type")
		leasesLost = desc("leases_lost_total", "Handlers that were cancelled because their lease was lost: another consumer may handle their event.", "type")
		events     = desc("events_total", "Finished attempts, by outcome: acked, retried, postponed (retried without counting the attempt) or dead (became a dead letter).", "type", "outcome")
		discarded  = desc("events_discarded_total", "Events that were acknowledged without being handled, by reason: too_old, not_for_us (such as messages of bots), superseded (done before), gone (the target) or other.", "type", "reason")
		wait       = desc("queue_wait_seconds", "Time between an event's publication and its first attempt.", "type")
		handling   = desc("handling_seconds", "Time of an attempt, all handlers of the event together.", "type")
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
			to <- counted(discarded, c.NotForUs, c.Type, "not_for_us")
			to <- counted(discarded, c.Superseded, c.Type, "superseded")
			to <- counted(discarded, c.TargetGone, c.Type, "gone")
			to <- counted(discarded, c.Discarded-c.TooOld-c.NotForUs-c.Superseded-c.TargetGone, c.Type, "other")
			to <- histogram(wait, c.Wait, c.Type)
			to <- histogram(handling, c.Handling, c.Type)
		}
	}, deliveries, reclaimed, leasesLost, events, discarded, wait, handling)
}

// histogram converts a histogram of the queue to Prometheus's, whose buckets are
// cumulative.
func histogram(d *prometheus.Desc, h workqueue.Histogram, labels ...string) prometheus.Metric {
	buckets := map[float64]uint64{}
	var n uint64
	for i, bound := range workqueue.HistogramBounds() {
		n += uint64(h.Counts[i])
		buckets[bound.Seconds()] = n
	}
	return prometheus.MustNewConstHistogram(d, uint64(h.Total()), h.Sum.Seconds(), buckets, labels...)
}
