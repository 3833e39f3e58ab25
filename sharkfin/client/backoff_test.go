package client_test

import (
	"math"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/sharkfin/client"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		shortest, longest time.Duration
		attempt           int
		want              time.Duration // at most, and at least the half of it
	}{
		{time.Second, time.Minute, 0, time.Second},
		{time.Second, time.Minute, 1, 2 * time.Second},
		{time.Second, time.Minute, 5, 32 * time.Second},
		{time.Second, time.Minute, 6, time.Minute},
		{time.Second, time.Minute, 1 << 40, time.Minute},
		{time.Second, math.MaxInt64, 200, math.MaxInt64},
		{time.Second, 0, 3, time.Second},
		{0, 0, 0, time.Millisecond},
		{-time.Second, time.Second, 0, time.Millisecond},
		{time.Second, time.Minute, -1, time.Second},
	} {
		backoff := client.Backoff(test.shortest, test.longest)
		seen := map[time.Duration]bool{}
		for range 100 {
			pause := backoff(test.attempt)
			if pause > test.want || pause < test.want/2 {
				t.Errorf("%+v: %v", test, pause)
			}
			seen[pause] = true
		}
		if len(seen) < 2 {
			t.Errorf("%+v: no jitter", test)
		}
	}
}
