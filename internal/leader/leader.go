// Package leader elects one process at a time with a lease in Redis.
//
// The leader extends its lease. When it stops it releases the lease; when it dies
// the lease ends. In both cases another process begins a term of its own. A leader
// that cannot extend its lease stops before the lease ends. A leader that was paused
// until after the end cannot know that in time. Therefore Term.Write and Term.Advance
// check the lease in the same step, and write nothing in a term that has ended.
//
// It knows leases and no jobs.
package leader

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotLeader is the error of an operation in a term that has ended. Nothing was
// written.
var ErrNotLeader = errors.New("this process no longer leads")

// Options configures a Lease. All are required.
type Options struct {
	// Key is the Redis key of the lease, and TokenKey that of the last fencing token.
	// Both must be in one slot of a cluster with all keys that Term.Write and
	// Term.Advance write to.
	Key, TokenKey string
	// Instance names this process for operators. It need not be unique.
	Instance string
	// Length is the time after which a lease that is not extended ends.
	Length time.Duration
}

// Lease is the right to lead, held by one process at a time. It is safe for
// concurrent use.
type Lease struct {
	rdb  redis.UniversalClient
	opts Options
}

// NewLease returns a Lease. The caller closes rdb.
func NewLease(rdb redis.UniversalClient, opts Options) *Lease { return &Lease{rdb, opts} }

// The lease is extended four times within its length. A leader that cannot extend it
// stops before it ends. Processes that stand by ask often enough to lead soon after.
func (l *Lease) extendEvery() time.Duration { return l.opts.Length / 4 }
func (l *Lease) stopAfter() time.Duration   { return l.opts.Length * 8 / 10 }

// StandByEvery returns the interval at which a process that stands by calls Acquire:
// a twentieth of the lease's length, at least 10 ms.
func (l *Lease) StandByEvery() time.Duration { return max(l.opts.Length/20, 10*time.Millisecond) }

// Term is the time during which a process is the leader.
type Term struct {
	lease *Lease
	// held is the lease's value during this term and no other: the fencing token,
	// which orders terms, and the name of this candidacy.
	held string
	// asked is when this process asked for the lease, by its own clock.
	asked time.Time
}

// String returns the lease's value during the term: "<token> <instance> <random>".
func (t *Term) String() string { return t.held }

// Acquire begins a term. If another process leads, the term is nil and held is the
// lease's value: see InstanceOf.
func (l *Lease) Acquire(ctx context.Context) (t *Term, held string, err error) {
	// A new name for each attempt: a process never mistakes its own former term for
	// the present one, though some of its writes may still be on their way.
	candidate := l.opts.Instance + " " + strings.ToLower(rand.Text()[:10])
	asked := time.Now()
	held, err = acquireScript.Run(ctx, l.rdb, []string{l.opts.Key, l.opts.TokenKey}, candidate, l.opts.Length.Milliseconds()).Text()
	if err != nil {
		return nil, "", fmt.Errorf("try to become the leader: %w", err)
	}
	if !strings.HasSuffix(held, " "+candidate) {
		return nil, held, nil
	}
	return &Term{lease: l, held: held, asked: asked}, held, nil
}

// InstanceOf returns the Instance of the leader from the lease's value, "" if nobody
// leads.
func InstanceOf(held string) string {
	_, candidate, _ := strings.Cut(held, " ")
	if i := strings.LastIndexByte(candidate, ' '); i >= 0 {
		return candidate[:i]
	}
	return ""
}

// Keep extends the lease until ctx ends, and then returns nil, or until it is lost,
// and then returns ErrNotLeader. It returns before another process can lead, unless
// this process is paused.
func (t *Term) Keep(ctx context.Context) error {
	tick := time.NewTicker(t.lease.extendEvery())
	defer tick.Stop()
	for safe := t.asked.Add(t.lease.stopAfter()); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		asked := time.Now()
		inTime, cancel := context.WithDeadline(ctx, safe)
		extended, err := extendScript.Run(inTime, t.lease.rdb, []string{t.lease.opts.Key}, t.held, t.lease.opts.Length.Milliseconds()).Int()
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil && extended == 0:
			return fmt.Errorf("%w: the lease ended", ErrNotLeader)
		case err == nil:
			safe = asked.Add(t.lease.stopAfter())
		case !time.Now().Before(safe):
			return fmt.Errorf("%w: the lease could not be extended in time: %w", ErrNotLeader, err)
		}
	}
}

// releaseTimeout bounds Release.
const releaseTimeout = 2 * time.Second

// Release ends the term at once, even if ctx has ended. It takes at most 2 s.
func (t *Term) Release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if err := releaseScript.Run(ctx, t.lease.rdb, []string{t.lease.opts.Key}, t.held).Err(); err != nil {
		return fmt.Errorf("release the lease: %w", err)
	}
	return nil
}

// Write writes fields and values, in turn, to a hash, or returns ErrNotLeader.
func (t *Term) Write(ctx context.Context, key string, fields ...any) error {
	written, err := writeScript.Run(ctx, t.lease.rdb, []string{t.lease.opts.Key, key}, append([]any{t.held}, fields...)...).Int()
	if err != nil {
		return err
	}
	if written == 0 {
		return ErrNotLeader
	}
	return nil
}

// Advance raises numbers in a hash, below 2^53 each, or returns ErrNotLeader. A field that
// has a number as high or higher stays as it is.
func (t *Term) Advance(ctx context.Context, key string, to map[string]int64) error {
	if len(to) == 0 {
		return nil
	}
	args := make([]any, 0, 1+2*len(to))
	args = append(args, t.held)
	for field, n := range to {
		args = append(args, field, n)
	}
	advanced, err := advanceScript.Run(ctx, t.lease.rdb, []string{t.lease.opts.Key, key}, args...).Int()
	if err != nil {
		return err
	}
	if advanced == 0 {
		return ErrNotLeader
	}
	return nil
}

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts. Each file documents its keys, arguments and result.
var (
	acquireScript = script("acquire")
	extendScript  = script("extend")
	releaseScript = script("release")
	writeScript   = script("write")
	advanceScript = script("advance")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}
