// Package leader elects one process at a time with a lease in Redis.
//
// The leader extends its lease. When it stops it releases the lease; when it dies
// the lease ends. In both cases another process begins a term of its own. A leader
// that cannot extend its lease stops before the lease ends. One that was paused,
// and wakes up after its lease has ended, cannot know that in time: Term.Write
// therefore writes in one step with a look at the lease, and writes nothing in a
// term that is over.
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

// ErrNotLeader is returned for an operation of the leader's in a term that is over.
// Nothing was written.
var ErrNotLeader = errors.New("this process leads no more")

// Options configures a Lease. All are required.
type Options struct {
	// Key is the lease's key in Redis, and TokenKey that of the last fencing token.
	// They, and all keys that Term.Write writes to, are in one slot of a cluster.
	Key, TokenKey string
	// Instance names this process for those who look at who leads. It need not be
	// unique.
	Instance string
	// Length is how long the lease lasts when it is not extended.
	Length time.Duration
}

// Lease is the right to lead, which one process at a time has. It is safe for
// concurrent use.
type Lease struct {
	rdb  redis.UniversalClient
	opts Options
}

// NewLease returns a Lease on rdb, which stays the caller's to close.
func NewLease(rdb redis.UniversalClient, opts Options) *Lease { return &Lease{rdb, opts} }

// The lease in parts. It is extended four times within its length. A leader that
// cannot extend it stops before the lease ends and another may begin; processes
// that stand by look often enough to have it soon after.
func (l *Lease) extendEvery() time.Duration { return l.opts.Length / 4 }
func (l *Lease) stopAfter() time.Duration   { return l.opts.Length * 8 / 10 }

// StandByEvery returns how often a process that stands by is to call Acquire: a
// twentieth of the lease's length, at least 10 ms.
func (l *Lease) StandByEvery() time.Duration { return max(l.opts.Length/20, 10*time.Millisecond) }

// Term is the time from when a process becomes the leader to when it stops being
// it.
type Term struct {
	lease *Lease
	// held is what the lease holds during this term and no other: the fencing
	// token, which tells the order of terms, and the name of this candidacy.
	held string
	// asked is when this process asked for the lease, by its own clock.
	asked time.Time
}

// String returns what the lease holds during the term: "<token> <instance> <random>".
func (t *Term) String() string { return t.held }

// Acquire begins a term. If another process leads, the term is nil, and held is
// what the lease holds: see InstanceOf.
func (l *Lease) Acquire(ctx context.Context) (t *Term, held string, err error) {
	// A new name at each try: a process never takes its own former term for the
	// present one, though some of its writes may still be on their way.
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

// InstanceOf returns the Instance of the process that leads, by what the lease
// holds, "" when nobody leads.
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

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; each file says what its script takes, does and returns.
var (
	acquireScript = script("acquire")
	extendScript  = script("extend")
	releaseScript = script("release")
	writeScript   = script("write")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}
