package batch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue/batch"
)

// server is what a Batcher calls. It notes each call, and answers one when the test says so.
type server struct {
	t      *testing.T
	came   chan []int
	answer chan struct{}
}

func newServer(t *testing.T) *server {
	t.Helper()
	return &server{t, make(chan []int, 100), make(chan struct{})}
}

func (s *server) call(_ context.Context, items []int) {
	s.came <- slices.Clone(items)
	testenv.Hold(s.t, s.answer)
}

// do calls Do for the items of a range, each in a goroutine, and returns their errors.
func do(ctx context.Context, b *batch.Batcher[int], from, to int) <-chan error {
	errs := make(chan error, to-from)
	for item := from; item < to; item++ {
		go func() { errs <- b.Do(ctx, item) }()
	}
	return errs
}

// TestDo_SharesCalls has 300 items come while the first is handled: they go out with two calls.
func TestDo_SharesCalls(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	b := batch.New(1, s.call)
	first := do(t.Context(), b, 0, 1)
	if got := testenv.Next(t, s.came); !slices.Equal(got, []int{0}) {
		t.Fatalf("the first call has %v", got)
	}
	rest := do(t.Context(), b, 1, 301)
	testenv.Eventually(t, "all items wait", func() bool { return b.Waiting() == 300 })
	close(s.answer)
	if err := testenv.Next(t, first); err != nil {
		t.Error(err)
	}
	var sizes, all []int
	for range 2 {
		items := testenv.Next(t, s.came)
		sizes, all = append(sizes, len(items)), append(all, items...)
	}
	slices.Sort(all)
	if !slices.Equal(sizes, []int{256, 44}) || all[0] != 1 || all[299] != 300 || len(slices.Compact(all)) != 300 {
		t.Errorf("calls of %v items, %v", sizes, all)
	}
	for range 300 {
		if err := testenv.Next(t, rest); err != nil {
			t.Error(err)
		}
	}
}

// TestDo_Parallel has no more calls under way than it may.
func TestDo_Parallel(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	var handled sync.Map
	b := batch.New(2, func(_ context.Context, items []int) {
		for n := now.Add(1); ; {
			if old := most.Load(); n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		for _, item := range items {
			if _, twice := handled.LoadOrStore(item, true); twice {
				t.Errorf("item %d was handled twice", item)
			}
		}
		now.Add(-1)
	})
	const items = 10_000
	errs := do(t.Context(), b, 0, items)
	for range items {
		if err := testenv.Next(t, errs); err != nil {
			t.Error(err)
		}
	}
	for item := range items {
		if _, ok := handled.Load(item); !ok {
			t.Errorf("item %d was not handled", item)
		}
	}
	if got := most.Load(); got > 2 {
		t.Errorf("%d calls at once", got)
	}
}

// TestDo_Panics has a call panic, in the goroutine of its only item: others take its place.
func TestDo_Panics(t *testing.T) {
	t.Parallel()
	b := batch.New(1, func(_ context.Context, items []int) {
		if slices.Contains(items, 0) {
			panic("of the call")
		}
	})
	func() {
		defer func() {
			if p := recover(); p != "of the call" {
				t.Errorf("panic %v", p)
			}
		}()
		_ = b.Do(t.Context(), 0)
	}()
	if err := testenv.Next(t, do(t.Context(), b, 1, 2)); err != nil {
		t.Error(err)
	}
}

// TestDo_ContextEnds has the context of an item end while it waits, which ends neither the call
// under way nor that of the others.
func TestDo_ContextEnds(t *testing.T) {
	t.Parallel()
	var ended atomic.Bool
	s := newServer(t)
	b := batch.New(1, func(ctx context.Context, items []int) {
		s.call(ctx, items)
		ended.Store(ended.Load() || ctx.Err() != nil)
	})
	first := do(t.Context(), b, 0, 1)
	testenv.Next(t, s.came)
	ctx, cancel := context.WithCancel(t.Context())
	gone := do(ctx, b, 1, 2)
	testenv.Eventually(t, "it waits", func() bool { return b.Waiting() == 1 })
	stays := do(t.Context(), b, 2, 3)
	testenv.Eventually(t, "both wait", func() bool { return b.Waiting() == 2 })
	cancel()
	if err := testenv.Next(t, gone); !errors.Is(err, context.Canceled) {
		t.Errorf("the one whose context ended: %v", err)
	}
	close(s.answer)
	for _, errs := range []<-chan error{first, stays} {
		if err := testenv.Next(t, errs); err != nil {
			t.Error(err)
		}
	}
	if got := testenv.Next(t, s.came); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("the second call has %v", got)
	}
	if ended.Load() {
		t.Error("a call's context ended")
	}
}

// TestDo_LeaderReturns has the context of the caller end that began a call for several.
func TestDo_LeaderReturns(t *testing.T) {
	t.Parallel()
	for range 100 { // until the second comes along with the first
		s := newServer(t)
		b := batch.New(1, s.call)
		ctx, cancel := context.WithCancel(t.Context())
		both := do(ctx, b, 0, 2)
		if got := testenv.Next(t, s.came); len(got) == 1 {
			cancel()
			close(s.answer)
			continue
		}
		cancel()
		for range 2 {
			if err := testenv.Next(t, both); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		close(s.answer)
		return
	}
	t.Error("no call was for both")
}

type key struct{}

// TestDo_ContextOfTheItem passes the context of an item that goes out alone.
func TestDo_ContextOfTheItem(t *testing.T) {
	t.Parallel()
	b := batch.New(1, func(ctx context.Context, item []*string) { *item[0], _ = ctx.Value(key{}).(string) })
	var got string
	if err := b.Do(context.WithValue(t.Context(), key{}, "mine"), &got); err != nil || got != "mine" {
		t.Errorf("%q (%v)", got, err)
	}
}

// TestPost returns at once while a call is under way, and before that makes calls until nothing
// is waiting.
func TestPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	b := batch.New(1, s.call)
	returned := make(chan struct{})
	go func() {
		b.Post(t.Context(), 0)
		close(returned)
	}()
	testenv.Next(t, s.came)
	for item := 1; item < 4; item++ {
		b.Post(t.Context(), item)
	}
	close(s.answer)
	testenv.Next(t, returned)
	if got := testenv.Next(t, s.came); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("the second call has %v", got)
	}
}
