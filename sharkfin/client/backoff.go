package client

import (
	"math/rand/v2"
	"time"
)

// BackoffFunc returns the pause before attempt number attempt to reconnect, counted from 0. A
// negative pause ends the client. It is called by one goroutine at a time, and must not call
// Close, which waits for it.
type BackoffFunc func(attempt int) time.Duration

// Backoff returns a BackoffFunc whose pauses double from shortest to longest. Each is shortened
// at random by up to a half, so that clients that lost their connections together do not come
// back together. It never stops. A shortest below 1 ms becomes 1 ms, and a longest below it
// becomes shortest.
func Backoff(shortest, longest time.Duration) BackoffFunc {
	shortest = max(shortest, time.Millisecond)
	longest = max(longest, shortest)
	return func(attempt int) time.Duration {
		pause := shortest
		for ; attempt > 0 && pause < longest; attempt-- {
			if pause > longest/2 {
				pause = longest // doubled, it could overflow
				break
			}
			pause *= 2
		}
		return pause - rand.N(pause/2+1)
	}
}
