package workqueue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// logbook is what a consumer logs.
type logbook struct{ testenv.Log }

// outages waits until each logged outage has ended, and returns how often each began, by
// its message and shard. It fails the test if an outage began again before its end.
func (b *logbook) outages(t *testing.T) map[string]int {
	t.Helper()
	var began map[string]int
	testenv.Eventually(t, "the log says that all outages have ended", func() bool {
		var on int
		began, on = b.read(t)
		return on == 0
	})
	return began
}

func (b *logbook) read(t *testing.T) (began map[string]int, going int) {
	t.Helper()
	began = map[string]int{}
	on := map[string]bool{}
	for line := range strings.Lines(b.String()) {
		var entry struct {
			Type, Message string
			Shard         int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		what, isBegin := strings.CutSuffix(entry.Message, "; retrying until it succeeds")
		what, isEnd := strings.CutPrefix(what, "recovered: ")
		if !isEnd {
			what, isEnd = strings.CutPrefix(what, "nothing left to retry: ")
		}
		if entry.Shard > 0 {
			what += fmt.Sprintf(" (shard %d)", entry.Shard)
		}
		switch {
		case isBegin && on[what], isEnd && !on[what]:
			t.Fatalf("out of turn in the log: %s\n%s", line, b)
		case isBegin:
			on[what] = true
			began[what]++
		case isEnd:
			delete(on, what)
		}
	}
	return began, len(on)
}

func TestLog_LeaseExtensionRecovers(t *testing.T) {
	t.Parallel()
	q, _ := startQueue(t)
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
	log := &logbook{}
	lost := make(chan struct{})
	q.consumer(workqueue.ConsumerOptions{Log: zerolog.New(log)}, func(ctx context.Context, d *workqueue.Delivery) error {
		if d.Reclaimed {
			return nil
		}
		if err := q.rdb.SlaveOf(ctx, "127.0.0.1", "1").Err(); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		close(lost)
		return ctx.Err()
	})
	testenv.Next(t, lost)
	<-time.After(2 * lease) // the outage goes on
	if err := q.rdb.SlaveOf(t.Context(), "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "it is done", q.empty)
	if failures := log.outages(t); failures["the leases of running handlers cannot be extended"] != 1 {
		t.Errorf("%v", failures)
	}
}

// TestLog_DeletedStreamIsNoOutage deletes one while a consumer waits for it.
func TestLog_DeletedStreamIsNoOutage(t *testing.T) {
	t.Parallel()
	q, _ := startQueue(t)
	log := &logbook{}
	got := make(chan struct{}, 2)
	q.consumer(workqueue.ConsumerOptions{Log: zerolog.New(log)}, func(context.Context, *workqueue.Delivery) error {
		got <- struct{}{}
		return nil
	})
	p := q.publisher(workqueue.PublisherOptions{})
	for range 2 {
		q.publish(p, workqueue.Event{Type: "greeting"})
		testenv.Next(t, got)
		testenv.Eventually(t, "it is done, and the consumer waits", func() bool {
			return q.empty() && q.rdb.InfoMap(t.Context(), "clients").Val()["Clients"]["blocked_clients"] == "1"
		})
		if err := q.rdb.Del(t.Context(), q.stream()).Err(); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "there is a group again", func() bool {
			groups, err := q.rdb.XInfoGroups(t.Context(), q.stream()).Result()
			return err == nil && len(groups) == 1
		})
	}
	if s := log.String(); strings.Contains(s, "cannot be read") {
		t.Errorf("it is logged as an outage:\n%s", s)
	}
}

// TestLog_RecoveryIsLoggedOnce has one outcome that cannot be recorded, and others
// that can meanwhile.
func TestLog_RecoveryIsLoggedOnce(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.rdb.Set(t.Context(), q.app+":{greeting.0}:dead", "in the way", 0)
		p := q.publisher(workqueue.PublisherOptions{})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "bad"})
		log, tried := &logbook{}, make(chan struct{}, 20)
		q.consumer(workqueue.ConsumerOptions{Log: zerolog.New(log), StopTimeout: time.Millisecond},
			func(_ context.Context, d *workqueue.Delivery) error {
				switch {
				case d.ID == "bad":
					return workqueue.Reject(errors.New("never"))
				case d.Attempt == 1:
					return errors.New("not at first")
				}
				tried <- struct{}{}
				return nil
			}, soon)
		testenv.Eventually(t, "the log says that it cannot", func() bool { return strings.Contains(log.String(), "cannot be recorded") })
		for i := range cap(tried) {
			q.publish(p, workqueue.Event{Type: "greeting", ID: fmt.Sprint(i)})
			testenv.Next(t, tried)
		}
		if q.rdb.XLen(t.Context(), q.stream()).Val() == 0 {
			t.Fatal("it could be recorded")
		}
		if s := log.String(); strings.Contains(s, "recovered: ") {
			t.Errorf("it is not over:\n%s", s)
		}
	})
}
