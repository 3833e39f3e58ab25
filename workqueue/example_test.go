package workqueue_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/workqueue"
)

// connect returns a client of a Redis of the example's own. A program of yours
// would use the address of a real one.
func connect() (rdb *redis.Client, end func()) {
	server, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	rdb = redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	return rdb, func() {
		_ = rdb.Close()
		server.Close()
	}
}

func publish(ctx context.Context, rdb *redis.Client, e workqueue.Event) {
	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "shop"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := publisher.Publish(ctx, e); err != nil {
		log.Fatal(err)
	}
}

// An event is published once, however often it is sent.
func ExamplePublisher_Publish() {
	rdb, end := connect()
	defer end()
	ctx := context.Background()

	publisher, err := workqueue.NewPublisher(rdb, workqueue.PublisherOptions{App: "shop"})
	if err != nil {
		log.Fatal(err)
	}
	order := workqueue.Event{Type: "order", Key: "order 17", ID: "17", Payload: []byte(`{"book":"The Go Programming Language"}`)}
	for range 2 {
		result, err := publisher.Publish(ctx, order)
		if errors.Is(err, workqueue.ErrFull) {
			fmt.Println("come back later")
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result)
	}
	// Output:
	// queued
	// duplicate
}

// A consumer runs until its context ends. What its handler returns decides what
// becomes of the event.
func ExampleConsumer() {
	rdb, end := connect()
	defer end()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	publish(ctx, rdb, workqueue.Event{Type: "order", ID: "17"})

	consumer, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: "shop", Name: "worker.1"})
	if err != nil {
		log.Fatal(err)
	}
	consumer.Handle("order", func(ctx context.Context, d *workqueue.Delivery) error {
		fmt.Println("handles order", d.ID)
		cancel() // one is enough for an example
		return nil
	}, workqueue.Concurrency(4), workqueue.Timeout(time.Minute))
	if err := consumer.Run(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// handles order 17
}

// A handler that knows when to retry returns a RetryAfter. It records its completed steps,
// so that the next attempt does not repeat them.
func ExampleRetryAfter() {
	rdb, end := connect()
	defer end()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	publish(ctx, rdb, workqueue.Event{Type: "order", ID: "17"})

	consumer, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: "shop", Name: "worker.1"})
	if err != nil {
		log.Fatal(err)
	}
	consumer.Handle("order", func(ctx context.Context, d *workqueue.Delivery) error {
		if !d.Completed("charge") {
			fmt.Println("charges the card")
			if err := d.Complete(ctx, "charge"); err != nil {
				return err
			}
		}
		if d.Attempt == 1 {
			fmt.Println("the printer is busy")
			return workqueue.RetryAfter(10*time.Millisecond, errors.New("busy"))
		}
		fmt.Println("prints the bill")
		cancel()
		return nil
	})
	if err := consumer.Run(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// charges the card
	// the printer is busy
	// prints the bill
}

// An event whose attempts have all failed becomes a dead letter. Once the cause is fixed,
// an operator replays it.
func ExampleInspector() {
	rdb, end := connect()
	defer end()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	publish(ctx, rdb, workqueue.Event{Type: "order", ID: "17"})

	addressBook := map[string]string{}
	consume := func(stopAfter func(error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		consumer, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{
			App: "shop", Name: "worker.1",
			Hooks: workqueue.Hooks{OnFinish: func(_ *workqueue.Delivery, outcome error) {
				if stopAfter(outcome) {
					cancel()
				}
			}},
		})
		if err != nil {
			log.Fatal(err)
		}
		consumer.Handle("order", func(_ context.Context, d *workqueue.Delivery) error {
			address, ok := addressBook[d.ID]
			if !ok {
				return workqueue.Reject(fmt.Errorf("order %s has no address", d.ID))
			}
			fmt.Println("sends order", d.ID, "to", address)
			return nil
		})
		if err := consumer.Run(ctx); err != nil {
			log.Fatal(err)
		}
	}
	consume(func(outcome error) bool { return outcome != nil })

	inspector, err := workqueue.NewInspector(rdb, "shop")
	if err != nil {
		log.Fatal(err)
	}
	dead, err := inspector.ListDeadLetters(ctx, "order", "", 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(dead[0].Reason, "-", dead[0].Error)

	addressBook["17"] = "Gopher Hill 1"
	if err := inspector.Replay(ctx, "order", dead[0].ID); err != nil {
		log.Fatal(err)
	}
	consume(func(outcome error) bool { return outcome == nil })
	// Output:
	// rejected - rejected: order 17 has no address
	// sends order 17 to Gopher Hill 1
}
