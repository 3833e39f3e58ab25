package workqueue

import (
	"context"
	"fmt"
	"time"
)

// TrimDead removes the dead letters of a type that are older than age, by Redis's clock,
// and returns how many. Adding a dead letter removes those that are over 30 days old;
// TrimDead is for types to which none is added.
func (i *Inspector) TrimDead(ctx context.Context, eventType string, age time.Duration) (int64, error) {
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return 0, fmt.Errorf("trim dead letters of %s: %w", eventType, err)
	}
	var trimmed int64
	for _, s := range shards {
		for n := int64(trimLimit); n == trimLimit; trimmed += n {
			if n, err = i.scripts(s).trim(ctx, age); err != nil {
				return trimmed, fmt.Errorf("trim dead letters of %s: %w", eventType, err)
			}
		}
	}
	return trimmed, nil
}

// RemoveIdleConsumers removes the names of consumers of a type that have nothing pending
// and have not read for longer than idle, and returns them, once for each shard. Running
// consumers do it themselves; RemoveIdleConsumers is for when none runs.
func (i *Inspector) RemoveIdleConsumers(ctx context.Context, eventType string, idle time.Duration) ([]string, error) {
	shards, err := i.shards(ctx, eventType)
	if err != nil {
		return nil, fmt.Errorf("remove names of consumers of %s: %w", eventType, err)
	}
	var names []string
	for _, s := range shards {
		swept, err := sweep(ctx, i.scripts(s), idle)
		if err != nil {
			return names, err
		}
		names = append(names, swept...)
	}
	return names, nil
}
