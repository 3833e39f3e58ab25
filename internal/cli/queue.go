package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

// queueConns is the number of connections to Redis of a command.
const queueConns = 1

// queue is the parent of the commands that inspect and repair the queue.
func (t *tool) queue() *cobra.Command {
	c := &cobra.Command{
		Use:   "queue",
		Short: "Inspect the queue, and retry, replay or drop its events",
		Long: `Inspects the queue in Redis: events that wait, are being handled or are delayed, and dead
letters, whose last attempt failed. Set REDIS_URL, the other variables that begin with
GOPHER_REDIS_, and GOPHER_APP as for the processes. Each act is recorded in the audit, under
the name of the system's user, or GOPHER_OPERATOR.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(t.queueStats(), t.queueWaiting(), t.queuePending(), t.queueDelayed(), t.queueDead(), t.queueEvent(), t.queueTail(), t.queuePurge())
	return c
}

// inspect calls f with an Inspector of the deployment's queue.
func (t *tool) inspect(ctx context.Context, f func(*workqueue.Inspector) error) error {
	return t.inspectAll(ctx, func(queue *workqueue.Inspector, _ *presence.Reader) error { return f(queue) })
}

// inspectAll calls f with an Inspector of the queue and a Reader of the processes' reports.
func (t *tool) inspectAll(ctx context.Context, f func(*workqueue.Inspector, *presence.Reader) error) error {
	return t.open(ctx, func(d *deployment) error { return f(d.queue, d.reported) })
}

// limitFlag gives a command --limit, which defaults to 100, and --most, the
// deprecated name that it had. The warning goes to t.Err: cobra would write it to
// the output, which may be JSON.
func (t *tool) limitFlag(c *cobra.Command, limit *int) {
	const most, usage = "most", "list up to this many of each type"
	c.Flags().IntVar(limit, "limit", 100, usage)
	c.Flags().IntVar(limit, most, 100, usage)
	c.Flags().SetOutput(t.Err)
	if err := c.Flags().MarkDeprecated(most, "use --limit instead"); err != nil {
		panic(err) // there is no such flag
	}
}
