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
	consumerslack "github.com/gobridge/gopherbot/consumer/slack"
	"github.com/gobridge/gopherbot/internal/receipt"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) queueEvent() *cobra.Command {
	return t.withJSON(&cobra.Command{
		Use:   "event {EVENT-ID | REQUEST-ID | MESSAGE-LINK}",
		Short: "Show the history of an event",
		Long: `Shows where an event is on the queue, which of its steps are completed, its deliveries with
their outcomes, and its receipt if it is a message that was sent through the notification API.
Texts are never shown.

The event is named by the platform's id of it, by the X-Request-ID of the request that brought
it, or by the link of a message on Slack. Outcomes are kept for a day, about the last 1,000 of
each type; the log has the request id, too. The command reads the whole queue. The exit code is
1 if nothing is known of the event.`,
		Example: `  gopherbot queue event Ev0123456789
  gopherbot queue event https://example.slack.com/archives/C012ABCDEF0/p1700000000000100
  gopherbot queue event ABCDEFGHIJKLMNOPQRSTUVWXYZ --json | jq .outcomes`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			match, err := eventNamed(args[0])
			if err != nil {
				return err
			}
			return t.open(c.Context(), func(d *deployment) error {
				h, err := d.history(c.Context(), args[0], match)
				if err != nil {
					return err
				}
				return t.printHistory(args[0], h)
			})
		},
	})
}

// eventNamed returns a function that recognizes an event that an operator has named.
func eventNamed(name string) (func(id, requestID, key string) bool, error) {
	if !strings.Contains(name, "://") {
		return func(id, requestID, key string) bool { return name == id || name == requestID || name == key }, nil
	}
	link, err := consumerslack.ParseLink(name)
	if err != nil {
		return nil, err
	}
	of := "/" + link.Channel + "/" + link.Message // the end of the keys of a message's events: see gateway/slack
	return func(_, _, key string) bool { return strings.HasSuffix(key, of) }, nil
}

// history is all that is known of an event.
type history struct {
	Queue    []placed         `json:"queue"`
	Outcomes []outcome        `json:"outcomes"`
	Receipt  *receipt.Receipt `json:"receipt,omitempty"`

	records []workqueue.OutcomeRecord
}

// placed is workqueue.FoundEvent in JSON.
type placed struct {
	queued
	Place     workqueue.Place      `json:"place"`
	Consumer  string               `json:"consumer,omitempty"`
	Reason    workqueue.DeadReason `json:"reason,omitempty"`
	Error     string               `json:"error,omitempty"`
	DeadAt    *time.Time           `json:"dead_at,omitempty"`
	Completed []string             `json:"completed,omitempty"`
}

func (d *deployment) history(ctx context.Context, name string, match func(id, requestID, key string) bool) (history, error) {
	h := history{Queue: []placed{}, Outcomes: []outcome{}}
	found, err := d.queue.Find(ctx, func(e workqueue.Event) bool { return match(e.ID, e.RequestID, e.Key) }, app.EventTypes()...)
	if err != nil {
		return h, err
	}
	for _, f := range found {
		p := placed{queued: queuedJSON(f.QueuedEvent), Place: f.Place, Consumer: f.Consumer, Completed: f.Completed}
		if dead := f.DeadLetter; dead != nil {
			at := dead.DeadAt.UTC()
			p.Reason, p.Error, p.DeadAt = dead.Reason, dead.Error, &at
		}
		h.Queue = append(h.Queue, p)
	}
	h.records, err = d.queue.FindOutcomes(ctx, func(o workqueue.OutcomeRecord) bool { return match(o.EventID, o.RequestID, o.Key) }, app.EventTypes()...)
	if err != nil {
		return h, err
	}
	for _, o := range h.records {
		h.Outcomes = append(h.Outcomes, outcomeJSON(o))
	}
	id := name
	if len(h.records) > 0 {
		id = h.records[0].RequestID
	} else if len(found) > 0 {
		id = found[0].Event.RequestID
	}
	switch entry, err := d.receipts.One(ctx, id); {
	case err == nil:
		h.Receipt = &entry.Receipt
	case !errors.Is(err, receipt.ErrNone):
		return h, err
	}
	return h, nil
}

func (t *tool) printHistory(name string, h history) error {
	nothing := len(h.Queue) == 0 && len(h.Outcomes) == 0 && h.Receipt == nil
	if nothing {
		t.exit = exitFailed
	}
	if t.json {
		return printJSON(t.Out, h)
	}
	if nothing {
		_, err := fmt.Fprintf(t.Err, "%s: nothing is known of %s: it may be more than a day old, or more than 1,000 events of its type ago, or never have come; look for it in the logs of the gateway\n",
			t.Content.Name, oneLine(name, 200))
		return err
	}
	for _, p := range h.Queue {
		rows := [][]string{
			{"on the queue", string(p.Place)}, {"type", p.Type}, {"id", p.ID}, {"event", p.EventID}, {"request", p.RequestID},
			{"queued", p.QueuedAt.Local().Format(time.DateTime)}, {"failed attempts", strconv.Itoa(p.Attempts)},
		}
		if p.Due != nil {
			rows = append(rows, []string{"next attempt", p.Due.Local().Format(time.DateTime)})
		}
		for _, row := range [][]string{{"consumer", p.Consumer}, {"reason", string(p.Reason)}, {"error", p.Error}, {"completed", strings.Join(p.Completed, "; ")}} {
			if row[1] != "" {
				rows = append(rows, row)
			}
		}
		for _, row := range rows {
			row[1] = oneLine(row[1], 1000)
		}
		if err := printTable(t.Out, rows); err != nil {
			return err
		}
		fmt.Fprintln(t.Out)
	}
	rows := [][]string{{"AT", "TYPE", "OUTCOME", "EVENT", "ATTEMPT", "TOOK", "DID"}}
	for _, o := range h.records {
		rows = append(rows, outcomeRow(o, time.DateTime))
	}
	if len(h.records) > 0 {
		if err := printTable(t.Out, rows); err != nil {
			return err
		}
	}
	if h.Receipt == nil {
		return nil
	}
	_, err := fmt.Fprintf(t.Out, "\nReceipt: %s. See %s notify receipt --redis %s\n", h.Receipt.State, t.Content.Name, h.Receipt.RequestID)
	return err
}
