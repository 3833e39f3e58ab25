package redistest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Cluster is a Redis Cluster of three masters, each with a replica.
type Cluster struct{ Nodes []*Server }

const (
	masters = 3
	// nodeTimeout is the time after which a silent node is considered down. The replica of
	// a master takes over soon after that.
	nodeTimeout = time.Second
	// clusterTimeout bounds the time until the nodes agree.
	clusterTimeout = 30 * time.Second
)

// StartCluster starts a Redis Cluster for this test alone. It skips the test if redis-server
// is not installed.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := startCluster(t.Context(), testenv.Program(t, "redis-server"))
	if err != nil {
		t.Fatalf("start a Redis Cluster: %v", err)
	}
	t.Cleanup(c.stop)
	return c
}

func startCluster(ctx context.Context, path string) (*Cluster, error) {
	c := &Cluster{}
	for range 2 * masters {
		s, err := startNode(path)
		if err != nil {
			c.stop()
			return nil, err
		}
		c.Nodes = append(c.Nodes, s)
	}
	ctx, cancel := context.WithTimeout(ctx, clusterTimeout)
	defer cancel()
	if err := c.join(ctx); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// startNode tries several ports for the bus, because another program may take a free
// port before redis-server binds it.
func startNode(path string) (*Server, error) {
	var failed error
	for range 5 {
		bus, err := testenv.FreePort()
		if err != nil {
			return nil, err
		}
		s, err := start(path, "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus),
			"--cluster-node-timeout", strconv.FormatInt(nodeTimeout.Milliseconds(), 10),
			// A replica is listed once it has received data from its master.
			"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")
		if err == nil {
			s.bus = bus
			return s, nil
		}
		failed = err
	}
	return nil, failed
}

// join makes a cluster of the nodes: the first three are its masters, and each
// of the others is the replica of the one three before it.
func (c *Cluster) join(ctx context.Context) error {
	nodes := make([]*redis.Client, len(c.Nodes))
	for i, s := range c.Nodes {
		nodes[i] = redis.NewClient(&redis.Options{Addr: s.addr(), MaxRetries: -1})
		defer nodes[i].Close()
	}
	const slots = 16384
	for i, node := range nodes[:masters] {
		if err := node.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return err
		}
		if err := node.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err(); err != nil {
			return err
		}
	}
	for _, s := range c.Nodes[1:] {
		if err := nodes[0].Do(ctx, "CLUSTER", "MEET", "127.0.0.1", s.port, s.bus).Err(); err != nil {
			return err
		}
	}
	for i, node := range nodes[masters:] {
		id, err := nodes[i].Do(ctx, "CLUSTER", "MYID").Text()
		if err != nil {
			return err
		}
		// The node may not know its master yet.
		if err := poll(ctx, func() error { return node.ClusterReplicate(ctx, id).Err() }); err != nil {
			return fmt.Errorf("make node %d a replica: %w", masters+i, err)
		}
	}
	for i, node := range nodes {
		if err := poll(ctx, func() error { return agreed(ctx, node) }); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
	}
	return nil
}

// agreed returns an error while a node does not know of all masters and their
// replicas, or has not got its master's data.
func agreed(ctx context.Context, node *redis.Client) error {
	info, err := node.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, "cluster_state:ok") {
		return fmt.Errorf("the cluster is not well:\n%s", info)
	}
	shards, err := node.ClusterShards(ctx).Result()
	if err != nil {
		return err
	}
	known := 0
	for _, s := range shards {
		for _, n := range s.Nodes {
			if n.Health == "online" {
				known++
			}
		}
	}
	if known != 2*masters {
		return fmt.Errorf("it knows %d of %d nodes", known, 2*masters)
	}
	replication, err := node.Info(ctx, "replication").Result()
	if err != nil {
		return err
	}
	if strings.Contains(replication, "master_link_status:down") {
		return fmt.Errorf("it has no link to its master")
	}
	return nil
}

// poll calls f until it returns nil or ctx ends, and returns its last error.
func poll(ctx context.Context, f func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// Dial returns a client of the cluster, closed when the test ends.
func (c *Cluster) Dial(t testing.TB) *redis.ClusterClient {
	t.Helper()
	return dialCluster(t, c.Addrs())
}

// Addrs returns the nodes' addresses, the masters' first.
func (c *Cluster) Addrs() []string {
	list := make([]string, len(c.Nodes))
	for i, s := range c.Nodes {
		list[i] = s.addr()
	}
	return list
}

func dialCluster(t testing.TB, addrs []string) *redis.ClusterClient {
	t.Helper()
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true, PipelinePoolSize: -1})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Errorf("close the test's client of the cluster: %v", err)
		}
	})
	return rdb
}

func (c *Cluster) stop() {
	for _, s := range c.Nodes {
		_ = s.stop()
	}
}
