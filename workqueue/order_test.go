package workqueue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestConsumer_InOrder handles the events of three keys, each slow in another place, and
// others that wait for none.
func TestConsumer_InOrder(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		want := map[string][]string{}
		for n := range 60 {
			key := []string{"a", "b", "c", ""}[n%4]
			id := fmt.Sprintf("%s/%d", key, n)
			want[key] = append(want[key], id)
			q.publish(p, workqueue.Event{Type: "greeting", ID: id})
		}
		keyOf := func(d *workqueue.Delivery) string { key, _, _ := strings.Cut(d.ID, "/"); return key }
		var mu sync.Mutex
		got, busy := map[string][]string{}, map[string]int{}
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			key := keyOf(d)
			mu.Lock()
			got[key] = append(got[key], d.ID)
			busy[key]++
			if busy[key] > 1 && key != "" {
				t.Errorf("%d of %s are handled at once", busy[key], key)
			}
			mu.Unlock()
			pause.For(ctx, rand.N(3*time.Millisecond)) // others may come between
			mu.Lock()
			busy[key]--
			mu.Unlock()
			return nil
		}, workqueue.InOrder(keyOf), workqueue.Concurrency(6))
		testenv.Eventually(t, "all are handled", q.empty)
		mu.Lock()
		defer mu.Unlock()
		for _, key := range []string{"a", "b", "c"} {
			if !slices.Equal(got[key], want[key]) {
				t.Errorf("%s: %q, want %q", key, got[key], want[key])
			}
		}
		if len(got[""]) != len(want[""]) {
			t.Errorf("%d without a key, want %d", len(got[""]), len(want[""]))
		}
	})
}

// TestConsumer_InOrderLetsOthersPass while one is slow, and goes on after a panic and after
// a timeout.
func TestConsumer_InOrderLetsOthersPass(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		for _, id := range []string{"a/slow", "a/panics", "a/last", "b/first"} {
			q.publish(p, workqueue.Event{Type: "greeting", ID: id})
		}
		handled, finish := make(chan string, 10), make(chan struct{})
		q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
			switch d.ID {
			case "a/slow":
				testenv.Hold(t, finish)
			case "a/panics":
				panic("at the disco")
			}
			handled <- d.ID
			return nil
		}, workqueue.InOrder(func(d *workqueue.Delivery) string { return d.ID[:1] }), workqueue.Concurrency(4), workqueue.MaxAttempts(1))
		if id := testenv.Next(t, handled); id != "b/first" {
			t.Errorf("%s came first", id)
		}
		close(finish)
		for _, want := range []string{"a/slow", "a/last"} {
			if id := testenv.Next(t, handled); id != want {
				t.Errorf("%s, want %s", id, want)
			}
		}
	})
}
