package await_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/gateway"
	"github.com/gobridge/gopherbot/internal/test/redistest"
	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// victimVariable tells a process of this program to be a consumer that is killed, and
// where.
const victimVariable = "AWAIT_TEST_VICTIM"

type victimOrders struct{ URL, App string }

// victimLease is short, so that the event of the dead consumer is soon another's.
const victimLease = 500 * time.Millisecond

// victim consumes one event, gives its verdict, says so, and waits to be killed: it never
// comes to Run. It ends by itself, too, so that it does not outlive a test that fails.
func victim(encoded string) (code int) {
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Timeout)
	defer cancel()
	if err := consumeAsVictim(ctx, encoded); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func consumeAsVictim(ctx context.Context, encoded string) error {
	var o victimOrders
	if err := json.Unmarshal([]byte(encoded), &o); err != nil {
		return err
	}
	opts, err := redis.ParseURL(o.URL)
	if err != nil {
		return err
	}
	opts.ContextTimeoutEnabled, opts.PipelinePoolSize = true, -1
	rdb := redis.NewClient(opts)
	defer rdb.Close()
	c, err := workqueue.NewConsumer(rdb, workqueue.ConsumerOptions{App: o.App, Name: "victim", Lease: victimLease})
	if err != nil {
		return err
	}
	f := newForm(rdb, o.App, 0)
	c.Handle(eventType, func(ctx context.Context, d *workqueue.Delivery) error {
		if err := f.handle(ctx, d); err != nil {
			return err
		}
		given, _ := f.outcome(d.ID)
		fmt.Println(given)
		<-ctx.Done()
		return ctx.Err()
	})
	return c.Run(ctx)
}

// TestPress_ConsumerKilled kills a consumer between the verdict and Run. The next one is
// told that the verdict was given, and runs.
func TestPress_ConsumerKilled(t *testing.T) {
	t.Parallel()
	url, app := redistest.URL(t), redistest.App()
	rdb := redistest.Dial(t, url)
	in := newGateway(t, rdb, app)
	orders, err := json.Marshal(victimOrders{url, app})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), victimVariable+"="+string(orders)), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	results := make(chan gateway.Result, 1)
	go func() { results <- in.Accept(t.Context(), []byte("Ev1"), gateway.Meta{}) }()
	said := bufio.NewScanner(out)
	said.Scan()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	got := testenv.Next(t, results)
	if given := said.Text() == "true"; given != (got.Outcome == gateway.Answered) {
		t.Fatalf("the consumer that was killed said %q, and the person got %s %s", said.Text(), got.Outcome, got.Reply)
	}

	f := newForm(rdb, app, 0)
	reclaimed := make(chan bool, 1)
	consume(t, rdb, app, victimLease, func(ctx context.Context, d *workqueue.Delivery) error {
		reclaimed <- d.Reclaimed
		return f.handle(ctx, d)
	})
	if !testenv.Next(t, reclaimed) {
		t.Error("the event was not the dead consumer's")
	}
	testenv.Next(t, f.gave)
	if given, runs := f.outcome("Ev1"); given != (got.Outcome == gateway.Answered) || given != (runs == 1) {
		t.Errorf("the person got %s; for the next consumer it is given: %v; runs: %d", got.Outcome, given, runs)
	}
}
