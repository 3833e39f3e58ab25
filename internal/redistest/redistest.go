// Package redistest gives tests a Redis: a private redis-server where the
// machine has one, shared by the tests of a package that each keep to an app
// name of their own, or the embedded one where it has none.
package redistest

import (
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

	"github.com/gobridge/gopherbot/internal/testenv"
)

// Main runs a package's tests, stops the Redis that they shared and fails when
// they leave goroutines behind. Call it from TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(redistest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines left behind by the tests:", err)
			return 1
		}
	}
	return code
}

// shared is the Redis of all tests of the package under test.
var shared sharedRedis

type sharedRedis struct {
	once sync.Once
	url  string
	err  error
	stop func()
}

// URL returns the address of the shared Redis, which Main stops.
func URL(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() {
		if path, err := exec.LookPath("redis-server"); err == nil {
			var s *Server
			if s, shared.err = start(path); shared.err == nil {
				shared.url, shared.stop = s.URL(), func() { _ = s.stop() }
			}
			return
		}
		if testenv.All() {
			shared.err = errors.New("redis-server is not installed; \"make test\" installs it")
			return
		}
		m := miniredis.NewMiniRedis()
		if shared.err = m.Start(); shared.err == nil {
			shared.url, shared.stop = "redis://"+m.Addr(), m.Close
		}
	})
	if shared.err != nil {
		t.Fatalf("start the tests' Redis: %v", shared.err)
	}
	return shared.url
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
