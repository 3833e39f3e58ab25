package testenv

import (
	"testing"
	"time"
)

// Timeout is the timeout of waits in tests. It is much longer than any wait takes, so that
// a test on a slow machine is slow and does not fail.
const Timeout = 30 * time.Second

// Eventually polls ok until it returns true. It fails the test after Timeout. what
// describes the wanted state.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(Timeout)
	for !ok() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("not true after %v: %s", Timeout, what)
		}
	}
}

// Next receives a value from c. It fails the test after Timeout.
func Next[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(Timeout):
		t.Fatalf("received nothing within %v", Timeout)
		panic("unreachable")
	}
}
