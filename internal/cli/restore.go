package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/restore"
)

type restoreOptions struct{ dryRun, yes, force, keepQueue bool }

func (t *tool) restore() *cobra.Command {
	var o restoreOptions
	c := &cobra.Command{
		Use:   "restore",
		Short: "Repair a restored backup of Redis, so that the bot repeats nothing",
		Long: `Run it after you restored a backup of Redis, and before you start the processes. The
events in the backup were handled after the backup was made. Without this command they
are handled again, and entries that were announced since are announced again.

- Announcements: the next run of each job takes all entries of its source as known, and
  announces none of them. Later entries are announced.
- Events on the queue are dropped. --keep-queue keeps them: use it if all processes were
  stopped when the backup was made.
- Dead letters are kept. Those that were replayed or dropped since the backup are back.

The command shows the changes and asks for the deployment's name before it makes them.
It may be run again. Set REDIS_URL and GOPHER_APP as for the processes.`,
		Example: `  gopherbot restore --dry-run
  gopherbot restore
  gopherbot restore --yes --json | jq .events`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if t.json && !o.yes && !o.dryRun {
				return errors.New("--json needs --yes or --dry-run: a script cannot type the deployment's name")
			}
			return restore.With(t.Environ, app.EventTypes(), func(r *restore.Restorer) error { return t.runRestore(c.Context(), r, o) })
		},
	}
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "show the changes, and make none")
	c.Flags().BoolVar(&o.yes, "yes", false, "do not ask for the deployment's name")
	c.Flags().BoolVar(&o.force, "force", false, "continue although processes run; their work may be lost or repeated")
	c.Flags().BoolVar(&o.keepQueue, "keep-queue", false, "keep the events on the queue")
	return t.withJSON(c)
}

// restoration is restore.Restoration in JSON.
type restoration struct {
	restore.Restoration
	DryRun bool `json:"dry_run"`
}

func (t *tool) runRestore(ctx context.Context, r *restore.Restorer, o restoreOptions) error {
	plan, err := r.Plan(ctx)
	if err != nil {
		return err
	}
	plan.KeepQueue = o.keepQueue
	if !t.json {
		if err := t.printRestoration(plan); err != nil {
			return err
		}
	}
	if o.dryRun {
		return t.report(restoration{plan, true}, "Nothing was changed.")
	}
	if len(plan.Instances) > 0 && !o.force {
		return fmt.Errorf("processes of %s are running, such as %s: stop them and run this again, or use --force; one that died is forgotten within %v",
			plan.App, oneLine(plan.Instances[0].String(), 200), max(plan.Expires.Round(time.Second), time.Second))
	}
	if !o.yes {
		if err := t.confirm(plan.App); err != nil {
			return err
		}
	}
	did, err := r.Do(ctx, plan)
	if err != nil {
		return err
	}
	dropped := int64(0)
	if !did.KeepQueue {
		for _, e := range did.Events {
			dropped += e.Stream + e.Delayed
		}
	}
	return t.report(restoration{did, false}, "Done. Jobs restarted: %d. Events dropped: %d.", len(did.Jobs), dropped)
}

// confirm asks for the name of the deployment.
func (t *tool) confirm(app string) error {
	fmt.Fprintf(t.Out, "Type the deployment's name, %s, to go on: ", app)
	typed, err := bufio.NewReader(io.LimitReader(t.In, 1000)).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the deployment's name: %w", err)
	}
	if strings.TrimSpace(typed) != app {
		return errors.New("that is not the deployment's name; nothing was changed")
	}
	return nil
}

// printRestoration shows the planned changes.
func (t *tool) printRestoration(p restore.Restoration) error {
	fmt.Fprintf(t.Out, "Deployment %s\n\n", p.App)
	for _, i := range p.Instances {
		fmt.Fprintf(t.Out, "Running: %s\n", oneLine(i.String(), 200))
	}
	fmt.Fprintf(t.Out, "Jobs that take all entries of their sources as known: %d\n", len(p.Jobs))
	for _, name := range p.Jobs {
		fmt.Fprintf(t.Out, "  %s\n", oneLine(name, 200))
	}
	does := "dropped"
	if p.KeepQueue {
		does = "kept"
	}
	fmt.Fprintf(t.Out, "\nEvents on the queue, which are %s, and dead letters, which are kept:\n\n", does)
	rows := [][]string{{"TYPE", "WAITING", "DELAYED", "DEAD"}}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, e := range p.Events {
		rows = append(rows, []string{e.Type, number(e.Stream), number(e.Delayed), number(e.Dead)})
	}
	if err := printTable(t.Out, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t.Out)
	return err
}
