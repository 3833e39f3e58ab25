package cli

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/presence"
	"github.com/gobridge/gopherbot/workqueue"
)

func (t *tool) queueStats() *cobra.Command {
	var once bool
	var every time.Duration
	c := &cobra.Command{
		Use:   "stats",
		Short: "Show how much of each type is on the queue",
		Long: `Shows of each type of events how many are on the queue and in whose hands. DROPPED
are dead letters that were removed so far since there were too many bytes of them. On a
terminal the table is live, until Ctrl-C. CONSUMERS are those that have taken
events of the type; one that has had none yet is not among them: gopherbot doctor
says whether any runs.

REFUSED and TOO OLD are events of the last 24 hours that were not answered. REFUSED
found the queue full when they first came, and the gateway answered 503; Slack sends
them again at once, after a minute and after five. TOO OLD were messages older than
30 seconds when a consumer took them. A message that was refused and came again
too late is in both.`,
		Example: `  gopherbot queue stats
  gopherbot queue stats --once
  gopherbot queue stats --json | jq '.[] | select(.dead > 0)'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if every < 100*time.Millisecond {
				return fmt.Errorf("--every %v: want at least 100ms", every)
			}
			return t.inspectAll(func(queue *workqueue.Inspector, reported *presence.Reader) error {
				read := func() ([]stats, error) { return readStats(c.Context(), queue, reported) }
				if once || t.json || !t.Terminal {
					return t.printStats(read)
				}
				return t.watchStats(c.Context(), read, every)
			})
		},
	}
	c.Flags().BoolVar(&once, "once", false, "show it once, on a terminal, too")
	c.Flags().DurationVar(&every, "every", time.Second, "how often the live table is drawn, at least 100ms")
	return t.withJSON(c)
}

// stats is workqueue.Stats as scripts read it, with the time in seconds, and with
// what was not answered over the last 24 hours.
type stats struct {
	Type      string  `json:"type"`
	Shards    int     `json:"shards"`
	Depth     int64   `json:"depth"`
	Pending   int64   `json:"pending"`
	Oldest    float64 `json:"oldest_seconds"`
	Delayed   int64   `json:"delayed"`
	Dead      int64   `json:"dead"`
	Dropped   int64   `json:"dead_dropped"`
	Refused   int64   `json:"refused"`
	TooOld    int64   `json:"too_old"`
	Consumers int     `json:"consumers"`
}

func readStats(ctx context.Context, queue *workqueue.Inspector, reported *presence.Reader) ([]stats, error) {
	list, err := queue.Stats(ctx, app.EventTypes()...)
	if err != nil {
		return nil, err
	}
	unanswered, err := reported.Unanswered(ctx)
	if err != nil {
		return nil, err
	}
	missed := map[string]presence.Unanswered{}
	for _, u := range unanswered {
		missed[u.Type] = u
	}
	out := make([]stats, len(list))
	for i, s := range list {
		u := missed[s.Type]
		out[i] = stats{s.Type, s.Shards, s.Depth, s.Pending, s.OldestAge.Seconds(), s.Delayed, s.Dead, s.DeadDropped, u.Refused, u.TooOld, s.Consumers}
	}
	return out, nil
}

func (t *tool) printStats(read func() ([]stats, error)) error {
	list, err := read()
	if err != nil {
		return err
	}
	if !t.json {
		return printTable(t.Out, statsTable(list))
	}
	return printJSON(t.Out, list)
}

func statsTable(list []stats) [][]string {
	rows := [][]string{{"TYPE", "DEPTH", "PENDING", "OLDEST", "DELAYED", "DEAD", "DROPPED", "REFUSED", "TOO OLD", "CONSUMERS", "SHARDS"}}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, s := range list {
		rows = append(rows, []string{
			s.Type, number(s.Depth), number(s.Pending), age(time.Duration(s.Oldest * float64(time.Second))), number(s.Delayed), number(s.Dead),
			number(s.Dropped), number(s.Refused), number(s.TooOld), strconv.Itoa(s.Consumers), strconv.Itoa(s.Shards),
		})
	}
	return rows
}

// The terminal's control sequences: to its top left, and clear what is below.
const (
	home       = "\x1b[H"
	clearBelow = "\x1b[J"
	clearRight = "\x1b[K"
)

// watchStats draws the table again and again until ctx ends. An outage of Redis
// is shown, and does not end it.
func (t *tool) watchStats(ctx context.Context, read func() ([]stats, error), every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	fmt.Fprint(t.Out, home, clearBelow)
	for {
		var frame bytes.Buffer
		fmt.Fprintf(&frame, "Every %v, at %s; Ctrl-C ends it\n\n", every, time.Now().Format(time.TimeOnly))
		list, err := read()
		if err != nil {
			fmt.Fprintf(&frame, "Redis does not answer: %v\n", err)
		} else if err := printTable(&frame, statsTable(list)); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		// Each frame is drawn over the last, in one write, so that nothing flickers.
		drawn := bytes.ReplaceAll(frame.Bytes(), []byte("\n"), []byte(clearRight+"\n"))
		if _, err := fmt.Fprintf(t.Out, "%s%s%s", home, drawn, clearBelow); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
