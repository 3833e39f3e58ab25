package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// What handlers do that they should not.

// rude is an error that panics when it is asked what it says.
type rude struct{}

func (*rude) Error() string { panic("none of your business") }

// TestHandler_CannotStopTheConsumer has handlers do and return what they should not.
// Their events become dead letters, and the one worker goes on with the next.
func TestHandler_CannotStopTheConsumer(t *testing.T) {
	var reject *workqueue.RejectError
	var address *url.Error
	returns := func(outcome error) workqueue.HandlerFunc {
		return func(context.Context, *workqueue.Delivery) error { return outcome }
	}
	panics := func(int) time.Duration { panic("no such pause") }
	for _, test := range []struct {
		name    string
		rude    workqueue.HandlerFunc
		wrap    func(workqueue.HandlerFunc) workqueue.HandlerFunc
		options []workqueue.HandleOption
	}{
		{name: "it rejects for no reason", rude: returns(workqueue.Reject(nil))},
		{name: "its error panics when it is printed", rude: returns(&rude{})},
		{name: "its error is a nil pointer", rude: returns(reject)},
		{name: "its error is a nil pointer of another package", rude: returns(address)},
		{name: "it ends its goroutine", rude: func(context.Context, *workqueue.Delivery) error {
			runtime.Goexit()
			return nil
		}},
		{name: "its backoff panics", rude: returns(errors.New("again")),
			options: []workqueue.HandleOption{workqueue.MaxAttempts(2), workqueue.Backoff(panics)}},
		{name: "what is around it panics", rude: returns(errors.New("again")), wrap: func(handle workqueue.HandlerFunc) workqueue.HandlerFunc {
			return func(ctx context.Context, d *workqueue.Delivery) error {
				if err := handle(ctx, d); err != nil {
					panic(err)
				}
				return nil
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryRedis(t, func(t *testing.T, q queue) {
				p := q.publisher(workqueue.PublisherOptions{})
				q.publish(p, workqueue.Event{Type: "greeting", ID: "rude"})
				handled := make(chan string, 1)
				q.consumer(workqueue.ConsumerOptions{Wrap: test.wrap}, func(ctx context.Context, d *workqueue.Delivery) error {
					if d.ID == "rude" {
						return test.rude(ctx, d)
					}
					handled <- d.ID
					return nil
				}, append([]workqueue.HandleOption{workqueue.Concurrency(1), workqueue.MaxAttempts(1)}, test.options...)...)
				if d := q.dead(1)[0]; d.Error == "" {
					t.Errorf("%+v", d)
				}
				q.publish(p, workqueue.Event{Type: "greeting", ID: "polite"})
				testenv.Next(t, handled)
			})
		})
	}
}

func TestHandler_NeverReturns(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting", ID: "Ev1"})
		c, err := workqueue.NewConsumer(q.rdb, workqueue.ConsumerOptions{App: q.app, Name: "test", Lease: time.Hour, StopTimeout: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		started, release := make(chan struct{}), make(chan struct{})
		returned := make(chan struct{})
		c.Handle("greeting", func(context.Context, *workqueue.Delivery) error {
			defer close(returned)
			close(started)
			testenv.Hold(q, release) // whatever its context says
			return errors.New("too late")
		})
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- c.Run(ctx) }()
		testenv.Next(t, started)
		cancel()
		if err := testenv.Next(t, stopped); err == nil {
			t.Error("Run does not say that a handler is still running")
		}
		if s := q.stats(); s.Pending != 1 || s.Consumers != 1 {
			t.Errorf("%+v, want the entry still pending under the consumer's name", s)
		}
		close(release)
		testenv.Next(t, returned)
		testenv.Eventually(t, "its outcome is recorded", func() bool { return q.stats().Pending == 0 })
	})
}

// TestHandler_CannotChangeItsEvent has a handler write into what it was given:
// the next attempt gets the event as it was published.
func TestHandler_CannotChangeItsEvent(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		published := workqueue.Event{Type: "greeting", Key: "k", ID: "Ev1", Payload: []byte("hello")}
		q.publish(q.publisher(workqueue.PublisherOptions{}), published)
		got := make(chan workqueue.Event, 2)
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			event := d.Event
			event.Payload = slices.Clone(d.Payload)
			got <- event
			copy(d.Payload, "adieu")
			d.Type, d.Key, d.ID = "farewell", "", ""
			return errors.New("not yet")
		}, workqueue.MaxAttempts(2), soon)
		first, second := testenv.Next(t, got), testenv.Next(t, got)
		if fmt.Sprintf("%+v", first) != fmt.Sprintf("%+v", second) {
			t.Errorf("the second attempt got %+v, the first %+v", second, first)
		}
		if d := q.dead(1)[0]; string(d.Event.Payload) != "hello" || d.Event.Key != "k" {
			t.Errorf("the dead letter is %+v", d.Event)
		}
	})
}

// TestHandler_CannotChangeItsDelivery has a handler overwrite what tells which
// entry it has and which attempt this is.
func TestHandler_CannotChangeItsDelivery(t *testing.T) {
	onEveryRedis(t, func(t *testing.T, q queue) {
		p := q.publisher(workqueue.PublisherOptions{})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "succeeds"})
		q.publish(p, workqueue.Event{Type: "greeting", ID: "fails"})
		var failed atomic.Int32
		q.consume(func(_ context.Context, d *workqueue.Delivery) error {
			d.EntryID, d.Attempt = "", 0
			if d.ID == "succeeds" {
				return nil
			}
			failed.Add(1)
			return errors.New("never")
		}, soon, workqueue.MaxAttempts(2))
		q.dead(1)
		testenv.Eventually(t, "both are done", q.empty)
		if n := failed.Load(); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
	})
}
