package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/config"
	"github.com/gobridge/gopherbot/internal/redisx"
	"github.com/gobridge/gopherbot/internal/vitals"
	"github.com/gobridge/gopherbot/workqueue"
)

// queueConns is how many connections to Redis a command has.
const queueConns = 1

// queue is the parent of what looks at the queue and mends it.
func (t *tool) queue() *cobra.Command {
	c := &cobra.Command{
		Use:   "queue",
		Short: "Look at the queue, and decide about dead letters",
		Long: `Looks at the queue in Redis, and decides about dead letters: events that were
given up. It wants REDIS_URL and the other variables of the processes that say
where Redis is, and GOPHER_APP if they have it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(t.queueStats(), t.queuePending(), t.queueDead())
	return c
}

// inspect lends f an Inspector of the deployment's queue.
func (t *tool) inspect(f func(*workqueue.Inspector) error) error {
	return t.inspectAll(func(queue *workqueue.Inspector, _ *vitals.Reader) error { return f(queue) })
}

// inspectAll lends f what the deployment's processes tell as well.
func (t *tool) inspectAll(f func(*workqueue.Inspector, *vitals.Reader) error) (err error) {
	c, err := config.LoadNeeding(t.Environ, "REDIS_URL")
	if err != nil {
		return err
	}
	rdb, err := redisx.Open(c, queueConns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	queue, err := workqueue.NewInspector(rdb, string(c.App))
	if err != nil {
		return err
	}
	return f(queue, vitals.NewReader(rdb, string(c.App)))
}
