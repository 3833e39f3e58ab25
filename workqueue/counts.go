package workqueue

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// PublishCounts counts the calls of Publish for one type, by their outcome.
type PublishCounts struct {
	Type string
	// Queued and Duplicate count the Results of those names. Refused counts ErrFull.
	// Failed counts all other errors, after which it is not known whether the event is
	// queued.
	Queued, Duplicate, Refused, Failed int64
}

// HandleCounts counts the deliveries of one type to a Consumer, by their outcome.
type HandleCounts struct {
	Type string
	// Received counts all deliveries, also those that were too old or too late for the
	// handler. Reclaimed counts those of them that were reclaimed from another consumer.
	Received  int64 `json:"Taken"` // as consumers have written it to Redis since the first build
	Reclaimed int64
	// Acked counts events that are complete, Retried those that are retried, Postponed
	// those that are handled later at no cost of an attempt, and Dead those that became
	// dead letters. None of them counts an event that a stopping consumer requeued, or
	// whose handler could not be called.
	Acked, Retried, Postponed, Dead int64
	// DeadDropped counts dead letters that were removed because of DeadLetterMaxBytes.
	DeadDropped int64
	// Discarded counts those of Acked that the handler discarded. TooOld, NotForUs, Superseded
	// and TargetGone count those of Discarded with the DiscardKind of that name.
	Discarded, TooOld, NotForUs, Superseded, TargetGone int64
	// LeaseLost counts deliveries that were cancelled, or not begun, because another
	// consumer might have reclaimed their event.
	LeaseLost int64
	// Wait is how long events were on the queue before they were first received. It
	// compares Redis's clock with this machine's.
	Wait Histogram
	// Handling is how long the handler took.
	Handling Histogram
}

// Histogram counts durations by their length. Counts[i] counts those of at most
// HistogramBounds()[i] and more than the bound before; the last counts those that are
// longer than all bounds.
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

// Counts returns the counts of each type that was published so far, ordered by type.
func (p *Publisher) Counts() []PublishCounts { return p.counters.counts() }

// Counts returns the counts of each type so far, in the order of the calls of Handle.
func (c *Consumer) Counts() []HandleCounts {
	list := make([]HandleCounts, len(c.types))
	for i, t := range c.types {
		n := t.counters
		discarded := func(k DiscardKind) int64 { return n.discarded[k].Load() }
		list[i] = HandleCounts{
			Type: t.eventType, Received: n.received.Load(), Reclaimed: n.reclaimed.Load(), Acked: n.acked.Load(),
			Retried: n.retried.Load(), Postponed: n.postponed.Load(), Dead: n.dead.Load(), DeadDropped: n.deadDropped.Load(), LeaseLost: n.leaseLost.Load(),
			TooOld: discarded(TooOld), NotForUs: discarded(NotForUs), Superseded: discarded(Superseded), TargetGone: discarded(TargetGone),
			Wait: n.wait.histogram(), Handling: n.handling.histogram(),
		}
		for k := range n.discarded {
			list[i].Discarded += n.discarded[k].Load()
		}
	}
	return list
}

// handleCounters count the deliveries of one type.
type handleCounters struct {
	received, reclaimed, acked, retried, postponed, dead, deadDropped, leaseLost atomic.Int64
	discarded                                                                    [discardKinds]atomic.Int64
	wait, handling                                                               durations
}

// completed counts a delivery that was acknowledged.
func (n *handleCounters) completed(d *delivery) {
	n.acked.Add(1)
	if d.discard != nil {
		n.discarded[d.discard.Kind].Add(1)
	}
}

// durations counts durations as a Histogram shows them.
type durations struct {
	counts [len(histogramBounds) + 1]atomic.Int64
	sum    atomic.Int64
}

// add counts a duration. A negative one, which two clocks that differ make, counts as 0.
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

// publishCounters count the calls of Publish by type.
type publishCounters struct {
	mu     sync.Mutex
	byType map[string]*PublishCounts
}

// add counts a call that ended with err. If its context ended, its round trip may still
// be under way, so that call.result must not be read.
func (c *publishCounters) add(eventType string, call *publishing, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.byType[eventType]
	if n == nil {
		n = &PublishCounts{Type: eventType}
		c.byType[eventType] = n
	}
	switch {
	case errors.Is(err, ErrFull): // Redis is out of memory
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
