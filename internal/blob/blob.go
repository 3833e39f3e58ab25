// Package blob stores bytes that are too many for an event, such as files and long texts, in
// Redis until the event is handled. All blobs of a deployment share a budget, so they never
// take the memory that the queue needs.
//
// It does not know what the bytes are.
package blob

import (
	"context"
	"crypto/sha256"
	_ "embed" // for put.lua
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/event"
)

// DefaultBudget is the default of Options.Budget: a third of Heroku's smallest Redis.
const DefaultBudget = 8 << 20

var (
	// ErrFull is the error of Put when the blobs would take more than the budget, or Redis
	// is out of memory. Nothing was stored.
	ErrFull = errors.New("the store of files and long texts is full: some of them must be posted, or expire, first")
	// ErrLost is the error of Get for a blob that has expired, was deleted, or is not what
	// was stored.
	ErrLost = errors.New("the content is no longer in the store")
)

// Options configures a Store. The zero value is good.
type Options struct {
	// Budget is how many bytes all blobs of the deployment may have. Defaults to
	// DefaultBudget.
	Budget int64
}

// Store keeps blobs in Redis. It is safe for concurrent use.
type Store struct {
	rdb    redis.UniversalClient
	prefix string
	budget int64
}

// New returns the Store of a deployment, app. The caller closes rdb.
func New(rdb redis.UniversalClient, app string, opts Options) *Store {
	if opts.Budget == 0 {
		opts.Budget = DefaultBudget
	}
	return &Store{rdb, app + ":{blobs}:", opts.Budget} // all in one slot of a Redis Cluster, for the script
}

func (s *Store) index() string         { return s.prefix + "index" }
func (s *Store) blob(id string) string { return s.prefix + "of:" + id }

//go:embed lua/put.lua
var putSource string

var putScript = redis.NewScript(putSource)

// Put stores data under an id, at least a millisecond long, and returns the name by which an
// event refers to it. It replaces a blob of that id. After an error other than ErrFull it may
// have been stored.
func (s *Store) Put(ctx context.Context, id string, data []byte, ttl time.Duration) (event.Blob, error) {
	stored, err := putScript.Run(ctx, s.rdb, []string{s.index(), s.blob(id)}, id, data, ttl.Milliseconds(), s.budget).Int()
	switch {
	case redis.HasErrorPrefix(err, "OOM"):
		err = fmt.Errorf("%w: %w", ErrFull, err)
	case err == nil && stored == 0:
		err = ErrFull
	}
	if err != nil {
		return event.Blob{}, fmt.Errorf("store %d bytes as blob %s: %w", len(data), id, err)
	}
	return event.Blob{ID: id, Size: int64(len(data)), SHA256: hash(data)}, nil
}

// Get returns the bytes of a blob, or an error that is ErrLost.
func (s *Store) Get(ctx context.Context, of event.Blob) ([]byte, error) {
	data, err := s.rdb.Get(ctx, s.blob(of.ID)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		err = ErrLost
	case err == nil && (int64(len(data)) != of.Size || hash(data) != of.SHA256):
		err = fmt.Errorf("%w: other bytes have its id", ErrLost)
	}
	if err != nil {
		return nil, fmt.Errorf("read blob %s of %d bytes: %w", of.ID, of.Size, err)
	}
	return data, nil
}

// Delete removes a blob. One that is not there is no error.
func (s *Store) Delete(ctx context.Context, id string) error {
	_, err := s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, s.blob(id))
		p.HDel(ctx, s.index(), id)
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete blob %s: %w", id, err)
	}
	return nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
