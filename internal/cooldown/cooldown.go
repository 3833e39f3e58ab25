// Package cooldown remembers for a while what the bot did, so that it does not do
// it again too soon: one answer twice in a channel, one welcome twice to the
// same person. It is kept in Redis, for all consumers of a deployment.
//
// What is done passes through two states. Begin notes that an owner, which is
// an event, is about to do something; the note is short-lived, so that an owner
// that dies holds nobody up for long. Done notes that it did it. An owner that
// failed takes its note back with Undo, and whatever becomes of that, an owner
// is never held up by its own note: an event that is handled again does what it
// had begun and not done.
package cooldown

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// ReservationTTL is how long something that was begun, and neither done nor undone,
// keeps others from it: longer than doing it can take.
const ReservationTTL = 30 * time.Second

// Store is the memory of one deployment. It is safe for concurrent use.
type Store struct {
	rdb    redis.UniversalClient
	prefix string
}

// New returns the memory of a deployment, on rdb, which stays the caller's to
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

// Reserve notes that owner is about to do something, if nobody is about to or has
// done it, and returns who holds it then, whether it is done, and the note that
// was left about it.
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

// Commit notes that owner has done something, to be remembered for some time.
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

// Release forgets that owner was about to do something. It leaves alone what is
// done, or somebody else's.
func (m *Store) Release(ctx context.Context, key, owner string) error {
	if err := undo.Run(ctx, m.rdb, []string{m.prefix + key}, owner).Err(); err != nil {
		return fmt.Errorf("forget what was not done: %w", err)
	}
	return nil
}
