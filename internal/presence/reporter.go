package presence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// reportInterval is the time between two reports. A report expires after reportTTL:
	// a consumer that misses a few is considered dead.
	reportInterval = 2 * time.Second
	reportTTL      = 15 * time.Second
	// reporterTTL is how long a consumer that does not report stays on the list.
	reporterTTL = time.Hour
	// maxFailures bounds the failures of all consumers in Redis, which expire
	// failuresTTL after the last of them.
	maxFailures = 100
	failuresTTL = 7 * 24 * time.Hour
	// maxErrorBytes bounds the error of a failure, and maxPending the failures between
	// two reports: of more, the oldest are left out.
	maxErrorBytes = 500
	maxPending    = 20
	// writeTimeout bounds each write of a report.
	writeTimeout = 2 * time.Second
)

// Reporter publishes the counts and the failures of a consumer process.
type Reporter struct {
	rdb  redis.UniversalClient
	keys keys
	name string
	log  zerolog.Logger

	mu      sync.Mutex
	pending []Failure // not reported yet
}

// NewReporter returns a Reporter of the process name, which must differ from the names
// of all other live consumers of the deployment. The caller closes rdb.
func NewReporter(rdb redis.UniversalClient, app, name string, log zerolog.Logger) *Reporter {
	return &Reporter{rdb: rdb, keys: keys{app}, name: name, log: log}
}

// OnFinish records the outcome of a delivery, for workqueue.Hooks. It is safe for
// concurrent use.
func (r *Reporter) OnFinish(d *workqueue.Delivery, outcome error) {
	if _, discarded := errors.AsType[*workqueue.DiscardError](outcome); outcome == nil || discarded {
		return
	}
	f := Failure{
		At: time.Now(), Consumer: r.name, Type: d.Type, EventID: d.ID, RequestID: d.RequestID, Attempt: d.Attempt, Error: errorText(outcome),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending = append(r.pending, f); len(r.pending) > maxPending {
		r.pending = r.pending[1:]
	}
}

// errorText returns the text of an outcome, truncated. The outcome is a handler's
// error, whose Error method may panic.
func errorText(outcome error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("an error of type %T that cannot be printed", outcome)
		}
	}()
	return truncated(outcome.Error())
}

func truncated(text string) string { return cut(text, maxErrorBytes) }

// cut returns a text, with "…" in place of what it has beyond so many bytes.
func cut(text string, bytes int) string {
	if len(text) > bytes {
		text = strings.ToValidUTF8(text[:bytes], "") + "…"
	}
	return text
}

// Run publishes a report with the result of counts every 2 s until ctx ends, and then
// removes it. Reports that Redis does not accept are left out.
func (r *Reporter) Run(ctx context.Context, counts func() []workqueue.HandleCounts) {
	started := time.Now()
	tick := time.NewTicker(reportInterval)
	defer tick.Stop()
	for {
		if err := r.report(ctx, Consumer{r.name, started, time.Now(), counts()}); err != nil && ctx.Err() == nil {
			r.log.Debug().Err(err).Msg("report this consumer's counts: Redis does not accept them; retrying")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.leave(ctx)
			return
		}
	}
}

func (r *Reporter) report(ctx context.Context, c Consumer) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	encoded, err := json.Marshal(c)
	if err != nil {
		return err
	}
	failures := r.takePending()
	_, err = r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, r.keys.report(c.Name), encoded, reportTTL)
		p.ZAdd(ctx, r.keys.reporters(), redis.Z{Score: float64(c.At.UnixMilli()), Member: c.Name})
		p.ZRemRangeByScore(ctx, r.keys.reporters(), "-inf", fmt.Sprint(c.At.Add(-reporterTTL).UnixMilli()))
		p.Expire(ctx, r.keys.reporters(), reporterTTL)
		if len(failures) > 0 {
			p.LPush(ctx, r.keys.failures(), failures...)
			p.LTrim(ctx, r.keys.failures(), 0, maxFailures-1)
			p.Expire(ctx, r.keys.failures(), failuresTTL)
		}
		return nil
	})
	return err
}

// takePending returns the pending failures as JSON and forgets them. If the report
// fails they are lost: the log has them, too.
func (r *Reporter) takePending() []any {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []any
	for _, f := range r.pending {
		if encoded, err := json.Marshal(f); err == nil {
			list = append(list, encoded)
		}
	}
	r.pending = nil
	return list
}

// leave removes the report of a consumer that stops.
func (r *Reporter) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	_, err := r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, r.keys.report(r.name))
		p.ZRem(ctx, r.keys.reporters(), r.name)
		return nil
	})
	if err != nil {
		r.log.Debug().Err(err).Stringer("expires_within", reportTTL).Msg("remove this consumer's report: it stays until it expires")
	}
}
