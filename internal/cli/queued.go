package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) queueWaiting() *cobra.Command {
	c := t.listQueued(&cobra.Command{
		Use:   "waiting [TYPE]",
		Short: "List the events that wait for a consumer, and drop them",
		Long: `Lists the events that no consumer has received, of one type or of all, the oldest first. Texts
are never shown. "gopherbot queue waiting drop" removes some.`,
		Example: `  gopherbot queue waiting
  gopherbot queue waiting team_join --json | jq .[].event_id`,
	}, (*workqueue.Inspector).ListWaiting)
	c.AddCommand(t.actOnQueued(&cobra.Command{
		Use:     "drop TYPE ID...",
		Short:   "Remove events permanently that wait for a consumer",
		Long:    "Removes events permanently that wait for a consumer. One that a consumer received meanwhile is not removed.",
		Example: `  gopherbot queue waiting drop team_join 1700000000000-0`,
	}, queuedAct{audit.Drop, "Drop", "dropped", "waiting", (*workqueue.Inspector).ListWaiting, (*workqueue.Inspector).WaitingEvent, (*workqueue.Inspector).DropQueued}))
	return c
}

func (t *tool) queueDelayed() *cobra.Command {
	c := t.listQueued(&cobra.Command{
		Use:   "delayed [TYPE]",
		Short: "List the events that wait for their next attempt, retry them now, and drop them",
		Long: `Lists the events that wait for their next attempt, of one type or of all, the next due first.
Texts are never shown. Events of a paused handler are among them.`,
		Example: `  gopherbot queue delayed
  gopherbot queue delayed retry send --all`,
	}, (*workqueue.Inspector).ListDelayed)
	c.AddCommand(t.actOnQueued(&cobra.Command{
		Use:     "retry TYPE ID...",
		Short:   "Have delayed events tried again now",
		Long:    "Has delayed events tried again now, and not when they are due. It counts as the attempt that they waited for.",
		Example: `  gopherbot queue delayed retry message_public 1700000000000-0`,
	}, queuedAct{audit.RetryNow, "Retry", "retried", "delayed", (*workqueue.Inspector).ListDelayed, (*workqueue.Inspector).DelayedEvent, (*workqueue.Inspector).RetryNow}),
		t.actOnQueued(&cobra.Command{
			Use:     "drop TYPE ID...",
			Short:   "Remove delayed events permanently",
			Example: `  gopherbot queue delayed drop send --all`,
		}, queuedAct{audit.Drop, "Drop", "dropped", "delayed", (*workqueue.Inspector).ListDelayed, (*workqueue.Inspector).DelayedEvent, (*workqueue.Inspector).DropQueued}))
	return c
}

// queued is workqueue.QueuedEvent in JSON. It has no payload.
type queued struct {
	Type      string     `json:"type"`
	ID        string     `json:"id"`
	EventID   string     `json:"event_id"`
	RequestID string     `json:"request_id"`
	Source    string     `json:"source"`
	Attempts  int        `json:"attempts"`
	QueuedAt  time.Time  `json:"queued_at"`
	Due       *time.Time `json:"due_at,omitempty"`
}

func queuedJSON(q workqueue.QueuedEvent) queued {
	out := queued{q.Event.Type, q.ID, q.Event.ID, q.Event.RequestID, q.Event.Source, q.Attempts, q.QueuedAt.UTC(), nil}
	if !q.Due.IsZero() {
		due := q.Due.UTC()
		out.Due = &due
	}
	return out
}

// listQueued completes a command that lists events.
func (t *tool) listQueued(c *cobra.Command, list func(*workqueue.Inspector, context.Context, string, int) ([]workqueue.QueuedEvent, error)) *cobra.Command {
	var limit int
	c.Args, c.ValidArgsFunction = cobra.MaximumNArgs(1), types
	c.RunE = func(c *cobra.Command, args []string) error {
		if limit < 1 {
			return fmt.Errorf("--limit %d: want at least 1", limit)
		}
		if len(args) == 0 {
			args = app.EventTypes()
		}
		return t.inspect(c.Context(), func(queue *workqueue.Inspector) error {
			out := []queued{}
			for _, eventType := range args {
				if err := checkType(c.Context(), queue, eventType); err != nil {
					return err
				}
				events, err := list(queue, c.Context(), eventType, limit)
				if err != nil {
					return err
				}
				if len(events) == limit {
					fmt.Fprintf(t.Err, "There may be more of %s: list more with --limit.\n", eventType)
				}
				for _, q := range events {
					out = append(out, queuedJSON(q))
				}
			}
			return t.printQueued(c.Name(), out)
		})
	}
	c.Flags().IntVar(&limit, "limit", 100, "list up to this many of each type")
	return t.withJSON(c)
}

