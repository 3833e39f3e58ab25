package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/workqueue"
)

// Queue reads the state of the queue.
type Queue interface {
	Stats(ctx context.Context, eventTypes ...string) ([]workqueue.Stats, error)
}

// Backlog declares the length of the queue. It belongs to the deployment: each process
// that exports it exports the same values. ctx is the process's.
func (s *Set) Backlog(ctx context.Context, queue Queue, eventTypes ...string) {
	var (
		depth     = desc("queue_depth", "Events on the streams: those that wait and those that are being handled.", "type")
		pending   = desc("queue_pending", "Events that a consumer has received and not acknowledged.", "type")
		oldest    = desc("queue_oldest_seconds", "Age of the oldest event on the streams.", "type")
		delayed   = desc("queue_delayed", "Events that wait for a retry.", "type")
		dead      = desc("queue_dead", "Dead letters.", "type")
		deadTotal = desc("dead_letters_total", "Events that became dead letters so far, as Redis has counted them for the deployment.", "type")
		dropped   = desc("dead_letters_dropped_total", "Dead letters removed so far because they exceeded the maximum size of all.", "type")
		consumers = desc("queue_consumers", "Consumers that have handled events of the type. Consumers without an event so far are not counted; dead ones are, for 30 s.", "type")
	)
	s.ask(ctx, func(ctx context.Context, to chan<- prometheus.Metric) error {
		stats, err := queue.Stats(ctx, eventTypes...)
		if err != nil {
			return err
		}
		for _, q := range stats {
			to <- measured(depth, float64(q.Depth), q.Type)
			to <- measured(pending, float64(q.Pending), q.Type)
			to <- measured(oldest, q.OldestAge.Seconds(), q.Type)
			to <- measured(delayed, float64(q.Delayed), q.Type)
			to <- measured(dead, float64(q.Dead), q.Type)
			to <- counted(deadTotal, q.DeadTotal, q.Type)
			to <- counted(dropped, q.DeadDropped, q.Type)
			to <- measured(consumers, float64(q.Consumers), q.Type)
		}
		return nil
	}, depth, pending, oldest, delayed, dead, deadTotal, dropped, consumers)
}

// Jobs declares the state of the background jobs, which belongs to the deployment, too.
func (s *Set) Jobs(ctx context.Context, read func(context.Context) (bgtasks.Status, error)) {
	var (
		led      = desc("led", "1 while a process of the deployment is the leader, which runs the background jobs, else 0.")
		runs     = desc("job_runs_total", "Runs of a background job since its first run, by result.", "name", "result")
		failing  = desc("job_failing", "Failed runs of a background job since its last success.", "name")
		lastRun  = desc("job_last_run_timestamp_seconds", "Start of a background job's last run, 0 before its first.", "name")
		nextRun  = desc("job_next_run_timestamp_seconds", "Time of a background job's next run.", "name")
		duration = desc("job_last_run_seconds", "Time of a background job's last run.", "name")
	)
	s.ask(ctx, func(ctx context.Context, to chan<- prometheus.Metric) error {
		status, err := read(ctx)
		if err != nil {
			return err
		}
		to <- measured(led, truth(status.Leader != ""))
		for _, j := range status.Jobs {
			to <- counted(runs, j.Runs-j.Failures, j.Name, "ok")
			to <- counted(runs, j.Failures, j.Name, "failed")
			to <- measured(failing, float64(j.Failing), j.Name)
			to <- measured(lastRun, unix(j.Last), j.Name)
			to <- measured(nextRun, unix(j.Next), j.Name)
			to <- measured(duration, j.Took.Seconds(), j.Name)
		}
		return nil
	}, led, runs, failing, lastRun, nextRun, duration)
}

// Pause is something that an operator has paused.
type Pause struct {
	// What is its kind, such as "handler".
	What, Name string
	Since      time.Time
}

// Pauses are all that operators have paused. Types are the types of events among them, and
// those of the platforms.
type Pauses struct {
	List  []Pause
	Types []string
}

// Paused declares what operators have paused, which belongs to the deployment, too.
func (s *Set) Paused(ctx context.Context, read func(context.Context) (Pauses, error)) {
	paused := desc("paused", "Seconds for which an operator has paused a platform, a type of events or a handler. Nothing is exported for what is not paused.", "what", "name")
	typePaused := desc("type_paused", "1 for a type of events that an operator has paused, or its platform. Nothing is exported for others.", "type")
	s.ask(ctx, func(ctx context.Context, to chan<- prometheus.Metric) error {
		pauses, err := read(ctx)
		for _, p := range pauses.List {
			to <- measured(paused, max(time.Since(p.Since).Seconds(), 0), p.What, p.Name)
		}
		for _, eventType := range pauses.Types {
			to <- measured(typePaused, 1, eventType)
		}
		return err
	}, paused, typePaused)
}

// ask declares metrics that are read from Redis. If read fails, its error is the value
// of the first of them.
func (s *Set) ask(ctx context.Context, read func(context.Context, chan<- prometheus.Metric) error, descs ...*prometheus.Desc) {
	s.collect(func(to chan<- prometheus.Metric) {
		ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
		defer cancel()
		if err := read(ctx, to); err != nil {
			to <- prometheus.NewInvalidMetric(descs[0], err)
		}
	}, descs...)
}

// unix returns a time in seconds, 0 for none.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
