package bgtasks_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/bgtasks"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// TestForgetStates_BeginsAnew removes the states while a leader is between Load and
// Save. Its Save must not restore the old state.
func TestForgetStates_BeginsAnew(t *testing.T) {
	t.Parallel()
	for _, kind := range []redistest.Kind{redistest.Single, redistest.Clustered, redistest.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rdb, app := redistest.Open(t, kind), redistest.App()
			loaded, goOn := make(chan int, 1), make(chan struct{})
			counts := bgtasks.Job{Name: "counts", Every: 100 * time.Millisecond, Timeout: time.Minute, Run: func(ctx context.Context, s bgtasks.State) error {
				n := 0
				if _, err := s.Load(ctx, &n); err != nil {
					return err
				}
				select {
				case loaded <- n:
				case <-ctx.Done():
					return ctx.Err()
				}
				select {
				case <-goOn:
				case <-ctx.Done():
				}
				return s.Save(context.WithoutCancel(ctx), n+1)
			}}
			keepsNothing, _ := count("keeps nothing", time.Hour)
			if list, err := bgtasks.ForgetStates(t.Context(), rdb, app); err != nil || len(list) > 0 {
				t.Errorf("before the first start: %q (%v)", list, err)
			}
			start(t, rdb, bgtasks.Options{App: app, Instance: "bgtasks.1", Lease: time.Second}, counts, keepsNothing)
			for want := range 3 {
				if n := testenv.Next(t, loaded); n != want {
					t.Fatalf("run %d begins with %d", want, n)
				}
				if want < 2 {
					goOn <- struct{}{}
				}
			}
			testenv.Eventually(t, "the jobs are listed", func() bool {
				list, err := bgtasks.ListStates(t.Context(), rdb, app)
				if err != nil {
					t.Fatal(err)
				}
				return slices.Equal(list, []string{"counts"})
			})
			if list, err := bgtasks.ForgetStates(t.Context(), rdb, app); err != nil || !slices.Equal(list, []string{"counts"}) {
				t.Fatalf("%q (%v)", list, err)
			}
			if list, err := bgtasks.ListStates(t.Context(), rdb, app); err != nil || len(list) > 0 {
				t.Errorf("left are %q (%v)", list, err)
			}
			goOn <- struct{}{} // and now it saves 3, or would
			if n := testenv.Next(t, loaded); n != 0 {
				t.Errorf("the next run begins with %d, want 0", n)
			}
			close(goOn)
		})
	}
}
