package bgtasks

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/leader"
)

// ErrNotLeader is the error of an operation that needs leadership, in a process that
// no longer leads. Nothing was written.
var ErrNotLeader = leader.ErrNotLeader

// term is this process's term as the leader, with the Redis keys that it uses.
type term struct {
	*leader.Term
	rdb  redis.UniversalClient
	keys keys
}

// write writes fields and values, in turn, to the record of a job, or returns
// ErrNotLeader.
func (t *term) write(ctx context.Context, job string, fields ...any) error {
	if err := t.Write(ctx, t.keys.job(job), fields...); err != nil {
		return fmt.Errorf("write the record of job %s: %w", job, err)
	}
	return nil
}
