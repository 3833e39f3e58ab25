// Package channels is the directory of a workspace's public channels, kept in
// Redis: bgtasks fills it, consumers look up names and ids. Content names
// channels; what a chat platform calls them is known here alone.
package channels

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// ErrNotFilled is returned by look-ups before the directory was first filled.
var ErrNotFilled = errors.New("the channel directory has not been filled yet: is bgtasks running?")

// Channel is a public channel.
type Channel struct{ ID, Name string }

// Directory is the directory of one deployment. It is safe for concurrent use.
type Directory struct {
	rdb        redis.UniversalClient
	ids, names string
}

// NewDirectory returns the directory of a deployment, on rdb, which stays the
// caller's to close.
func NewDirectory(rdb redis.UniversalClient, app string) *Directory {
	return &Directory{
		rdb:   rdb,
		ids:   app + ":{channels}:ids",   // hash, name → id
		names: app + ":{channels}:names", // hash, id → name
	}
}

// Replace makes list the whole content of the directory, in one step. It
// refuses an empty list: a workspace has at least one channel, so an empty one
// is a mistake that would cost every link.
func (d *Directory) Replace(ctx context.Context, list []Channel) error {
	if len(list) == 0 {
		return errors.New("refusing to empty the channel directory")
	}
	ids, names := make([]any, 0, 2*len(list)), make([]any, 0, 2*len(list))
	for _, c := range list {
		ids = append(ids, c.Name, c.ID)
		names = append(names, c.ID, c.Name)
	}
	_, err := d.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, d.ids, d.names)
		p.HSet(ctx, d.ids, ids...)
		p.HSet(ctx, d.names, names...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("fill the channel directory: %w", err)
	}
	return nil
}

// Links returns what to write so that a message links the channels of these
// names: a reference that a click follows, or "" for a channel that does not
// exist. Before the directory was first filled it is "#name", since nobody can
// know.
func (d *Directory) Links(ctx context.Context, names ...string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	ids, err := d.rdb.HMGet(ctx, d.ids, names...).Result()
	if err != nil {
		return nil, fmt.Errorf("look up channels: %w", err)
	}
	links, found := make([]string, len(names)), false
	for i := range names {
		if id, ok := ids[i].(string); ok {
			links[i], found = "<#"+id+">", true
		}
	}
	if found {
		return links, nil
	}
	err = d.filled(ctx)
	if !errors.Is(err, ErrNotFilled) {
		return links, err
	}
	for i, name := range names {
		links[i] = "#" + name
	}
	return links, nil
}

// Name returns the name of the channel with this id, "" when no public channel
// has it, and ErrNotFilled while nobody can know.
func (d *Directory) Name(ctx context.Context, id string) (string, error) {
	name, err := d.rdb.HGet(ctx, d.names, id).Result()
	if err == nil {
		return name, nil
	}
	if !errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("look up channel %s: %w", id, err)
	}
	return "", d.filled(ctx)
}

// filled returns ErrNotFilled before the directory was first filled.
func (d *Directory) filled(ctx context.Context) error {
	switch n, err := d.rdb.Exists(ctx, d.names).Result(); {
	case err != nil:
		return fmt.Errorf("look up whether the channel directory is filled: %w", err)
	case n == 0:
		return ErrNotFilled
	default:
		return nil
	}
}
