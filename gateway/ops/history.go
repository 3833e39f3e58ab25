package ops

import (
	"context"
	"sync"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// maxSamples bounds the samples: ten minutes at one in 2 s.
	maxSamples = 300
	// window is the time over which throughput and wait are measured.
	window = time.Minute
	// maxFailures bounds the latest failures that are shown.
	maxFailures = 20
	// redisTimeout bounds the requests to Redis for one sample or answer.
	redisTimeout = 5 * time.Second
)

// sample is the state of the queue at one moment.
type sample struct {
	At int64 `json:"at"` // Unix time in ms
	// Types are in the order of Options.Types.
	Types []typeSample `json:"types"`
}

// typeSample is the state of the events of one type. Handled, P50MS and P99MS are those
// of the minute before.
type typeSample struct {
	Depth    int64 `json:"depth"`
	Pending  int64 `json:"pending"`
	OldestMS int64 `json:"oldest_ms"`
	Delayed  int64 `json:"delayed"`
	Dead     int64 `json:"dead"`
	Dropped  int64 `json:"dropped"` // dead letters removed because there were too many, so far
	Handled  int64 `json:"handled"`
	// P50MS and P99MS are the events' waiting time, nil if there were none.
	P50MS *float64 `json:"p50_ms,omitempty"`
	P99MS *float64 `json:"p99_ms,omitempty"`
}

// total adds up the counts of all consumers for a type of events since the gateway
// started.
type total struct {
	handled int64
	wait    workqueue.Histogram
}

// history holds the samples of the last ten minutes. It is safe for concurrent use.
type history struct {
	opts Options

	mu         sync.Mutex
	samples    []sample
	totals     []moment
	gateways   []gatewayState
	commits    map[string]string // of the running processes, by name
	consumers  []presence.Consumer
	failures   []presence.Failure
	unanswered []presence.Unanswered
	jobs       Jobs
	audit      string // the id of the latest act
	// notifications is replaced, never changed.
	notifications *notifications
	failure       string // why the latest sample failed, "" if it did not
	// last is the report of each consumer at the latest sample.
	last map[string]presence.Consumer
}

// moment is the totals of each type at a sample's time.
type moment struct {
	at    time.Time
	types map[string]total
}

func newHistory(opts Options) *history {
	return &history{opts: opts, failure: "The gateway has just started.", last: map[string]presence.Consumer{}}
}

func (h *history) run(ctx context.Context) {
	tick := time.NewTicker(h.opts.Every)
	defer tick.Stop()
	for {
		h.sample(ctx, time.Now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// sample takes a sample.
func (h *history) sample(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	stats, err := h.opts.Queue.Stats(ctx, h.opts.Types...)
	var instances []presence.Instance
	if err == nil {
		instances, err = h.opts.Presence.Instances(ctx)
	}
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
	var jobs Jobs
	if err == nil {
		jobs, err = h.opts.Jobs(ctx)
	}
	var acts []audit.Entry
	if err == nil {
		acts, err = h.opts.Audit.List(ctx, "", 1)
	}
	var notified *notifications
	if err == nil && h.opts.Notifications {
		notified, err = readNotifications(ctx, h.opts.Presence)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.failure = "Redis does not answer; this page is out of date. " + err.Error()
		return
	}
	h.gateways = gatewaysOf(instances)
	h.commits = map[string]string{}
	for _, i := range instances {
		h.commits[processName(i)] = i.Commit
	}
	h.failure, h.consumers, h.failures, h.unanswered, h.jobs, h.notifications = "", consumers, failures, unanswered, jobs, notified
	if len(acts) > 0 {
		h.audit = acts[0].ID
	}
	h.add(now, stats, consumers)
}

// add adds a sample. The caller holds h.mu.
func (h *history) add(now time.Time, stats []workqueue.Stats, consumers []presence.Consumer) {
	h.totals = append(h.totals, moment{now, h.count(consumers)})
	// The first is kept as old as the window, if there is one so old.
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

// count returns the new totals: the latest ones plus the increase of each consumer's
// counts since the latest sample. The counts of a new consumer are added only if it
// started after that sample; otherwise it is unknown when the events were handled.
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
	for _, report := range consumers {
		seen[report.Name] = report
		last, known := h.last[report.Name]
		if !known && (before.IsZero() || report.Started.Before(before)) {
			continue
		}
		for _, c := range report.Counts {
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

// countsOf returns the counts of a type in a consumer's report, zeros if it has none.
func countsOf(report presence.Consumer, eventType string) workqueue.HandleCounts {
	for _, c := range report.Counts {
		if c.Type == eventType {
			return c
		}
	}
	return workqueue.HandleCounts{}
}
