package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/redact"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) queueDead() *cobra.Command {
	c := &cobra.Command{
		Use:   "dead",
		Short: "List, show, replay and drop dead letters",
		Long: `A dead letter is an event whose last attempt failed, or that no attempt can handle.
Replay it once the cause is fixed, or drop it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(t.deadList(), t.deadShow(), t.deadReplay(), t.deadDrop())
	return c
}

// types completes an argument that is a type of events.
func types(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return app.EventTypes(), cobra.ShellCompDirectiveNoFileComp
}

func (t *tool) deadList() *cobra.Command {
	var limit int
	var after string
	var text bool
	c := &cobra.Command{
		Use:   "list [TYPE]",
		Short: "List the dead letters of a type of events, or of all, the oldest first",
		Example: `  gopherbot queue dead list
  gopherbot queue dead list message_public --after 1700000000000-0
  gopherbot queue dead list message_public --limit 10000 --json | jq -r .[].id`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: types,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case limit < 1:
				return fmt.Errorf("--limit %d: want at least 1", limit)
			case after != "" && len(args) == 0:
				return errors.New("--after: want the type of the events, too")
			case len(args) == 0:
				args = app.EventTypes()
			}
			return t.inspect(c.Context(), func(queue *workqueue.Inspector) error {
				list := deadList{tool: t, text: text}
				for _, eventType := range args {
					if err := checkType(c.Context(), queue, eventType); err != nil {
						return err
					}
					last, more, err := eachDead(c.Context(), queue, eventType, after, limit, list.add)
					if err != nil {
						return err
					}
					if more {
						list.notes = append(list.notes, fmt.Sprintf("There are more of %s: list them with --after %s, or more at once with --limit.", eventType, last))
					}
				}
				return list.print()
			})
		},
	}
	t.limitFlag(c, &limit)
	c.Flags().StringVar(&after, "after", "", "list those after the dead letter with this id")
	textFlag(c, &text)
	return t.withJSON(c)
}

// eachDead calls f with up to limit dead letters of a type, the oldest first, beginning
// after the id after, or with the oldest if it is "". It returns the id of the last one,
// and whether there are more. It reads them in pages, because they may be 64 MiB in all.
func eachDead(ctx context.Context, queue *workqueue.Inspector, eventType, after string, limit int, f func(workqueue.DeadLetter)) (last string, more bool, err error) {
	const page = 100
	for n := 0; ; n += page {
		list, err := queue.ListDeadLetters(ctx, eventType, after, min(page, limit-n)+1) // one more, to learn whether there are more
		if err != nil {
			return after, false, err
		}
		more = len(list) > min(page, limit-n)
		for _, d := range list[:min(len(list), page, limit-n)] {
			f(d)
			after = d.ID
		}
		if !more || n+page >= limit {
			return after, more, nil
		}
	}
}

func textFlag(c *cobra.Command, text *bool) {
	c.Flags().BoolVar(text, "text", false, "show texts of messages, which are hidden by default")
}

// deadLetter is workqueue.DeadLetter in JSON.
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
	QueuedAt  time.Time            `json:"queued_at"`
	DeadAt    time.Time            `json:"dead_at"`
	Payload   json.RawMessage      `json:"payload"`
}

// forScripts returns a dead letter for JSON. Texts of messages are hidden unless text is
// true.
func forScripts(d workqueue.DeadLetter, text bool) deadLetter {
	return deadLetter{
		d.Event.Type, d.ID, d.Event.ID, d.Event.RequestID, d.Event.Source, d.Reason, d.Error, d.Attempts, d.Event.Time, d.QueuedAt, d.DeadAt, payload(d, text),
	}
}

func payload(d workqueue.DeadLetter, text bool) []byte {
	if text {
		return redact.Open(d.Event.Payload)
	}
	return redact.Payload(d.Event.Payload)
}

// deadList collects dead letters for printing.
type deadList struct {
	tool  *tool
	text  bool
	json  []deadLetter
	rows  [][]string
	texts strings.Builder // the payloads, with --text
	notes []string
}

func (l *deadList) add(d workqueue.DeadLetter) {
	if l.tool.json {
		l.json = append(l.json, forScripts(d, l.text))
		return
	}
	l.rows = append(l.rows, []string{
		d.Event.Type, d.ID, d.DeadAt.Local().Format(time.DateTime), string(d.Reason), strconv.Itoa(d.Attempts), oneLine(d.Error, 80),
	})
	if l.text {
		fmt.Fprintf(&l.texts, "\n%s %s\n%s\n", d.Event.Type, d.ID, stripControl(string(payload(d, true))))
	}
}

// print prints the list to Out and the notes to Err.
func (l *deadList) print() error {
	t := l.tool
	for _, note := range l.notes {
		fmt.Fprintln(t.Err, note)
	}
	if t.json {
		return printJSON(t.Out, append([]deadLetter{}, l.json...))
	}
	if len(l.rows) == 0 {
		_, err := fmt.Fprintln(t.Out, "There are no dead letters.")
		return err
	}
	if err := printTable(t.Out, append([][]string{{"TYPE", "ID", "DEAD SINCE", "REASON", "ATTEMPTS", "ERROR"}}, l.rows...)); err != nil {
		return err
	}
	_, err := fmt.Fprint(t.Out, l.texts.String())
	return err
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
			return t.inspect(c.Context(), func(queue *workqueue.Inspector) error {
				if err := checkType(c.Context(), queue, args[0]); err != nil {
					return err
				}
				d, err := queue.DeadLetter(c.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				if t.json {
					return printJSON(t.Out, forScripts(d, text))
				}
				at := func(when time.Time) string { return when.Local().Format("2006-01-02 15:04:05.000 MST") }
				err = printTable(t.Out, [][]string{
					{"type", d.Event.Type}, {"id", d.ID}, {"event", d.Event.ID}, {"request", d.Event.RequestID}, {"source", d.Event.Source},
					{"happened", at(d.Event.Time)}, {"queued", at(d.QueuedAt)}, {"dead since", at(d.DeadAt)},
					{"reason", string(d.Reason)}, {"attempts", strconv.Itoa(d.Attempts)}, {"error", oneLine(d.Error, len(d.Error))},
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.Out, "\n%s\n", stripControl(string(payload(d, text))))
				return err
			})
		},
	}
	textFlag(c, &text)
	return t.withJSON(c)
}
