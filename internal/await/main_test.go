package await_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestMain makes this program a consumer where a test started it as one.
func TestMain(m *testing.M) {
	if address := os.Getenv(victimVariable); address != "" {
		os.Exit(victim(address))
	}
	os.Exit(redistest.Main(m))
}

// run runs f until the test ends.
func run(t testing.TB, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := testenv.Next(t, done); err != nil {
			t.Error(err)
		}
	})
}

// start returns a Waiter that runs until the test ends.
func start(t testing.TB, rdb redis.UniversalClient, opts await.Options) *await.Waiter {
	t.Helper()
	w := await.New(rdb, opts)
	run(t, w.Run)
	return w
}

// silent is a Waiter that does not run: its Await finds an answer only by taking the wait.
func silent(rdb redis.UniversalClient, app string) *await.Waiter {
	return await.New(rdb, await.Options{App: app, Log: zerolog.Nop()})
}

func register(t testing.TB, w *await.Waiter, key string) (address string) {
	t.Helper()
	address, err := w.Register(key)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// grace is more than Redis takes on a busy machine.
const grace = 5 * time.Second
