package workqueue

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"
)

// pipelined sends the commands that queue adds in one round trip, and returns the
// first error of any. After it each command has a reply or an error. On its own
// go-redis leaves them with neither when Redis refuses the connection, as it does
// after a wrong password: that error is of the pipeline alone.
func pipelined(ctx context.Context, rdb redis.Cmdable, queue func(redis.Pipeliner)) error {
	p := rdb.Pipeline()
	queue(p)
	cmds, err := p.Exec(ctx)
	if err != nil && !slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return c.Err() != nil }) {
		for _, c := range cmds {
			c.SetErr(err)
		}
	}
	return err
}
