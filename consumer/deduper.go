package consumer

import (
	"context"
	"time"
)

// Deduper keeps the cooldowns of answers for all consumers of a deployment. An owner
// is an event. See package cooldown.
type Deduper interface {
	// Reserve reserves key for owner unless it is reserved or committed. It returns
	// the key's owner, whether the key is committed, and the note of Commit. A
	// reservation expires after 30 s.
	Reserve(ctx context.Context, key, owner string) (holder string, done bool, note string, err error)
	// Commit notes that owner has given the answer. The key expires after lasts.
	Commit(ctx context.Context, key, owner, note string, lasts time.Duration) error
	// Release removes owner's reservation.
	Release(ctx context.Context, key, owner string) error
}
