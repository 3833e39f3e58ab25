package workqueue_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// switchboard says which types are paused.
type switchboard struct {
	off   sync.Map
	asked atomic.Int32 // how often
}

func (s *switchboard) pause(types ...string) {
	for _, eventType := range types {
		s.off.Store(eventType, true)
	}
}

func (s *switchboard) resume(eventType string) { s.off.Delete(eventType) }

func (s *switchboard) paused(eventType string) bool {
	s.asked.Add(1)
	_, off := s.off.Load(eventType)
	return off
}

// effective waits until consumers have asked so often from now on.
func (s *switchboard) effective(t *testing.T, often int32) {
	t.Helper()
	before := s.asked.Load()
	testenv.Eventually(t, "consumers ask what is paused", func() bool { return s.asked.Load() >= before+often })
}

// TestConsumer_Paused leaves the events of a paused type on the stream, whoever might take
// them, and at no cost of an attempt. Those of another type are handled meanwhile.
func TestConsumer_Paused(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		s := &switchboard{}
		s.pause("greeting")
		greeted, other := make(chan *workqueue.Delivery, 100), make(chan string, 100)
		for n := range 2 { // two processes
			c := q.newConsumer(workqueue.ConsumerOptions{Name: fmt.Sprint("test", n), Paused: s.paused})
			c.Handle("greeting", func(_ context.Context, d *workqueue.Delivery) error {
				greeted <- d
				return nil
			})
			c.Handle("other", func(_ context.Context, d *workqueue.Delivery) error {
				other <- d.ID
				return nil
			})
			q.run(c)
		}
		for n := range 10 {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(n)})
			q.publish(p, workqueue.Event{Type: "other", ID: fmt.Sprint(n)})
			testenv.Next(t, other)
		}
		if got := q.stats(); got.Depth != 10 || got.Pending != 0 || len(greeted) != 0 {
			t.Errorf("%+v, and %d were handled", got, len(greeted))
		}
		s.resume("greeting")
		for range 10 {
			if d := testenv.Next(t, greeted); d.Attempt != 1 || d.Reclaimed {
				t.Errorf("attempt %d, reclaimed: %v", d.Attempt, d.Reclaimed)
			}
		}
		testenv.Eventually(t, "all are handled", q.empty)
	})
}

// TestConsumer_PausedWhileHandling lets a handler finish that runs when its type is paused.
// Its retry waits, and so does the event of a consumer that died.
func TestConsumer_PausedWhileHandling(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "lost"})
		q.die(1)
		s := &switchboard{}
		s.pause("greeting")
		started, finish := make(chan *workqueue.Delivery, 10), make(chan error, 10)
		var running atomic.Int32
		q.consumer(workqueue.ConsumerOptions{Paused: s.paused}, func(_ context.Context, d *workqueue.Delivery) error {
			running.Add(1)
			defer running.Add(-1)
			started <- d
			return testenv.Hold(q, finish)
		}, soon)
		s.effective(t, 2*2*int32(2*lease/(200*time.Millisecond))) // twice in each round, a round in 200 ms
		if len(started) > 0 {
			t.Fatal("reclaimed an event of a paused type")
		}
		s.resume("greeting")
		if d := testenv.Next(t, started); d.ID != "lost" || !d.Reclaimed {
			t.Errorf("%+v", d)
		}
		s.pause("greeting")
		s.effective(t, 3) // a read that waits was begun before
		finish <- fmt.Errorf("fails while it is paused")
		testenv.Eventually(t, "the handler has ended and its event waits", func() bool {
			got := q.stats()
			return running.Load() == 0 && got.Pending == 0 && got.Depth == 1 && got.Delayed == 0
		})
		if len(started) > 0 {
			t.Error("retried an event of a paused type")
		}
		s.resume("greeting")
		if d := testenv.Next(t, started); d.Attempt != 2 {
			t.Errorf("attempt %d, want 2", d.Attempt)
		}
		finish <- nil
		testenv.Eventually(t, "all are handled", q.empty)
	})
}
