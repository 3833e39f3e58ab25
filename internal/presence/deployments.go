package presence

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Deployments returns the names of the deployments of which a process ran within the last 7
// days, in alphabetical order. It looks at all keys of Redis.
func (r *Reader) Deployments(ctx context.Context) ([]string, error) {
	const page = 1000
	suffix := keys{}.clock()
	var mu sync.Mutex
	var names []string
	scan := func(ctx context.Context, node redis.Cmdable) error {
		list := node.Scan(ctx, 0, "*"+suffix, page).Iterator()
		for list.Next(ctx) {
			mu.Lock()
			names = append(names, strings.TrimSuffix(list.Val(), suffix))
			mu.Unlock()
		}
		return list.Err()
	}
	var err error
	if cluster, ok := r.rdb.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return scan(ctx, node) })
	} else {
		err = scan(ctx, r.rdb)
	}
	if err != nil {
		return nil, fmt.Errorf("list the deployments: %w", err)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
