// Package cooldown keeps the bot from repeating an answer in a channel, or a welcome
// to a person, too soon. Its keys are in Redis, shared by all consumers of a
// deployment.
//
// A key has two states. Reserve says that an owner, an event, is about to act. A
// reservation expires after ReservationTTL, so that an owner that dies delays others
// only for that time. Commit says that the owner has acted. An owner that failed
// removes its reservation with Release. A reservation never blocks its own owner, so
// a retried event can act.
package cooldown

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// ReservationTTL is how long a reservation that is neither committed nor released
// blocks other owners. It is longer than an action can take.
const ReservationTTL = 30 * time.Second

// Store holds the cooldowns of one deployment. It is safe for concurrent use.
type Store struct {
	rdb    redis.UniversalClient
	prefix string
}

// New returns the Store of a deployment. The caller closes rdb.
func New(rdb redis.UniversalClient, app string) *Store {
	return &Store{rdb: rdb, prefix: app + ":memory:"}
}

// Each key is a hash:
//
//	owner  the id of the owner, an event
//	done   "1" once it is committed
//	note   the note of Commit

var (
	//go:embed reserve.lua
	reserveSource string
	reserve       = redis.NewScript(reserveSource)

	//go:embed release.lua
	releaseSource string
	release       = redis.NewScript(releaseSource)
)

// Reserve reserves key for owner unless it is reserved or committed. It returns the
// key's owner, whether the key is committed, and the note of Commit.
func (m *Store) Reserve(ctx context.Context, key, owner string) (holder string, done bool, note string, err error) {
	answer, err := reserve.Run(ctx, m.rdb, []string{m.prefix + key}, owner, ReservationTTL.Milliseconds()).StringSlice()
	if err == nil && len(answer) != 3 {
		err = fmt.Errorf("want 3 values, got %d", len(answer))
	}
	if err != nil {
		return "", false, "", fmt.Errorf("reserve a cooldown: %w", err)
	}
	return answer[0], answer[1] == "1", answer[2], nil
}

// Commit records that owner has acted. The key expires after lasts.
func (m *Store) Commit(ctx context.Context, key, owner, note string, lasts time.Duration) error {
	_, err := m.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, m.prefix+key, "owner", owner, "done", "1", "note", note)
		p.PExpire(ctx, m.prefix+key, lasts)
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit a cooldown: %w", err)
	}
	return nil
}

// Release removes owner's reservation. It leaves a committed key, or another
// owner's, alone.
func (m *Store) Release(ctx context.Context, key, owner string) error {
	if err := release.Run(ctx, m.rdb, []string{m.prefix + key}, owner).Err(); err != nil {
		return fmt.Errorf("release a cooldown: %w", err)
	}
	return nil
}
