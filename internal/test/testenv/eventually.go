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
	EventuallyWithin(t, Timeout, what, ok)
}

// EventuallyWithin is Eventually for something that has a reason to take longer than Timeout.
func EventuallyWithin(t testing.TB, timeout time.Duration, what string, ok func() bool) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(timeout)
	for !ok() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("not true after %v: %s", timeout, what)
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

// Hold is Next for goroutines that are not the test's, such as a handler that is held until the test lets it go. Meanwhile the
// test may wait for several things, so Hold reports an error after four times Timeout. It then returns the zero value.
func Hold[T any](t testing.TB, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(4 * Timeout):
		t.Errorf("held for %v", 4*Timeout)
	}
	return v
}

// Wait waits for a sync.WaitGroup or the like. It fails the test after Timeout.
func Wait(t testing.TB, group interface{ Wait() }) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		group.Wait()
	}()
	Next(t, done)
}
