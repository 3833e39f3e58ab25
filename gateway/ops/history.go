package ops

import (
	"context"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// maxSamples is how many samples are kept: of ten minutes, at one in 2 s.
	maxSamples = 300
	// window is the time that throughput and wait are told of.
	window = time.Minute
	// maxFailures is how many of the latest failures are shown.
	maxFailures = 20
	// patience bounds one look at Redis.
	patience = 5 * time.Second
)

// sample is the state of the queue at one moment.
type sample struct {
	At int64 `json:"at"` // Unix time in ms
	// Types are in the order of Options.Types.
	Types []typeSample `json:"types"`
}

// typeSample is the state of the events of one type. Throughput and wait are
// those of the minute before.
type typeSample struct {
	Depth    int64 `json:"depth"`
	Pending  int64 `json:"pending"`
	OldestMS int64 `json:"oldest_ms"`
	Delayed  int64 `json:"delayed"`
	Dead     int64 `json:"dead"`
	Dropped  int64 `json:"dropped"` // dead letters that were too many, so far
	Handled  int64 `json:"handled"`
	// P50MS and P99MS are missing when nothing was taken.
	P50MS *float64 `json:"p50_ms,omitempty"`
	P99MS *float64 `json:"p99_ms,omitempty"`
}

// total is what all consumers did with the events of a type since the page's
// gateway started.
type total struct {
	handled int64
	wait    workqueue.Histogram
}

// history is what was seen of the queue over the last minutes. It is safe for
// concurrent use.
type history struct {
	opts Options

	mu         sync.Mutex
	samples    []sample
	totals     []moment
	consumers  []presence.Consumer
	failures   []presence.Failure
	unanswered []presence.Unanswered
	background Jobs
	trouble    string // why the latest look failed, "" if it did not
	// last is what each consumer told at the latest look.
	last map[string]presence.Consumer
}

// moment is the totals of each type at a sample's time.
type moment struct {
	at    time.Time
	types map[string]total
}

func newHistory(opts Options) *history {
	return &history{opts: opts, trouble: "The gateway has just started.", last: map[string]presence.Consumer{}}
}

func (h *history) run(ctx context.Context) {
	tick := time.NewTicker(h.opts.Every)
	defer tick.Stop()
	for {
		h.look(ctx, time.Now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look takes a sample.
func (h *history) look(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stats, err := h.opts.Queue.Stats(ctx, h.opts.Types...)
	var consumers []presence.Consumer
	if err == nil {
		consumers, err = h.opts.Presence.Consumers(ctx)
	}
	var failures []presence.Failure
	if err == nil {
		failures, err = h.opts.Presence.Failures(ctx, maxFailures)
	}
	var unanswered []presence.Unanswered
	if err == nil {
		unanswered, err = h.opts.Presence.Unanswered(ctx)
	}
	var background Jobs
	if err == nil {
		background, err = h.opts.Jobs(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.trouble = "Redis does not answer; what is shown is old. " + err.Error()
		return
	}
	h.trouble, h.consumers, h.failures, h.unanswered, h.background = "", consumers, failures, unanswered, background
	h.add(now, stats, consumers)
}

// add adds a sample. The caller holds h.mu.
func (h *history) add(now time.Time, stats []workqueue.Stats, consumers []presence.Consumer) {
	h.totals = append(h.totals, moment{now, h.count(consumers)})
	// The first of them is as old as the window, or as old as it gets.
	for len(h.totals) > 1 && now.Sub(h.totals[1].at) >= window {
		h.totals = h.totals[1:]
	}
	first, latest := h.totals[0], h.totals[len(h.totals)-1]
	s := sample{At: now.UnixMilli()}
	for _, of := range stats {
		since, until := first.types[of.Type], latest.types[of.Type]
		wait := until.wait.Sub(since.wait)
		s.Types = append(s.Types, typeSample{
			Depth: of.Depth, Pending: of.Pending, OldestMS: of.OldestAge.Milliseconds(), Delayed: of.Delayed, Dead: of.Dead, Dropped: of.DeadDropped,
			Handled: until.handled - since.handled,
			P50MS:   quantile(wait, 0.5), P99MS: quantile(wait, 0.99),
		})
	}
	h.samples = append(h.samples, s)
	if len(h.samples) > maxSamples {
		h.samples = h.samples[1:]
	}
}

func quantile(h workqueue.Histogram, q float64) *float64 {
	d, ok := h.Quantile(q)
	if !ok {
		return nil
	}
	ms := float64(d.Microseconds()) / 1000
	return &ms
}

// count returns the new totals: the latest, and what consumers did since they
// told of it last. What one did before it was first seen counts only if it
// started after the latest look; otherwise nobody knows when that was.
func (h *history) count(consumers []presence.Consumer) map[string]total {
	totals := map[string]total{}
	var before time.Time
	if n := len(h.totals); n > 0 {
		before = h.totals[n-1].at
		for name, t := range h.totals[n-1].types {
			totals[name] = t
		}
	}
	seen := map[string]presence.Consumer{}
	for _, v := range consumers {
		seen[v.Name] = v
		last, known := h.last[v.Name]
		if !known && (before.IsZero() || v.Started.Before(before)) {
			continue
		}
		for _, c := range v.Counts {
			earlier := countsOf(last, c.Type)
			t := totals[c.Type]
			t.handled += c.Acked - earlier.Acked
			t.wait = t.wait.Add(c.Wait.Sub(earlier.Wait))
			totals[c.Type] = t
		}
	}
	h.last = seen
	return totals
}

// countsOf returns what a consumer told of a type, zeros if nothing.
func countsOf(v presence.Consumer, eventType string) workqueue.HandleCounts {
	for _, c := range v.Counts {
		if c.Type == eventType {
			return c
		}
	}
	return workqueue.HandleCounts{}
}
