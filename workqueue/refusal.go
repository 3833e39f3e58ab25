package workqueue

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// refusal logs that Redis refuses this consumer: its login, its database or a command.
// All shards fail at the same time then, so it is logged once for all of them, and not
// by the errorReporter of each.
type refusal struct {
	log zerolog.Logger
	on  atomic.Bool // saves the lock for each event while Redis refuses nothing

	mu          sync.Mutex
	since, last time.Time // of the first and the latest refusal
	tries       int
	logged      []string // the reasons that the log has, up to maxReasons
}

const (
	// refusalOver is how long after the latest refusal a success ends it. Before that
	// another part of the consumer may still be refused, and retries within
	// longestPause: connections from before a change of the password still work.
	refusalOver = longestPause + time.Second
	// maxReasons bounds how many reasons are logged: a user may lack the rights to
	// several commands.
	maxReasons = 8
)

// refused returns the error with which Redis refuses a consumer, or nil for other
// errors. The texts are of Redis 6.2 to 8 (redis/src/acl.c, networking.c, db.c).
func refused(err error) error {
	var said redis.Error
	if !errors.As(err, &said) {
		return nil
	}
	for _, prefix := range []string{
		"WRONGPASS", "NOAUTH", "NOPERM", "DENIED", "DB index is out of range", "invalid DB index",
		"SELECT is not allowed in cluster mode", "max number of clients reached",
	} {
		if redis.HasErrorPrefix(said, prefix) {
			return said
		}
	}
	return nil
}

// met notes that Redis refused a command, and the reason.
func (r *refusal) met(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	if r.tries++; !r.on.Load() {
		r.on.Store(true)
		r.since = r.last
	}
	if reason := why.Error(); len(r.logged) < maxReasons && !slices.Contains(r.logged, reason) {
		r.logged = append(r.logged, reason)
		r.log.Error().Err(why).Msg("Redis refuses this consumer; retrying until it accepts it")
	}
}

// passed notes that Redis executed a command.
func (r *refusal) passed() {
	if !r.on.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on.Load() || time.Since(r.last) < refusalOver {
		return
	}
	r.log.Info().Int("tries", r.tries).Dur("outage_ms", r.last.Sub(r.since)).Msg("recovered: Redis refuses this consumer")
	r.on.Store(false)
	r.tries, r.logged = 0, nil
}
