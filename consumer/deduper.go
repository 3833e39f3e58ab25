package consumer

import (
	"context"
	"time"
)

// Deduper remembers for a while what was done, for all consumers of a
// deployment. An owner is an event.
type Deduper interface {
	// Reserve notes that owner is about to do what key names, unless somebody is
	// about to or has done it. It returns who holds it then, whether it is done,
	// and what was noted about it. What is begun is forgotten soon.
	Reserve(ctx context.Context, key, owner string) (holder string, done bool, note string, err error)
	// Commit notes that owner has done it, to be remembered for some time.
	Commit(ctx context.Context, key, owner, note string, lasts time.Duration) error
	// Release forgets that owner was about to.
	Release(ctx context.Context, key, owner string) error
}
