package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/deadletters"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) deadReplay() *cobra.Command {
	c := &cobra.Command{
		Use:   "replay [TYPE [ID...]]",
		Short: "Put dead letters back on the queue, with their attempts reset",
		Long: `Puts dead letters back on the queue, with their attempts reset. Actions that were
completed before are not repeated.

` + selectHelp,
		Example: `  gopherbot queue dead replay message_public 1700000000000-0
  gopherbot queue dead replay message_public --all
  gopherbot queue dead replay --reason exhausted --error "channel is archived" --dry-run
  gopherbot queue dead replay --handler "flip a coin" --age 1h --yes`,
	}
	return t.decide(c, decision{audit.Replay, "replay", "replayed", (*workqueue.Inspector).Replay, (*workqueue.Inspector).ReplayMany})
}

func (t *tool) deadDrop() *cobra.Command {
	c := &cobra.Command{
		Use:   "drop [TYPE [ID...]]",
		Short: "Remove dead letters permanently",
		Long:  "Removes dead letters permanently.\n\n" + selectHelp,
		Example: `  gopherbot queue dead drop message_public 1700000000000-0
  gopherbot queue dead drop message_public --all
  gopherbot queue dead drop --type team_join --age 72h --dry-run`,
	}
	return t.decide(c, decision{audit.Drop, "drop", "dropped", (*workqueue.Inspector).Drop, (*workqueue.Inspector).DropMany})
}

const selectHelp = `Name dead letters by their type and ids; or select those of a type with --all, or some of
one type or of all with --type, --reason, --age, --error and --handler, of which all must
apply. The command counts those first and asks; a script adds --yes. --dry-run only counts.`

// decision is what is done to dead letters.
type decision struct {
	action     audit.Action
	verb, done string
	one        func(queue *workqueue.Inspector, ctx context.Context, eventType, id string) error
	many       func(queue *workqueue.Inspector, ctx context.Context, list ...workqueue.DeadLetter) (int, error)
}

// decide completes a command that does something to dead letters: those in its arguments, all
// of a type, or those that a filter selects.
func (t *tool) decide(c *cobra.Command, does decision) *cobra.Command {
	var all, dryRun, yes bool
	var flags filterFlags
	c.ValidArgsFunction = types
	c.Args = func(_ *cobra.Command, args []string) error {
		filtered := !flags.filter().Empty()
		some := all || filtered
		switch {
		case len(args) == 0 && !filtered:
			return errors.New("want the type of the events, or a filter such as --reason")
		case len(args) > 0 && len(flags.types) > 0:
			return errors.New("want the type as an argument, or with --type, not both")
		case some == (len(args) > 1):
			return errors.New("want the ids of dead letters, or --all, or a filter such as --reason")
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return t.open(c.Context(), func(d *deployment) error {
			if len(args) > 0 {
				if err := checkType(c.Context(), d.queue, args[0]); err != nil {
					return err
				}
			}
			if len(args) > 1 {
				ids := slices.Compact(slices.Sorted(slices.Values(args[1:])))
				if dryRun {
					return t.countSome(c.Context(), d, does, args[0], ids)
				}
				return t.decideSome(c.Context(), d, does, args[0], ids)
			}
			if len(args) == 1 {
				flags.types = append(flags.types, args[0])
			}
			if err := flags.check(c.Context(), d.queue); err != nil {
				return err
			}
			return t.decideSelected(c.Context(), d, does, flags.filter(), dryRun, yes)
		})
	}
	c.Flags().BoolVar(&all, "all", false, "all current dead letters of the type")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "count them, and change nothing")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	flags.add(c)
	return t.withJSON(c)
}

// countSome counts those of the dead letters with some ids that there are.
func (t *tool) countSome(ctx context.Context, d *deployment, does decision, eventType string, ids []string) error {
	count := 0
	var errs []error
	for _, id := range ids {
		if _, err := d.queue.DeadLetter(ctx, eventType, id); err != nil {
			errs = append(errs, err)
			continue
		}
		count++
	}
	return errors.Join(errors.Join(errs...), t.report(map[string]any{"would_be_" + does.done: count}, "%d would be %s", count, does.done))
}

// decideSome does something to the dead letters with some ids.
func (t *tool) decideSome(ctx context.Context, d *deployment, does decision, eventType string, ids []string) error {
	count := 0
	err := d.do(ctx, does.action, eventType+" "+strings.Join(ids, " "), "", func(ctx context.Context) (int64, error) {
		var errs []error
		for _, id := range ids {
			if err := does.one(d.queue, ctx, eventType, id); err != nil {
				errs = append(errs, err)
				continue
			}
			count++
		}
		return int64(count), errors.Join(errs...)
	})
	return errors.Join(err, t.report(map[string]any{does.done: count}, "%d %s", count, does.done))
}

// decideSelected does something to the dead letters that a filter selects: it counts them,
// asks, and does it page by page.
func (t *tool) decideSelected(ctx context.Context, d *deployment, does decision, filter deadletters.Filter, dryRun, yes bool) error {
	found, err := filter.Count(ctx, d.queue, app.EventTypes())
	if err != nil {
		return err
	}
	filter.Until = found.Until
	if !t.json {
		for _, eventType := range slices.Sorted(maps.Keys(found.ByType)) {
			fmt.Fprintf(t.Out, "%s: %d\n", eventType, found.ByType[eventType])
		}
	}
	switch {
	case dryRun:
		return t.report(map[string]any{"would_be_" + does.done: found.Total, "by_type": found.ByType}, "%d would be %s (%s)", found.Total, does.done, filter)
	case found.Total == 0:
		return t.report(map[string]any{does.done: 0}, "0 %s: no dead letter is selected (%s)", does.done, filter)
	}
	question := fmt.Sprintf("%s%s %d dead letters (%s)?", strings.ToUpper(does.verb[:1]), does.verb[1:], found.Total, filter)
	if err := t.agree(yes, question); err != nil {
		return err
	}
	count := 0
	err = d.do(ctx, does.action, "dead letters", filter.String(), func(ctx context.Context) (int64, error) {
		err := filter.Each(ctx, d.queue, app.EventTypes(), func(page []workqueue.DeadLetter) error {
			n, err := does.many(d.queue, ctx, page...)
			count += n
			t.progress(count, found.Total, does.done)
			return err
		})
		return int64(count), err
	})
	return errors.Join(err, t.report(map[string]any{does.done: count}, "%d %s", count, does.done))
}
