package vitals

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

// maxError is how many bytes of an error are told, maxUntold how many failures
// wait to be: when there are more in two seconds, the latest tell enough.
const (
	maxError  = 500
	maxUntold = 20
)

// patience bounds a write to Redis.
const patience = 2 * time.Second

// Reporter tells what a consumer does.
type Reporter struct {
	rdb  redis.UniversalClient
	keys keys
	log  zerolog.Logger

	mu     sync.Mutex
	untold []Failure
}

// NewReporter returns a Reporter on rdb, which stays the caller's to close.
func NewReporter(rdb redis.UniversalClient, app string, log zerolog.Logger) *Reporter {
	return &Reporter{rdb: rdb, keys: keys{app}, log: log}
}

// Done notes a delivery's outcome; it is a workqueue.Hooks's Done.
func (r *Reporter) Done(d *workqueue.Delivery, outcome error) {
	if _, discarded := errors.AsType[*workqueue.DiscardError](outcome); outcome == nil || discarded {
		return
	}
	f := Failure{
		At: time.Now(), Type: d.Type, EventID: d.ID, RequestID: d.RequestID, Attempt: d.Attempt, Error: text(outcome),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.untold = append(r.untold, f); len(r.untold) > maxUntold {
		r.untold = r.untold[1:]
	}
}

// text returns what an outcome says. It is a handler's error, whose code may
// panic.
func text(outcome error) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("an error of type %T that cannot be printed", outcome)
		}
	}()
	s = outcome.Error()
	if len(s) > maxError {
		s = strings.ToValidUTF8(s[:maxError], "") + "…"
	}
	return s
}

// Run tells what counts returns, under a consumer's name, until ctx ends, and
// then that the consumer is gone. While Redis is away it tells nothing.
func (r *Reporter) Run(ctx context.Context, name string, counts func() []workqueue.HandleCounts) {
	started := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := r.tell(ctx, Vitals{name, started, time.Now(), counts()}); err != nil && ctx.Err() == nil {
			r.log.Debug().Err(err).Msg("operators cannot be told what this consumer does")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.leave(ctx, name)
			return
		}
	}
}

func (r *Reporter) tell(ctx context.Context, v Vitals) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	encoded, err := json.Marshal(v)
	if err != nil {
		return err
	}
	failures := r.take(v.Name)
	_, err = r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, r.keys.of(v.Name), encoded, expiry)
		p.ZAdd(ctx, r.keys.names(), redis.Z{Score: float64(v.At.UnixMilli()), Member: v.Name})
		p.ZRemRangeByScore(ctx, r.keys.names(), "-inf", fmt.Sprint(v.At.Add(-time.Hour).UnixMilli()))
		p.Expire(ctx, r.keys.names(), time.Hour)
		if len(failures) > 0 {
			p.LPush(ctx, r.keys.failures(), failures...)
			p.LTrim(ctx, r.keys.failures(), 0, maxFailures-1)
			p.Expire(ctx, r.keys.failures(), failuresKept)
		}
		return nil
	})
	return err
}

// take returns what is untold, which is then told or lost: a failure is in the
// log, too.
func (r *Reporter) take(name string) []any {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []any
	for _, f := range r.untold {
		f.Consumer = name
		if encoded, err := json.Marshal(f); err == nil {
			list = append(list, encoded)
		}
	}
	r.untold = nil
	return list
}

// leave removes what was told of a consumer that stops.
func (r *Reporter) leave(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_, err := r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, r.keys.of(name))
		p.ZRem(ctx, r.keys.names(), name)
		return nil
	})
	if err != nil {
		r.log.Debug().Err(err).Msg("operators see this consumer for a moment longer")
	}
}
