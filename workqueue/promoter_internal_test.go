package workqueue

import (
	"math"
	"testing"
	"time"
)

func TestPromoter_NextLook(t *testing.T) {
	for next, want := range map[int64]time.Duration{
		-1:                    promoteEvery, // there is none
		0:                     0,
		20:                    20 * time.Millisecond,
		999:                   999 * time.Millisecond,
		60_000:                promoteEvery,
		1_400_000_000_000_000: promoteEvery, // a time in microseconds: hundreds of centuries, and no Duration
		math.MaxInt64:         promoteEvery,
	} {
		if got := untilNextRun(next); got != want {
			t.Errorf("due in %d ms: %v, want %v", next, got, want)
		}
	}
}
