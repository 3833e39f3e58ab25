package workqueue_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobridge/gopherbot/internal/test/testenv"
	"github.com/gobridge/gopherbot/workqueue"
)

// crossing delays the reply of a claim until the same event is acknowledged, though Redis
// executed the claim first.
type crossing struct {
	claim, extend, ack string // the hashes of the scripts
	claimed            chan struct{}
	once               sync.Once
	acked              func() bool
	t                  *testing.T
}

func (c *crossing) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *crossing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (c *crossing) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		var script any
		if args := cmd.Args(); len(args) > 1 && args[0] == "evalsha" {
			script = args[1]
		}
		switch script {
		case c.extend:
			err := errors.New("no extension, so that the event is reclaimed")
			cmd.SetErr(err)
			return err
		case c.ack:
			testenv.Next(c.t, c.claimed)
		}
		err := next(ctx, cmd)
		if reply, ok := cmd.(*redis.Cmd); ok && script == c.claim && err == nil {
			if taken, _ := reply.Slice(); len(taken) > 0 {
				c.once.Do(func() {
					close(c.claimed)
					testenv.Eventually(c.t, "it is acknowledged", c.acked)
					<-time.After(lease / 10) // the answer is late
				})
			}
		}
		return err
	}
}

func TestConsumer_ReclaimCrossesAcknowledgement(t *testing.T) {
	t.Parallel()
	q, _ := startQueue(t)
	hash := func(name string) string {
		source, err := os.ReadFile("lua/" + name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		return redis.NewScript(string(source)).Hash()
	}
	c := q.newConsumer(workqueue.ConsumerOptions{})
	q.rdb.AddHook(&crossing{
		claim: hash("claim"), extend: hash("extend"), ack: hash("ack"), claimed: make(chan struct{}), t: t,
		acked: func() bool { return c.Counts()[0].Acked == 1 },
	})
	var runs atomic.Int32
	c.Handle("greeting", func(context.Context, *workqueue.Delivery) error {
		runs.Add(1)
		return nil
	})
	q.publish(q.publisher(workqueue.PublisherOptions{}), workqueue.Event{Type: "greeting"})
	stop := q.run(c)
	testenv.Eventually(t, "it is acknowledged", func() bool { return c.Counts()[0].Acked > 0 })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := runs.Load(); n != 1 {
		t.Errorf("handled %d times", n)
	}
}
