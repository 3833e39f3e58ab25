package receipt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// firstScript keeps a request's id unless there is one, which it returns.
//
//	KEYS[1] the id of the first   ARGV: the request's id, ms until it is forgotten
var firstScript = redis.NewScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then
  return false
end
return redis.call('GET', KEYS[1])`)

// First returns the id of the first request of those that say the same, within a window
// from that. If there is none yet it is id. So a sender that repeats itself gets the id by
// which its first request is queued once, if that came so far: nothing else need be
// remembered.
func (s *Store) First(ctx context.Context, says, id string, window time.Duration) (string, error) {
	first, err := firstScript.Run(ctx, s.rdb, []string{s.repeat(says)}, id, window.Milliseconds()).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return id, nil
	case err != nil:
		return "", fmt.Errorf("look for an earlier request like %s: %w", id, err)
	}
	return first, nil
}

// Extend begins the window of First anew. It is for a request that could not be queued at
// once, so that its repetitions are recognised as long as others'.
func (s *Store) Extend(ctx context.Context, says string, window time.Duration) error {
	if err := s.rdb.PExpire(ctx, s.repeat(says), window).Err(); err != nil {
		return fmt.Errorf("extend the window in which a repeated request is recognised: %w", err)
	}
	return nil
}

func (s *Store) repeat(says string) string {
	sum := sha256.Sum256([]byte(says))
	return s.app + ":repeat:" + hex.EncodeToString(sum[:16])
}
