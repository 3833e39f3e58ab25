package bgtasks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotLeader is returned for what only the leader may do, by a process that
// leads no more. Nothing was written.
var ErrNotLeader = errors.New("this process leads no more")

// lease is the right to run the jobs, which one process at a time has.
type lease struct {
	rdb      redis.UniversalClient
	keys     keys
	instance string
	// length is how long the lease lasts when it is not extended.
	length time.Duration
}

// The lease in parts. It is extended four times within its length. A leader
// that cannot extend it stops its jobs before the lease ends and another may
// begin; those who stand by look often enough that they have it soon after.
func (l *lease) extendEvery() time.Duration  { return l.length / 4 }
func (l *lease) stopAfter() time.Duration    { return l.length * 8 / 10 }
func (l *lease) standByEvery() time.Duration { return max(l.length/20, 10*time.Millisecond) }

// term is the time from when a process becomes the leader to when it stops
// being it.
type term struct {
	*lease
	// held is what the lease holds during this term and no other: the fencing
	// token, which tells the order of terms, and the name of this candidacy.
	held string
	// asked is when this process asked for the lease, by its own clock.
	asked time.Time
}

// acquire begins a term, or says who leads.
func (l *lease) acquire(ctx context.Context) (t *term, leader string, err error) {
	// A new name at each try: a process never takes its own former term for the
	// present one, though some of its writes may still be on their way.
	candidate := l.instance + " " + strings.ToLower(rand.Text()[:10])
	asked := time.Now()
	held, err := acquireScript.Run(ctx, l.rdb, []string{l.keys.lease(), l.keys.token()}, candidate, l.length.Milliseconds()).Text()
	if err != nil {
		return nil, "", fmt.Errorf("try to become the leader: %w", err)
	}
	if !strings.HasSuffix(held, " "+candidate) {
		return nil, held, nil
	}
	return &term{lease: l, held: held, asked: asked}, held, nil
}

// keep extends the lease until ctx ends, and then returns nil, or until it is
// lost. It returns before another can have it, unless this process is paused.
func (t *term) keep(ctx context.Context) error {
	tick := time.NewTicker(t.extendEvery())
	defer tick.Stop()
	for safe := t.asked.Add(t.stopAfter()); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		asked := time.Now()
		inTime, cancel := context.WithDeadline(ctx, safe)
		extended, err := extendScript.Run(inTime, t.rdb, []string{t.keys.lease()}, t.held, t.length.Milliseconds()).Int()
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil && extended == 0:
			return fmt.Errorf("%w: the lease ended", ErrNotLeader)
		case err == nil:
			safe = asked.Add(t.stopAfter())
		case !time.Now().Before(safe):
			return fmt.Errorf("%w: the lease could not be extended in time: %w", ErrNotLeader, err)
		}
	}
}

// releasePatience bounds the giving back of the lease.
const releasePatience = 2 * time.Second

// release ends the term at once.
func (t *term) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releasePatience)
	defer cancel()
	if err := releaseScript.Run(ctx, t.rdb, []string{t.keys.lease()}, t.held).Err(); err != nil {
		return fmt.Errorf("give back the lease: %w", err)
	}
	return nil
}

// write writes fields and values, in turn, to the record of a job, or returns
// ErrNotLeader.
func (t *term) write(ctx context.Context, job string, fields ...any) error {
	if err := t.writeTo(ctx, t.keys.job(job), fields...); err != nil {
		return fmt.Errorf("write the record of job %s: %w", job, err)
	}
	return nil
}

// writeTo writes fields and values, in turn, to a hash, or returns ErrNotLeader.
func (t *term) writeTo(ctx context.Context, key string, fields ...any) error {
	written, err := writeScript.Run(ctx, t.rdb, []string{t.keys.lease(), key}, append([]any{t.held}, fields...)...).Int()
	if err != nil {
		return err
	}
	if written == 0 {
		return ErrNotLeader
	}
	return nil
}
