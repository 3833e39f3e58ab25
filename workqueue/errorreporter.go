package workqueue

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// errorReporter logs a failure that lasts: its first error and its end, not each
// attempt. Several goroutines may use one.
type errorReporter struct {
	rdb     redis.UniversalClient
	log     zerolog.Logger
	refusal *refusal
	what    string // the failing operation, such as "the queue cannot be read"

	mu    sync.Mutex
	since time.Time // the zero time while there is none
	tries int
}

// reporter returns an errorReporter of an operation of the consumer. what describes
// its failure.
func (c *Consumer) reporter(log zerolog.Logger, what string) errorReporter {
	return errorReporter{rdb: c.rdb, log: log, refusal: &c.refusal, what: what}
}

// failing notes that an attempt failed, and logs the first of an outage.
func (o *errorReporter) failing(ctx context.Context, err error) {
	rediscover(ctx, o.rdb)
	if why := refused(err); why != nil {
		o.refusal.met(why)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries++
	if o.since.IsZero() {
		o.since = time.Now()
		o.log.Error().Err(err).Msg(o.what + "; retrying until it succeeds")
	}
}

// wait notes that an attempt failed, after so many others, and pauses before the next,
// or until ctx ends.
func (o *errorReporter) wait(ctx context.Context, err error, others int) {
	if ctx.Err() == nil {
		o.failing(ctx, err)
		pause(ctx, others)
	}
}

// recovered notes that an attempt succeeded, and logs the end of an outage.
func (o *errorReporter) recovered() {
	o.refusal.passed()
	o.end("recovered: ")
}

// idle notes that there is nothing left to retry.
func (o *errorReporter) idle() { o.end("nothing left to retry: ") }

func (o *errorReporter) end(how string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() {
		return
	}
	o.log.Info().Int("tries", o.tries).Dur("outage_ms", time.Since(o.since)).Msg(how + o.what)
	o.since, o.tries = time.Time{}, 0
}

// rediscover has the client of a Redis Cluster ask, in the background, which
// nodes are masters now. On its own it asks once in a while and when a node says
// that it is none, which one that died does not: until then it would go on to
// call on the dead one (https://github.com/redis/go-redis/issues/3979).
func rediscover(ctx context.Context, rdb redis.UniversalClient) {
	if cluster, ok := rdb.(*redis.ClusterClient); ok {
		cluster.ReloadState(ctx)
	}
}

// The pauses between tries double from the first to the longest.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// pause waits after a try that failed, after so many others, or until ctx ends.
func pause(ctx context.Context, others int) {
	length := longestPause
	if others < 6 { // 100 ms doubled six times passes 5 s
		length = firstPause << others
	}
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
