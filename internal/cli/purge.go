package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/audit"
)

func (t *tool) queuePurge() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "purge TYPE",
		Short: "Remove all events of a type permanently that wait or are delayed",
		Long: `Removes all events of a type permanently: those that wait, those that consumers are handling,
which they finish, and those that are delayed. Dead letters stay. The command asks for the name
of the type; a script adds --yes.

An event that a running consumer retries meanwhile may stay: pause the type first.`,
		Example: `  gopherbot pause type team_join
  gopherbot queue purge team_join
  gopherbot resume type team_join`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: types,
		RunE: func(c *cobra.Command, args []string) error {
			return t.open(c.Context(), func(d *deployment) error { return t.purge(c.Context(), d, args[0], yes) })
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask for the type's name")
	return t.withJSON(c)
}

func (t *tool) purge(ctx context.Context, d *deployment, eventType string, yes bool) error {
	if err := checkType(ctx, d.queue, eventType); err != nil {
		return err
	}
	stats, err := d.queue.Stats(ctx, eventType)
	if err != nil {
		return err
	}
	now := stats[0]
	if !yes {
		if !t.Terminal || t.json {
			return fmt.Errorf("%d events of %s on the stream and %d delayed: add --yes to remove them; nothing was changed", now.Depth, eventType, now.Delayed)
		}
		fmt.Fprintf(t.Out, "Deployment %s: %d events of %s on the stream, %d of them being handled, and %d delayed are removed permanently.\nType the name of the type to go on: ",
			d.app, now.Depth, eventType, now.Pending, now.Delayed)
		typed, err := t.line()
		if err != nil {
			return err
		}
		if typed != eventType {
			return errors.New("that is not the name of the type; nothing was changed")
		}
	}
	var stream, delayed int64
	err = d.do(ctx, audit.Purge, eventType, "", func(ctx context.Context) (int64, error) {
		dropped, err := d.queue.DropWaiting(ctx, eventType)
		stream, delayed = dropped.Stream, dropped.Delayed
		return stream + delayed, err
	})
	return errors.Join(err, t.report(map[string]any{"stream": stream, "delayed": delayed}, "Removed %d from the stream and %d delayed.", stream, delayed))
}
