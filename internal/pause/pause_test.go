package pause_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
)

func TestFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if !pause.For(t.Context(), time.Minute) || time.Since(start) != time.Minute {
			t.Errorf("waited for %v, want a minute", time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if pause.For(ctx, time.Minute) || time.Since(start) != time.Second {
			t.Errorf("waited for %v, want until the context ended", time.Since(start))
		}
		if pause.For(ctx, 0) {
			t.Error("the context has ended, and the pause says otherwise")
		}
	})
}
