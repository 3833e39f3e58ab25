package gateway

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlines_EndInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		const timeout = 2500 * time.Millisecond
		d := Deadlines{Timeout: timeout}
		client, gone := context.WithCancel(t.Context())
		defer gone()
		for i := range 20 {
			start := time.Now()
			ctx := d.Context(context.WithValue(client, key{}, i))
			if ctx.Value(key{}) != i {
				t.Fatalf("value %v of another request, want %d", ctx.Value(key{}), i)
			}
			if at, ok := ctx.Deadline(); !ok || at.Sub(start) > timeout || at.Sub(start) < timeout-deadlineStep {
				t.Errorf("deadline in %v, want in %v or up to %v sooner", at.Sub(start), timeout, deadlineStep)
			}
			go func() {
				<-ctx.Done()
				if took := time.Since(start); took > timeout || took < timeout-deadlineStep || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
					t.Errorf("ended after %v by %v", took, ctx.Err())
				}
			}()
			if i == 10 {
				gone() // the client's hanging up ends no publish
			}
			time.Sleep(15 * time.Millisecond)
		}
		time.Sleep(timeout)
		synctest.Wait()
		if ctx := d.Context(client); ctx.Err() != nil {
			t.Errorf("a new one has ended: %v", ctx.Err())
		}
		time.Sleep(timeout)
	})
}

// TestDeadlines_ShareATimer is not parallel: it counts allocations.
func TestDeadlines_ShareATimer(t *testing.T) {
	d := Deadlines{Timeout: time.Minute}
	d.Context(t.Context())
	if n := testing.AllocsPerRun(100, func() { d.Context(t.Context()) }); n > 2 {
		t.Errorf("%v allocations for a context", n)
	}
}
