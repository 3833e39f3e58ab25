package workqueue_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestFaults_PanickingHandlers has one event in ten panic at each attempt.
func TestFaults_PanickingHandlers(t *testing.T) {
	t.Parallel()
	q, _ := startQueue(t)
	l := newLedger(t)
	const events, every, attempts = 200, 10, 3
	var stops []func() error
	for _, name := range []string{"consumer.1", "consumer.2"} {
		stops = append(stops, q.consumer(workqueue.ConsumerOptions{Lease: calm}, l.recording(name), workqueue.MaxAttempts(attempts), soon))
	}
	p := q.publisher(workqueue.PublisherOptions{})
	panicking := map[string]bool{}
	for i := range events {
		k := task{Work: time.Millisecond}
		if i%every == 0 {
			k.Then = panics
		}
		if id := l.publish(p, k); k.Then == panics {
			panicking[id] = true
		}
	}
	dead := q.dead(events / every)
	l.drained(q)
	for _, stop := range stops {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
	for _, d := range dead {
		if !panicking[d.Event.ID] || d.Reason != workqueue.Panicked || d.Attempts != attempts {
			t.Errorf("%+v", d)
		}
	}
	for event, runs := range l.runs {
		want := 1
		if panicking[event] {
			want = attempts
		}
		if len(runs) != want {
			t.Errorf("event %s was run %d times, want %d", event, len(runs), want)
		}
	}
	t.Logf("%d accepted, 0 lost, none of the %d that succeeded was run twice, and each of the others %d times because it panicked",
		len(l.accepted), events-len(dead), attempts)
}

// TestFaults_StuckHandler has one event's handler ignore its context for ever. Each
// consumer that reclaims the event loses a worker to it, and in the end the event becomes
// a dead letter.
func TestFaults_StuckHandler(t *testing.T) {
	t.Parallel()
	for name, consumers := range map[string]int{"one consumer": 1, "two consumers": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, _ := startQueue(t)
			l := newLedger(t)
			p := q.publisher(workqueue.PublisherOptions{MaxBacklog: 20})
			hung := make(chan struct{}, 10)
			release := make(chan struct{})
			var stops []func() error
			for range consumers {
				work := l.recording("consumer")
				stops = append(stops, q.consume(func(ctx context.Context, d *workqueue.Delivery) error {
					if d.ID == "hangs" {
						hung <- struct{}{}
						testenv.Hold(l, release)
						return nil
					}
					return work(ctx, d)
				}, workqueue.Concurrency(3), workqueue.Timeout(lease/2), soon))
			}
			letGo := sync.OnceFunc(func() { close(release) })
			t.Cleanup(letGo)
			q.publish(p, workqueue.Event{Type: "greeting", ID: "hangs"})
			testenv.Next(t, hung)
			finish := l.produce(p, always(10*time.Millisecond))
			dead := q.dead(1)[0]
			finish()
			l.drained(q)
			letGo()
			for _, stop := range stops {
				if err := stop(); err != nil {
					t.Error(err)
				}
			}
			if dead.Event.ID != "hangs" || dead.Reason != workqueue.Poison {
				t.Errorf("%+v, want the one that hangs as poison", dead)
			}
			if again := l.check(); len(again) > 0 {
				t.Errorf("%d others were run again", len(again))
			}
			if n := 1 + len(hung); n > consumers {
				t.Errorf("it hung %d workers of %d consumers", n, consumers)
			}
		})
	}
}
