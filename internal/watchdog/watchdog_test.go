package watchdog_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/internal/watchdog"
)

var errAway = errors.New("redis is away")

// heart runs a Heart in a synctest bubble. Its heartbeats fail while away is set.
type heart struct {
	*watchdog.Heart
	log  testenv.Log
	away atomic.Bool
	done chan error
	stop func()
}

func run(ctx context.Context) *heart {
	h := &heart{done: make(chan error, 1)}
	h.Heart = watchdog.New(watchdog.Options{
		Beat: func(context.Context) error {
			if h.away.Load() {
				return errAway
			}
			return nil
		},
		Every: time.Second, Stale: 10 * time.Second, Timeout: time.Minute, Log: zerolog.New(&h.log),
	})
	ctx, h.stop = context.WithCancel(ctx)
	go func() { h.done <- h.Run(ctx) }()
	synctest.Wait()
	return h
}

// after lets time pass.
func after(d time.Duration) {
	time.Sleep(d) // in the bubble's time
	synctest.Wait()
}

func TestWatchdog_HealthyIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := run(t.Context())
		after(time.Hour)
		if h.Age() > time.Second || h.log.String() != "" {
			t.Errorf("%v since the last beat; it logged %s", h.Age(), h.log.String())
		}
		h.stop()
		if err := <-h.done; err != nil {
			t.Error(err)
		}
	})
}

func TestWatchdog_WarnsOnceAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := run(t.Context())
		h.away.Store(true)
		after(9 * time.Second)
		if h.log.String() != "" {
			t.Errorf("after 9 s it logged %s", h.log.String())
		}
		after(41 * time.Second)
		if n := strings.Count(h.log.String(), `"level":"warn"`); n != 1 || h.Age() != 50*time.Second {
			t.Errorf("%d warnings, %v since the last beat: %s", n, h.Age(), h.log.String())
		}
		h.away.Store(false)
		after(2 * time.Second)
		if n := strings.Count(h.log.String(), "has recovered"); n != 1 || h.Age() > time.Second {
			t.Errorf("logged %d times that it has recovered, %v since the last beat: %s", n, h.Age(), h.log.String())
		}
		h.stop()
		if err := <-h.done; err != nil {
			t.Error(err)
		}
	})
}

func TestWatchdog_EndsTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := run(t.Context())
		h.away.Store(true)
		started := time.Now()
		err := <-h.done
		if took := time.Since(started); !errors.Is(err, watchdog.ErrStopped) || !errors.Is(err, errAway) || took != time.Minute {
			t.Errorf("after %v: %v", took, err)
		}
		h.stop()
	})
}

// TestWatchdog_HangingBeatTimesOut is of a Redis that accepts connections and never
// answers.
func TestWatchdog_HangingBeatTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := watchdog.New(watchdog.Options{
			Beat:  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
			Every: time.Second, Stale: 10 * time.Second, Timeout: time.Minute,
		})
		if err := h.Run(t.Context()); !errors.Is(err, watchdog.ErrStopped) {
			t.Error(err)
		}
	})
}
