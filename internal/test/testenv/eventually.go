package testenv

import (
	"testing"
	"time"
)

// Patience is how long tests wait for what must come. It is far more than
// anything takes, so that a slow machine makes a test slow and not red.
const Patience = 30 * time.Second

// Eventually polls until ok returns true, and fails the test when it has not
// within Patience.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(Patience)
	for !ok() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("still not so after %v: %s", Patience, what)
		}
	}
}

// Next receives from c, and fails the test when nothing comes within Patience.
func Next[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(Patience):
		t.Fatalf("nothing came within %v", Patience)
		panic("unreachable")
	}
}
