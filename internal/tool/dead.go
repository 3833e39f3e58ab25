package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/eventtype"
	"github.com/gobridge/gopherbot/internal/redact"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) queueDead() *cobra.Command {
	c := &cobra.Command{
		Use:   "dead",
		Short: "List, show, replay and drop dead letters",
		Long: `A dead letter is an event that was given up: its last attempt failed, or no
attempt would have been of use. Replay it once the reason is mended, or drop it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(t.deadList(), t.deadShow(), t.deadReplay(), t.deadDrop())
	return c
}

// types completes the types of events.
func types(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return eventtype.All(), cobra.ShellCompDirectiveNoFileComp
}

func (t *tool) deadList() *cobra.Command {
	var most int
	var text bool
	c := &cobra.Command{
		Use:   "list [TYPE]",
		Short: "List the dead letters of a type of events, or of all, the oldest first",
		Example: `  gopherbot queue dead list
  gopherbot queue dead list message_public --most 1000 --json | jq -r .[].id`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: types,
		RunE: func(c *cobra.Command, args []string) error {
			if most < 1 {
				return fmt.Errorf("--most %d: want at least 1", most)
			}
			if len(args) == 0 {
				args = eventtype.All()
			}
			return t.inspect(func(queue *workqueue.Inspector) error {
				var list []workqueue.DeadLetter
				for _, eventType := range args {
					dead, err := queue.Dead(c.Context(), eventType, "", most)
					if err != nil {
						return err
					}
					list = append(list, dead...)
				}
				return t.printDead(list, text)
			})
		},
	}
	c.Flags().IntVar(&most, "most", 100, "list at most so many of each type")
	textFlag(c, &text)
	return t.withJSON(c)
}

func textFlag(c *cobra.Command, text *bool) {
	c.Flags().BoolVar(text, "text", false, "show what people said, too, which is hidden otherwise")
}

// deadLetter is workqueue.DeadLetter as scripts read it.
type deadLetter struct {
	Type      string               `json:"type"`
	ID        string               `json:"id"`
	EventID   string               `json:"event_id"`
	RequestID string               `json:"request_id"`
	Source    string               `json:"source"`
	Reason    workqueue.DeadReason `json:"reason"`
	Error     string               `json:"error"`
	Attempts  int                  `json:"attempts"`
	Happened  time.Time            `json:"happened"`
	First     time.Time            `json:"queued"`
	Last      time.Time            `json:"given_up"`
	Payload   json.RawMessage      `json:"payload"`
}

// forScripts returns a dead letter, with what people said in it or without.
func forScripts(d workqueue.DeadLetter, text bool) deadLetter {
	return deadLetter{
		d.Type, d.DeadID, d.ID, d.RequestID, d.Source, d.Reason, d.Error, d.Attempts, d.Time, d.First, d.Last, payload(d, text),
	}
}

func payload(d workqueue.DeadLetter, text bool) []byte {
	if text {
		return redact.Open(d.Payload)
	}
	return redact.Payload(d.Payload)
}

func (t *tool) printDead(list []workqueue.DeadLetter, text bool) error {
	if t.json {
		out := make([]deadLetter, len(list))
		for i, d := range list {
			out[i] = forScripts(d, text)
		}
		return printJSON(t.Out, out)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(t.Out, "There are no dead letters.")
		return err
	}
	rows := [][]string{{"TYPE", "ID", "GIVEN UP", "REASON", "ATTEMPTS", "ERROR"}}
	for _, d := range list {
		rows = append(rows, []string{
			d.Type, d.DeadID, d.Last.Local().Format(time.DateTime), string(d.Reason), strconv.Itoa(d.Attempts), oneLine(d.Error, 80),
		})
	}
	if err := printTable(t.Out, rows); err != nil {
		return err
	}
	if text {
		for _, d := range list {
			fmt.Fprintf(t.Out, "\n%s %s\n%s\n", d.Type, d.DeadID, harmless(string(payload(d, text))))
		}
	}
	return nil
}

func (t *tool) deadShow() *cobra.Command {
	var text bool
	c := &cobra.Command{
		Use:   "show TYPE ID",
		Short: "Show a dead letter with its payload",
		Example: `  gopherbot queue dead show message_public 1700000000000-0
  gopherbot queue dead show message_public 1700000000000-0 --text --json | jq .payload`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: types,
		RunE: func(c *cobra.Command, args []string) error {
			return t.inspect(func(queue *workqueue.Inspector) error {
				d, err := queue.DeadLetter(c.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				if t.json {
					return printJSON(t.Out, forScripts(d, text))
				}
				at := func(when time.Time) string { return when.Local().Format("2006-01-02 15:04:05.000 MST") }
				err = printTable(t.Out, [][]string{
					{"type", d.Type}, {"id", d.DeadID}, {"event", d.ID}, {"request", d.RequestID}, {"source", d.Source},
					{"happened", at(d.Time)}, {"queued", at(d.First)}, {"given up", at(d.Last)},
					{"reason", string(d.Reason)}, {"attempts", strconv.Itoa(d.Attempts)}, {"error", oneLine(d.Error, len(d.Error))},
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.Out, "\n%s\n", harmless(string(payload(d, text))))
				return err
			})
		},
	}
	textFlag(c, &text)
	return t.withJSON(c)
}

func (t *tool) deadReplay() *cobra.Command {
	c := &cobra.Command{
		Use:   "replay TYPE ID...",
		Short: "Put dead letters back on the queue, with all attempts before them",
		Long: `Puts dead letters back on the queue, with all attempts before them. What was done
of an event before it was given up is not done again.`,
		Example: `  gopherbot queue dead replay message_public 1700000000000-0
  gopherbot queue dead replay message_public --all`,
	}
	return t.decide(c, "replayed", (*workqueue.Inspector).Replay)
}

func (t *tool) deadDrop() *cobra.Command {
	c := &cobra.Command{
		Use:   "drop TYPE ID...",
		Short: "Remove dead letters for good",
		Example: `  gopherbot queue dead drop message_public 1700000000000-0
  gopherbot queue dead drop message_public --all`,
	}
	return t.decide(c, "dropped", (*workqueue.Inspector).Drop)
}

// decide completes a command that does something about dead letters: those that
// are named, or all that are there now.
func (t *tool) decide(c *cobra.Command, done string, do func(*workqueue.Inspector, context.Context, string, string) error) *cobra.Command {
	var all bool
	c.ValidArgsFunction = types
	c.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return errors.New("want the type of the events")
		case all == (len(args) > 1):
			return errors.New("want the ids of dead letters, or --all")
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return t.inspect(func(queue *workqueue.Inspector) error {
			eventType, ids := args[0], args[1:]
			if all {
				var err error
				if ids, err = deadIDs(c.Context(), queue, eventType); err != nil {
					return err
				}
			}
			count := 0
			var errs []error
			for _, id := range ids {
				if err := do(queue, c.Context(), eventType, id); err != nil {
					errs = append(errs, err)
					continue
				}
				count++
			}
			return errors.Join(append(errs, t.report(map[string]any{done: count}, "%d %s", count, done))...)
		})
	}
	c.Flags().BoolVar(&all, "all", false, "all dead letters of the type that there are now")
	return t.withJSON(c)
}

// deadIDs returns the ids of all dead letters of a type.
func deadIDs(ctx context.Context, queue *workqueue.Inspector, eventType string) (ids []string, err error) {
	const page = 100
	for after := ""; ; after = ids[len(ids)-1] {
		list, err := queue.Dead(ctx, eventType, after, page)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			ids = append(ids, d.DeadID)
		}
		if len(list) < page {
			return ids, nil
		}
	}
}
