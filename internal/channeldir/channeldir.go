// Package channeldir is the directory of a workspace's public channels, stored in
// Redis. bgtasks fills it. Consumers apply the changes that events report, and look
// up names and ids: content names channels, and platforms address them by ids.
package channeldir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/event"
)

// ErrNotFilled is the error of look-ups before the directory was first filled.
var ErrNotFilled = errors.New("the channel directory has not been filled yet: is bgtasks running? If it is, its log has the error of its job")

// Channel is a public channel.
type Channel struct{ ID, Name string }

// Directory is the directory of one workspace. It is safe for concurrent use.
type Directory struct {
	rdb        redis.UniversalClient
	ids, names string
	// revision counts the changes; changed has the time of each channel's last one.
	revision, changed string
	// fresh exists while the directory is.
	fresh string
}

// NewDirectory returns the directory of a workspace. The caller closes rdb. Slack's
// keys name no workspace, since upgrades depend on them: a deployment serves one
// workspace of Slack.
func NewDirectory(rdb redis.UniversalClient, app string, workspace event.Workspace) *Directory {
	prefix := app + ":{channels}:"
	if workspace.Source != event.Slack {
		prefix = app + ":{channels/" + workspace.String() + "}:"
	}
	return &Directory{
		rdb:      rdb,
		ids:      prefix + "ids",   // hash, name → id
		names:    prefix + "names", // hash, id → name
		revision: prefix + "revision",
		changed:  prefix + "changed", // hash, id → Unix time in ms
		fresh:    prefix + "fresh",
	}
}

// IDs returns the ids of the channels with these names, "" for a name that no public
// channel has, and ErrNotFilled before the directory was first filled.
func (d *Directory) IDs(ctx context.Context, names ...string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	found, err := d.rdb.HMGet(ctx, d.ids, names...).Result()
	if err != nil {
		return nil, fmt.Errorf("look up channels: %w", err)
	}
	ids, filled := make([]string, len(names)), false
	for i := range names {
		if id, ok := found[i].(string); ok {
			ids[i], filled = id, true
		}
	}
	if filled {
		return ids, nil
	}
	return ids, d.filled(ctx)
}

// ID returns the id of the channel with this name, "" if no public channel has it,
// and ErrNotFilled before the directory was first filled.
func (d *Directory) ID(ctx context.Context, name string) (string, error) {
	return d.lookUp(ctx, d.ids, name)
}

// Name returns the name of the channel with this id, "" if no public channel has it,
// and ErrNotFilled before the directory was first filled.
func (d *Directory) Name(ctx context.Context, id string) (string, error) {
	return d.lookUp(ctx, d.names, id)
}

func (d *Directory) lookUp(ctx context.Context, hash, field string) (string, error) {
	value, err := d.rdb.HGet(ctx, hash, field).Result()
	if err == nil {
		return value, nil
	}
	if !errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("look up channel %s: %w", field, err)
	}
	return "", d.filled(ctx)
}

// freshFor is how long after it was filled the directory is fresh: twice the time between
// two updates, by default.
const freshFor = 20 * time.Minute

// Fresh reports whether the directory was filled within 20 minutes, so that a channel which
// it does not have does not exist, or is private.
func (d *Directory) Fresh(ctx context.Context) (bool, error) {
	n, err := d.rdb.Exists(ctx, d.fresh).Result()
	if err != nil {
		return false, fmt.Errorf("check the age of the channel directory: %w", err)
	}
	return n == 1, nil
}

// filled returns ErrNotFilled before the directory was first filled.
func (d *Directory) filled(ctx context.Context) error {
	switch n, err := d.rdb.Exists(ctx, d.names).Result(); {
	case err != nil:
		return fmt.Errorf("check that the channel directory is filled: %w", err)
	case n == 0:
		return ErrNotFilled
	default:
		return nil
	}
}
