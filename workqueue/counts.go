package workqueue

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// PublishCounts is what became of the events of one type that were given to a
// Publisher.
type PublishCounts struct {
	Type string
	// Queued are on their stream, Duplicate were there before, Refused found it
	// or Redis full, and of Failed it is not known, since Redis did not answer as it should.
	Queued, Duplicate, Refused, Failed int64
}

// HandleCounts is what a Consumer did with the events of one type.
type HandleCounts struct {
	Type string
	// Received is how many deliveries came, also those that were not given to the
	// handler, being too old or too late; Reclaimed is how many of them were taken
	// over from a consumer that had died.
	Received  int64 `json:"Taken"` // as consumers have written it to Redis since the first build
	Reclaimed int64
	// Acked are done with, Retried are to be tried again, Postponed as well, at no
	// cost of an attempt, and Dead became dead letters. Events that a stopping
	// consumer handed back, and those that could not be begun, are none of them.
	Acked, Retried, Postponed, Dead int64
	// DeadDropped is how many dead letters were removed because there were more
	// bytes of them than are kept.
	DeadDropped int64
	// Discarded is how many of those that are done with the handler discarded, and
	// TooOld how many of these for their age.
	Discarded, TooOld int64
	// LeaseLost is how many deliveries were cancelled, or not begun, because
	// another consumer might have taken their event over.
	LeaseLost int64
	// Wait is how long events were on the queue before they were first
	// taken. It compares Redis's clock with this machine's.
	Wait Histogram
	// Handling is how long the handler took.
	Handling Histogram
}

// Histogram counts durations by their length. Counts[i] are those of at most
// HistogramBounds()[i], and more than the bound before; the last is of those
// that are longer than all bounds.
type Histogram struct {
	Counts [len(histogramBounds) + 1]int64
	Sum    time.Duration
}

var histogramBounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute,
}

// HistogramBounds returns the upper bounds of a Histogram's counts, from a
// millisecond to five minutes.
func HistogramBounds() []time.Duration { return slices.Clone(histogramBounds[:]) }

// Total returns how many durations were counted.
func (h Histogram) Total() int64 {
	var n int64
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Counts returns what became of the events of each type that was published so
// far, ordered by type.
func (p *Publisher) Counts() []PublishCounts { return p.counters.counts() }

// Counts returns what was done with the events of each type so far, in the
// order in which Handle was called.
func (c *Consumer) Counts() []HandleCounts {
	list := make([]HandleCounts, len(c.types))
	for i, t := range c.types {
		n := t.counters
		list[i] = HandleCounts{
			Type: t.eventType, Received: n.received.Load(), Reclaimed: n.reclaimed.Load(), Acked: n.acked.Load(),
			Retried: n.retried.Load(), Postponed: n.postponed.Load(), Dead: n.dead.Load(), DeadDropped: n.deadDropped.Load(), LeaseLost: n.leaseLost.Load(),
			Discarded: n.discarded.Load(), TooOld: n.tooOld.Load(),
			Wait: n.wait.histogram(), Handling: n.handling.histogram(),
		}
	}
	return list
}

// handleCounters count what is done with the events of one type.
type handleCounters struct {
	received, reclaimed, acked, retried, postponed, dead, deadDropped, leaseLost atomic.Int64
	discarded, tooOld                                                            atomic.Int64
	wait, handling                                                               durations
}

// completed counts a delivery that was acknowledged.
func (n *handleCounters) completed(d *delivery) {
	n.acked.Add(1)
	if d.discard != nil {
		n.discarded.Add(1)
		if d.discard.TooOld {
			n.tooOld.Add(1)
		}
	}
}

// durations counts durations as a Histogram shows them.
type durations struct {
	counts [len(histogramBounds) + 1]atomic.Int64
	sum    atomic.Int64
}

// add counts a duration. One below zero, of two clocks that differ, counts as none.
func (d *durations) add(length time.Duration) {
	length = max(length, 0)
	i, _ := slices.BinarySearch(histogramBounds[:], length)
	d.counts[i].Add(1)
	d.sum.Add(int64(length))
}

func (d *durations) histogram() Histogram {
	h := Histogram{Sum: time.Duration(d.sum.Load())}
	for i := range d.counts {
		h.Counts[i] = d.counts[i].Load()
	}
	return h
}

// publishCounters count what becomes of published events, by type.
type publishCounters struct {
	mu     sync.Mutex
	byType map[string]*PublishCounts
}

// add counts a call that ended with err. One that gave up waiting may still be
// under way.
func (c *publishCounters) add(eventType string, call *publishing, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.byType[eventType]
	if n == nil {
		n = &PublishCounts{Type: eventType}
		c.byType[eventType] = n
	}
	switch {
	case errors.Is(err, ErrFull): // Redis is
		n.Refused++
	case err != nil:
		n.Failed++
	case call.result == Queued:
		n.Queued++
	case call.result == Duplicate:
		n.Duplicate++
	default:
		n.Refused++
	}
}

func (c *publishCounters) counts() []PublishCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]PublishCounts, 0, len(c.byType))
	for _, eventType := range slices.Sorted(maps.Keys(c.byType)) {
		list = append(list, *c.byType[eventType])
	}
	return list
}
