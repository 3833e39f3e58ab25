package redistest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Guarded is a master with a replica, and a Sentinel that watches over them.
type Guarded struct{ Master, Replica, Sentinel *Server }

// MasterName is the Sentinel's name of the master.
const MasterName = "gopherbot"

// StartGuarded starts a master, a replica and a Sentinel for this test alone. It skips the
// test if redis-server is not installed.
func StartGuarded(t testing.TB) *Guarded {
	t.Helper()
	g := &Guarded{Master: Start(t, "--repl-diskless-sync-delay", "0")}
	g.Replica = Start(t, "--replicaof", fmt.Sprintf("127.0.0.1 %d", g.Master.port))
	// A Sentinel keeps its state in its configuration file.
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d 1\nsentinel down-after-milliseconds %s 500\nsentinel failover-timeout %s 5000\n",
		MasterName, g.Master.port, MasterName, MasterName)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if g.Sentinel, err = startSentinel(testenv.Program(t, "redis-server"), conf); err != nil {
		t.Fatalf("start a Sentinel: %v", err)
	}
	t.Cleanup(func() { _ = g.Sentinel.stop() })

	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: g.Sentinel.addr()})
	defer sentinel.Close()
	if err := poll(ctx, func() error {
		replicas, err := sentinel.Replicas(ctx, MasterName).Result()
		if err == nil && (len(replicas) == 0 || replicas[0]["master-link-status"] != "ok") {
			err = fmt.Errorf("the Sentinel knows no replica that has its master's data")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return g
}

// URL returns the Sentinel's address, with the master's name.
func (g *Guarded) URL() string { return g.Sentinel.URL() + "?master_name=" + MasterName }

// Dial returns a client of whichever is the master, closed when the test ends.
func (g *Guarded) Dial(t testing.TB) redis.UniversalClient {
	t.Helper()
	rdb := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: MasterName, SentinelAddrs: []string{g.Sentinel.addr()}, ContextTimeoutEnabled: true, PipelinePoolSize: -1,
	})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Errorf("close the test's Redis client: %v", err)
		}
	})
	return rdb
}
