package process

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/config"
)

// beatKept is how long a sign of life is kept.
const beatKept = time.Minute

func beatKey(app string, p config.Process) string { return fmt.Sprintf("%s:{heartbeat}:%s", app, p) }

// beat returns what writes a sign of life to Redis; one is kept for each kind of
// process. Only a write shows that this is no replica.
func beat(rdb redis.UniversalClient, app string, p config.Process) func(context.Context) error {
	return func(ctx context.Context) error {
		err := rdb.Set(ctx, beatKey(app, p), time.Now().UnixMilli(), beatKept).Err()
		if redis.HasErrorPrefix(err, "OOM") {
			return nil // it is full, and a process started afresh would find it no emptier
		}
		return err
	}
}

// lastBeat returns when the latest sign of life of a kind of process was, the zero
// time if there is none that is kept.
func lastBeat(ctx context.Context, rdb redis.UniversalClient, app string, p config.Process) (time.Time, error) {
	ms, err := rdb.Get(ctx, beatKey(app, p)).Int64()
	switch {
	case errors.Is(err, redis.Nil):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("look for a sign of life of %s: %w", p, err)
	}
	return time.UnixMilli(ms), nil
}