func (t *tool) printQueued(how string, list []queued) error {
	if t.json {
		return printJSON(t.Out, list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintf(t.Out, "No event is %s.\n", how)
		return err
	}
	rows := [][]string{{"TYPE", "ID", "EVENT", "REQUEST", "AGE", "DUE IN", "FAILED"}}
	for _, q := range list {
		due := "-"
		if q.Due != nil {
			due = age(time.Until(*q.Due))
		}
		rows = append(rows, []string{
			q.Type, q.ID, oneLine(q.EventID, 40), oneLine(q.RequestID, 40), age(time.Since(q.QueuedAt)), due, strconv.Itoa(q.Attempts),
		})
	}
	return printTable(t.Out, rows)
}

// queuedAct is what is done to events that wait.
type queuedAct struct {
	action          audit.Action
	verb, done, how string
	list            func(*workqueue.Inspector, context.Context, string, int) ([]workqueue.QueuedEvent, error)
	one             func(*workqueue.Inspector, context.Context, string, string) (workqueue.QueuedEvent, error)
	do              func(*workqueue.Inspector, context.Context, ...workqueue.QueuedEvent) (int, error)
}

const (
	// maxAll is how many events --all is for. Purge is for more.
	maxAll = 10_000
	// atOnce is how many of them are changed in one call.
	atOnce = 200
)

// actOnQueued completes a command that does something to events that wait: those with the
// ids of its arguments, or all of a type.
func (t *tool) actOnQueued(c *cobra.Command, act queuedAct) *cobra.Command {
	var all, yes bool
	c.ValidArgsFunction = types
	c.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return errors.New("want the type of the events")
		case all == (len(args) > 1):
			return errors.New("want the ids of events, or --all")
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return t.open(c.Context(), func(d *deployment) error {
			eventType, ids := args[0], args[1:]
			if err := checkType(c.Context(), d.queue, eventType); err != nil {
				return err
			}
			var list []workqueue.QueuedEvent
			var missing []error
			on := eventType + " " + strings.Join(ids, " ")
			if all {
				var err error
				if list, err = act.list(d.queue, c.Context(), eventType, maxAll); err != nil {
					return err
				}
				if err := t.agree(yes || len(list) == 0, fmt.Sprintf("%s %d %s events of %s?", act.verb, len(list), act.how, eventType)); err != nil {
					return err
				}
				on = eventType + ", all that are " + act.how
			}
			for _, id := range ids {
				q, err := act.one(d.queue, c.Context(), eventType, id)
				if err != nil {
					missing = append(missing, err)
					continue
				}
				list = append(list, q)
			}
			count := 0
			err := d.do(c.Context(), act.action, on, "", func(ctx context.Context) (int64, error) {
				for rest := list; len(rest) > 0; {
					page := rest[:min(atOnce, len(rest))]
					rest = rest[len(page):]
					n, err := act.do(d.queue, ctx, page...)
					count += n
					t.progress(len(list)-len(rest), len(list), act.done)
					if err != nil {
						return int64(count), err
					}
				}
				return int64(count), errors.Join(missing...)
			})
			if gone := len(list) - count; err == nil && gone > 0 && !all {
				err = fmt.Errorf("%d of %d were not %s: a consumer has received them, or they are gone", gone, len(list), act.done)
			}
			return errors.Join(err, t.report(map[string]any{act.done: count}, "%d %s", count, act.done))
		})
	}
	c.Flags().BoolVar(&all, "all", false, "all of the type that are "+act.how+" now, up to 10,000")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return t.withJSON(c)
}
