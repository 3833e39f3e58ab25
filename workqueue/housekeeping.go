package workqueue

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// TrimDead removes the dead letters of a type that were given up longer than
// age ago, by Redis's clock, and returns how many. A dead letter that is added
// trims those before it, too; this is for types to which none is added.
func (i *Inspector) TrimDead(ctx context.Context, eventType string, age time.Duration) (int64, error) {
	now, err := i.rdb.Time(ctx).Result()
	if err != nil {
		return 0, fmt.Errorf("trim dead letters of %s: %w", eventType, err)
	}
	n, err := i.rdb.XTrimMinID(ctx, i.keys.dead(eventType), strconv.FormatInt(now.Add(-age).UnixMilli(), 10)).Result()
	if err != nil {
		return 0, fmt.Errorf("trim dead letters of %s: %w", eventType, err)
	}
	return n, nil
}

// Sweep removes the names of consumers of a type that have nothing pending and
// were not heard of for at least idle, and returns them. Consumers that live
// sweep for each other; this is for when none does.
func (i *Inspector) Sweep(ctx context.Context, eventType string, idle time.Duration) ([]string, error) {
	names, err := sweepScript.Run(ctx, i.rdb, []string{i.keys.stream(eventType)}, group, idle.Milliseconds()).StringSlice()
	if isNoGroup(err) || isNoKey(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("remove names of consumers of %s: %w", eventType, err)
	}
	return names, nil
}
