// Package redistest starts Redis for tests: a private redis-server if one is installed, a
// Redis Cluster, or the embedded Redis. The tests of a package share it, each under its own
// app name.
package redistest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// Kind is a kind of Redis.
type Kind string

// The kinds of Redis that tests can have.
const (
	Single    Kind = "redis-server"
	Clustered Kind = "redis-cluster" // three masters, each with a replica
	Embedded  Kind = "embedded"      // in the test's own process
)

// Main runs a package's tests, stops the shared Redis servers, and fails if the tests leak
// goroutines. Call it from TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	for _, s := range shared {
		if s.stop != nil {
			s.stop()
		}
	}
	if code == 0 {
		// A client that cannot connect retries once a second, and notices only then that
		// it was closed.
		if err := goleak.Find(goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial")); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines leaked by the tests:", err)
			return 1
		}
	}
	return code
}

// shared are the Redis servers that the tests of a package share.
var shared = map[Kind]*sharedRedis{
	Single:    {start: startSingle},
	Clustered: {start: startClustered},
	Embedded:  {start: startEmbedded},
}

type sharedRedis struct {
	start func(ctx context.Context) (addrs []string, stop func(), err error)
	once  sync.Once
	addrs []string
	stop  func()
	err   error
}

func startSingle(context.Context) ([]string, func(), error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, nil, err
	}
	s, err := start(path)
	if err != nil {
		return nil, nil, err
	}
	return []string{s.addr()}, func() { _ = s.stop() }, nil
}

func startClustered(ctx context.Context) ([]string, func(), error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, nil, err
	}
	c, err := startCluster(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	return c.Addrs(), c.stop, nil
}

func startEmbedded(context.Context) ([]string, func(), error) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		return nil, nil, err
	}
	return []string{m.Addr()}, m.Close, nil
}

// addrs returns the addresses of the shared Redis of a kind, which Main stops. It skips the
// test if the kind needs a program that is not installed.
func addrs(t testing.TB, kind Kind) []string {
	t.Helper()
	if kind != Embedded {
		testenv.Program(t, "redis-server")
	}
	s := shared[kind]
	s.once.Do(func() { s.addrs, s.stop, s.err = s.start(t.Context()) })
	if s.err != nil {
		t.Fatalf("start the tests' %s: %v", kind, s.err)
	}
	return s.addrs
}

// Open returns a client of the shared Redis of a kind, closed when the test ends.
func Open(t testing.TB, kind Kind) redis.UniversalClient {
	t.Helper()
	if kind == Clustered {
		return dialCluster(t, addrs(t, kind))
	}
	return Dial(t, "redis://"+addrs(t, kind)[0])
}

// URL returns the address of the shared Redis, which Main stops: a redis-server, or the
// embedded Redis if none is installed.
func URL(t testing.TB) string {
	t.Helper()
	kind := Single
	if _, err := exec.LookPath("redis-server"); errors.Is(err, exec.ErrNotFound) && !testenv.All() {
		kind = Embedded
	}
	return "redis://" + addrs(t, kind)[0]
}

// New returns a client of the shared Redis, closed when the test ends, and an
// app name that no other test has.
func New(t testing.TB) (rdb redis.UniversalClient, app string) {
	t.Helper()
	return Dial(t, URL(t)), App()
}

// App returns an app name that no other test has.
func App() string { return "test-" + strings.ToLower(rand.Text()[:10]) }

// Dial returns a client of the Redis at url, closed when the test ends.
func Dial(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	opts, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	opts.ContextTimeoutEnabled = true
	opts.PipelinePoolSize = -1
	rdb := redis.NewClient(opts)
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Errorf("close the test's Redis client: %v", err)
		}
	})
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatalf("the tests' Redis does not answer: %v", err)
	}
	return rdb
}
