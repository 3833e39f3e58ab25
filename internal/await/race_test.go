package await_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/await"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestWaiter_OneSideWins gives thousands of answers within 20 ms of the end of the budget,
// one in seven twice. Each time both sides must know the same winner.
func TestWaiter_OneSideWins(t *testing.T) {
	t.Parallel()
	const rounds, together, budget = 20, 200, 60 * time.Millisecond
	rdb, app := redistest.New(t)
	answers, w := await.NewAnswers(rdb, app), start(t, rdb, await.Options{App: app})
	var given, late atomic.Int64
	for round := range rounds {
		var all sync.WaitGroup
		for i := range together {
			id := fmt.Sprintf("Ev%d-%d", round, i)
			address := register(t, w, id)
			until := time.Now().Add(budget)
			at := until.Add(rand.N(40*time.Millisecond) - 20*time.Millisecond)
			verdict := make(chan bool, 1)
			all.Go(func() {
				pause.For(t.Context(), time.Until(at))
				won, err := answers.Give(t.Context(), address, id, []byte(id))
				if err != nil {
					t.Errorf("%s: %v", id, err)
				}
				if i%7 == 0 {
					if again, err := answers.Give(t.Context(), address, id, []byte(id)); again != won || err != nil {
						t.Errorf("%s: given %v, and then %v, %v", id, won, again, err)
					}
				}
				verdict <- won
			})
			all.Go(func() {
				answer, answered, err := w.Await(t.Context(), address, until, grace)
				if err != nil || answered && string(answer) != id {
					t.Errorf("%s: the gateway got %q, %v", id, answer, err)
				}
				switch won := testenv.Hold(t, verdict); {
				case won != answered:
					t.Errorf("%s: the consumer's answer was given: %v; the gateway got one: %v", id, won, answered)
				case won:
					given.Add(1)
				default:
					late.Add(1)
				}
			})
		}
		testenv.Wait(t, &all)
	}
	t.Logf("%d answers were given in time, %d were late", given.Load(), late.Load())
	if given.Load() < rounds*together/20 || late.Load() < rounds*together/20 {
		t.Errorf("%d in time, %d late: it was no race", given.Load(), late.Load())
	}
}
