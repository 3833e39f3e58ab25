// Package cooldown keeps the bot from repeating an answer in a channel, or a welcome
// to a person, too soon. Its keys are in Redis, shared by all consumers of a
// deployment.
//
// A key has two states. Reserve notes that an owner, which is an event, is about to
// act; a reservation expires soon, so that an owner that dies delays others for a
// moment only. Commit notes that the owner has acted. An owner that failed removes
// its reservation with Release. A reservation never blocks its own owner: an event
// that is retried does what it had reserved and not committed.
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

// New returns the Store of a deployment, on rdb, which stays the caller's to
// close.
func New(rdb redis.UniversalClient, app string) *Store {
	return &Store{rdb: rdb, prefix: app + ":memory:"}
}

// Each thing that is remembered is a hash:
//
//	owner  the id of the event that does it or did it
//	done   "1" once it is done
//	note   what is known about it then

var (
	//go:embed begin.lua
	beginSource string
	begin       = redis.NewScript(beginSource)

	//go:embed undo.lua
	undoSource string
	undo       = redis.NewScript(undoSource)
)

// Reserve reserves key for owner unless it is reserved or committed. It returns who
// holds the key then, whether it is committed, and the note that Commit left.
func (m *Store) Reserve(ctx context.Context, key, owner string) (holder string, done bool, note string, err error) {
	answer, err := begin.Run(ctx, m.rdb, []string{m.prefix + key}, owner, ReservationTTL.Milliseconds()).StringSlice()
	if err == nil && len(answer) != 3 {
		err = fmt.Errorf("want 3 values, got %d", len(answer))
	}
	if err != nil {
		return "", false, "", fmt.Errorf("look up what was done lately: %w", err)
	}
	return answer[0], answer[1] == "1", answer[2], nil
}

// Commit notes that owner has acted. The key expires after lasts.
func (m *Store) Commit(ctx context.Context, key, owner, note string, lasts time.Duration) error {
	_, err := m.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, m.prefix+key, "owner", owner, "done", "1", "note", note)
		p.PExpire(ctx, m.prefix+key, lasts)
		return nil
	})
	if err != nil {
		return fmt.Errorf("remember what was done: %w", err)
	}
	return nil
}

// Release removes owner's reservation. It leaves a committed key, or another
// owner's, alone.
func (m *Store) Release(ctx context.Context, key, owner string) error {
	if err := undo.Run(ctx, m.rdb, []string{m.prefix + key}, owner).Err(); err != nil {
		return fmt.Errorf("forget what was not done: %w", err)
	}
	return nil
}
