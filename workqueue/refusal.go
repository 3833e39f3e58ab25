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

// refusal reports that Redis answers and refuses this consumer: its login, its
// database or a command. Every shard of every type meets that at the same moment,
// so that it is reported once for all of them, and not by the outage of each.
type refusal struct {
	log zerolog.Logger
	on  atomic.Bool // saves the lock when all is well, which is with each event

	mu          sync.Mutex
	since, last time.Time // of the first and the latest refusal
	tries       int
	logged      []string // the reasons that the log has, up to maxReasons
}

const (
	// refusalOver is how long after the latest refusal it is over. Until then
	// another part of the consumer may be about to try again, which it does within
	// longestPause: connections that were made before a password changed still work.
	refusalOver = longestPause + time.Second
	// maxReasons bounds how many lines one refusal is worth: a user may lack the
	// rights to several commands.
	maxReasons = 8
)

// refused returns the error with which Redis refuses a consumer, nil for others.
// Their texts are those of Redis 6.2 to 8 (redis/src/acl.c, networking.c, db.c).
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

// met notes that Redis refused something, and why.
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
		r.log.Error().Err(why).Msg("Redis refuses this consumer; trying again until it does not")
	}
}

// passed notes that Redis did something that it was asked for.
func (r *refusal) passed() {
	if !r.on.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on.Load() || time.Since(r.last) < refusalOver {
		return
	}
	r.log.Info().Int("tries", r.tries).Dur("outage_ms", r.last.Sub(r.since)).Msg("over: Redis refuses this consumer")
	r.on.Store(false)
	r.tries, r.logged = 0, nil
}
