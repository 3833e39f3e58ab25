package workqueue

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

var (
	retryNowScript    = script("retry_now")
	dropWaitingScript = script("drop_waiting")
	dropDelayedScript = script("drop_delayed")
)

// scriptCall is a call of a script on one shard.
type scriptCall struct {
	keys []string
	args []any
}

// manyPage is how many calls of a script share a round trip.
const manyPage = 100

// runMany calls a script that returns 1, or 0 if there was nothing to do. It returns the sum,
// also with an error.
func (i *Inspector) runMany(ctx context.Context, s *redis.Script, calls []scriptCall) (n int, err error) {
	for len(calls) > 0 && ctx.Err() == nil {
		page := calls[:min(manyPage, len(calls))]
		calls = calls[len(page):]
		replies := make([]*redis.Cmd, len(page))
		_ = pipelined(ctx, i.rdb, func(p redis.Pipeliner) { // each reply has its own error
			for j, c := range page {
				replies[j] = s.EvalSha(ctx, p, c.keys, c.args...)
			}
		})
		for j, c := range page {
			one, failed := replies[j].Int()
			if redis.HasErrorPrefix(failed, "NOSCRIPT") { // of each node of a Redis Cluster once
				one, failed = s.Run(ctx, i.rdb, c.keys, c.args...).Int()
			}
			n += one
			if failed != nil {
				return n, errors.Join(err, failed)
			}
		}
	}
	return n, ctx.Err()
}
