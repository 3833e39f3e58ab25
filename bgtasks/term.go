package bgtasks

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/leader"
)

// ErrNotLeader is returned for an operation of the leader's by a process that leads
// no more. Nothing was written.
var ErrNotLeader = leader.ErrNotLeader

// term is a term of this process as the leader, and what of Redis it works on.
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
