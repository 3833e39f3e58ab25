package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// TestFaults_ClockSkew has three consumers of which one is a minute
// ahead of Redis and another a minute behind. Leases, pauses before a retry,
// take-overs and dead letters go by Redis's clock, or by the time that passes. What
// goes by the consumer's own clock is MaxAge and the histogram of waits, as they
// say.
func TestFaults_ClockSkew(t *testing.T) {
	t.Parallel()
	q, _ := startQueue(t)
	const (
		leaseFor = calm / 2
		pause    = 300 * time.Millisecond
		maxAge   = 2 * time.Minute
		each     = 10 // events of each kind
	)
	p := q.publisher(workqueue.PublisherOptions{})
	publish := func(kind string, n int, at time.Time) {
		for i := range n {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprintf("%s %d", kind, i), Time: at})
		}
	}
	publish("abandoned", 3, time.Now())
	q.die(3)
	died := time.Now()

	type attempt struct {
		consumer   string
		number     int
		takenOver  bool
		begin, end time.Time
	}
	var mu sync.Mutex
	attempts := map[string][]attempt{}
	byConsumer := map[string]int{}
	var stops []func() error
	for name, skew := range map[string]time.Duration{"ahead": time.Minute, "right": 0, "behind": -time.Minute} {
		c := q.newConsumer(workqueue.ConsumerOptions{Name: name, Lease: leaseFor})
		c.Skew(skew)
		c.Handle("greeting", func(ctx context.Context, d *workqueue.Delivery) (err error) {
			a := attempt{consumer: name, number: d.Attempt, takenOver: d.Reclaimed, begin: time.Now()}
			work := 20 * time.Millisecond
			switch kind, _, _ := strings.Cut(d.ID, " "); {
			case kind == "slow":
				work = 5 * leaseFor / 2
			case kind == "retried" && d.Attempt == 1:
				err = workqueue.RetryAfter(pause, errors.New("not now"))
			case kind == "failing":
				err = errors.New("no luck")
			}
			select {
			case <-time.After(work):
			case <-ctx.Done():
				err = context.Cause(ctx)
				t.Errorf("%s: cancelled: %v", d.ID, err)
			}
			a.end = time.Now()
			mu.Lock()
			defer mu.Unlock()
			attempts[d.ID] = append(attempts[d.ID], a)
			byConsumer[name]++
			return err
		}, workqueue.Concurrency(5), workqueue.MaxAttempts(2), workqueue.MaxAge(maxAge), workqueue.Backoff(func(int) time.Duration { return pause }))
		stops = append(stops, q.run(c))
	}
	// By its own clock the one ahead finds them 90 s old.
	for kind, n := range map[string]int{"slow": 3, "quick": 10 * each, "retried": each, "failing": each} {
		publish(kind, n, time.Now().Add(-30*time.Second))
	}
	dead := q.dead(each)
	testenv.Eventually(t, "the queue is empty", func() bool { return q.empty() && q.stats().Delayed == 0 })
	for _, stop := range stops {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}

	for kind, want := range map[string]struct{ events, attempts int }{
		"abandoned": {3, 1}, "slow": {3, 1}, "quick": {10 * each, 1}, "retried": {each, 2}, "failing": {each, 2},
	} {
		for i := range want.events {
			id := fmt.Sprintf("%s %d", kind, i)
			list := attempts[id]
			if len(list) != want.attempts {
				t.Errorf("%s was attempted %d times, want %d: %+v", id, len(list), want.attempts, list)
				continue
			}
			if kind == "abandoned" {
				if waited := list[0].begin.Sub(died); !list[0].takenOver || waited < leaseFor*7/10 {
					t.Errorf("%s was reclaimed %v after its consumer died: %+v", id, waited, list[0])
				}
			}
			// Redis counts in milliseconds.
			if want.attempts == 2 && list[1].begin.Sub(list[0].end) < pause-5*time.Millisecond {
				t.Errorf("%s was not retried after %v: %+v", id, pause, list)
			}
		}
	}
	for _, d := range dead {
		if took := d.DeadAt.Sub(d.QueuedAt); d.Reason != workqueue.Exhausted || took < pause-5*time.Millisecond || took > time.Minute {
			t.Errorf("%v from when it was queued until it was a dead letter: %+v", took, d)
		}
	}
	if len(byConsumer) != 3 {
		t.Errorf("not all consumers took part: %v", byConsumer)
	}
	t.Logf("0 of %d lost, none ran twice but those that failed; runs by consumer: %v", len(attempts), byConsumer)
}
