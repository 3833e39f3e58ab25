package cli

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) queuePending() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "pending [TYPE]",
		Short: "List the events that are being handled",
		Long: `Lists the events that consumers have received and not acknowledged, of one type or of
all. IDLE is the time since the event was received or its lease was extended. A live
consumer extends the lease, so if IDLE is more than 10 seconds the consumer is dead and
another will reclaim the event.`,
		Example: `  gopherbot queue pending
  gopherbot queue pending team_join --json | jq '.[] | select(.deliveries > 1)'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: types,
		RunE: func(c *cobra.Command, args []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit %d: want at least 1", limit)
			}
			if len(args) == 0 {
				args = app.EventTypes()
			}
			return t.inspect(c.Context(), func(queue *workqueue.Inspector) error {
				out := []pending{}
				for _, eventType := range args {
					if err := checkType(c.Context(), queue, eventType); err != nil {
						return err
					}
					list, err := queue.Pending(c.Context(), eventType, limit)
					if err != nil {
						return err
					}
					for _, p := range list {
						out = append(out, pending{eventType, p.EntryID, p.Shard, p.Consumer, p.Idle.Seconds(), p.Deliveries, age(p.Idle)})
					}
				}
				return t.printPending(out)
			})
		},
	}
	t.limitFlag(c, &limit)
	return t.withJSON(c)
}

// pending is workqueue.PendingEvent in JSON, with times in seconds.
type pending struct {
	Type       string  `json:"type"`
	Entry      string  `json:"entry"`
	Shard      int     `json:"shard"`
	Consumer   string  `json:"consumer"`
	Idle       float64 `json:"idle_seconds"`
	Deliveries int64   `json:"deliveries"`

	idle string // for the table
}

func (t *tool) printPending(list []pending) error {
	if t.json {
		return printJSON(t.Out, list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(t.Out, "No consumer has pending events.")
		return err
	}
	rows := [][]string{{"TYPE", "ENTRY", "SHARD", "CONSUMER", "IDLE", "DELIVERIES"}}
	for _, p := range list {
		rows = append(rows, []string{p.Type, p.Entry, strconv.Itoa(p.Shard), p.Consumer, p.idle, strconv.FormatInt(p.Deliveries, 10)})
	}
	return printTable(t.Out, rows)
}
