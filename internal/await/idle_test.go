package await_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/await"
)

// empty is a hook that counts the polls and finds nothing, without a connection.
type empty struct{ polls int }

func (e *empty) DialHook(next redis.DialHook) redis.DialHook { return next }

func (e *empty) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(_ context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "lpop" {
			return fmt.Errorf("the waiter calls %s", cmd.Name())
		}
		e.polls++
		cmd.SetErr(redis.Nil)
		return redis.Nil
	}
}

func (e *empty) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// TestWaiter_IsQuietWhileIdle counts the polls of an hour in which nobody waits, and of a second in which somebody does, in the
// time of a bubble.
func TestWaiter_IsQuietWhileIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rdb, list := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}), &empty{}
		defer rdb.Close()
		rdb.AddHook(list)
		w := start(t, rdb, await.Options{App: "app"})
		for round := range 2 {
			synctest.Wait()
			before := list.polls
			time.Sleep(time.Hour)
			synctest.Wait()
			if n := list.polls - before; n > round { // one may follow the end of a wait
				t.Errorf("round %d: %d polls while nobody waited", round, n)
			}
			before = list.polls
			address := register(t, w, "key")
			time.Sleep(time.Second)
			synctest.Wait()
			if n := list.polls - before; n < 50 || n > 51 {
				t.Errorf("round %d: %d polls in the second in which somebody waited, want one each 20 ms", round, n)
			}
			w.Cancel(address)
		}
	})
}
