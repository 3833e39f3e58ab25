package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/workqueue"
)

// Queue is where the state of the queue is read.
type Queue interface {
	Stats(ctx context.Context, eventTypes ...string) ([]workqueue.Stats, error)
}

// Backlog declares the length of the queue. It belongs to the deployment: each process
// that exports it exports the same values. ctx is the process's.
func (s *Set) Backlog(ctx context.Context, queue Queue, eventTypes ...string) {
	var (
		depth     = desc("queue_depth", "Events on the streams, waiting and being handled.", "type")
		pending   = desc("queue_pending", "Events that a consumer has taken and not finished.", "type")
		oldest    = desc("queue_oldest_seconds", "For how long the oldest event on a stream has been there.", "type")
		delayed   = desc("queue_delayed", "Events that wait for their next attempt.", "type")
		dead      = desc("queue_dead", "Dead letters.", "type")
		dropped   = desc("dead_letters_dropped_total", "Dead letters removed so far because there were more bytes of them than are kept.", "type")
		consumers = desc("queue_consumers", "Consumers that have taken events of the type: not those that run and had none of it yet, and those that died for ten minutes more.", "type")
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
			to <- counted(dropped, q.DeadDropped, q.Type)
			to <- measured(consumers, float64(q.Consumers), q.Type)
		}
		return nil
	}, depth, pending, oldest, delayed, dead, dropped, consumers)
}

// Jobs declares what is known of the background tasks, which is the deployment's
// as well.
func (s *Set) Jobs(ctx context.Context, read func(context.Context) (bgtasks.Status, error)) {
	var (
		led      = desc("led", "1 while some process leads the background tasks, else 0.")
		runs     = desc("job_runs_total", "Runs of a background job since it first ran, by how they ended.", "name", "result")
		failing  = desc("job_failing", "How many of a job's latest runs failed in a row.", "name")
		lastRun  = desc("job_last_run_timestamp_seconds", "When a job last began to run, 0 if it has not.", "name")
		nextRun  = desc("job_next_run_timestamp_seconds", "When a job is to run next.", "name")
		duration = desc("job_last_run_seconds", "How long a job's last run took.", "name")
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

// ask declares metrics for which Redis has to be asked. What read cannot find out
// is the error of the first of them.
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
