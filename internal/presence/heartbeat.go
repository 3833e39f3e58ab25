package presence

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// heartbeatTTL is how long a role's latest heartbeat is kept.
const heartbeatTTL = time.Minute

// Heartbeat writes a heartbeat of a role to Redis, which keeps the latest of each role
// for a minute. It writes, because a read would also succeed on a replica. It returns
// nil if Redis is out of memory: a restart of the process would not help.
func Heartbeat(ctx context.Context, rdb redis.UniversalClient, app, role string) error {
	err := rdb.Set(ctx, keys{app}.heartbeat(role), time.Now().UnixMilli(), heartbeatTTL).Err()
	if err == nil || redis.HasErrorPrefix(err, "OOM") {
		return nil
	}
	return fmt.Errorf("write the heartbeat of %s: %w", role, err)
}

// LastHeartbeat returns the time of a role's latest heartbeat, the zero time if there
// was none in the last minute.
func LastHeartbeat(ctx context.Context, rdb redis.UniversalClient, app, role string) (time.Time, error) {
	ms, err := rdb.Get(ctx, keys{app}.heartbeat(role)).Int64()
	switch {
	case errors.Is(err, redis.Nil):
		return time.Time{}, nil
	case err != nil:
		return time.Time{}, fmt.Errorf("read the last heartbeat of %s: %w", role, err)
	}
	return time.UnixMilli(ms), nil
}
