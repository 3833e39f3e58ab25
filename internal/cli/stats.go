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
		Short: "Show the state of the queue, by type of event",
		Long: `Shows the number of events of each type on the queue, by state. On a terminal the
table is live until Ctrl-C.

DEPTH      events that wait or are being handled
PENDING    events that are being handled
OLDEST     age of the oldest event
DELAYED    events that wait for a retry
DEAD       dead letters
DROPPED    dead letters removed so far because they exceeded the maximum size of all
REFUSED    events of the last 24 hours that found the queue full when they were first
           delivered. The gateway answered 503. Slack sends such an event again at
           once, after one minute and after five minutes.
TOO OLD    messages of the last 24 hours that were older than 30 seconds when a
           consumer received them. They were not answered. A message that was refused
           and came again too late counts in both columns.
CONSUMERS  consumers that have handled events of the type. Consumers without an event
           so far are not counted: "gopherbot doctor" lists the processes that run.`,
		Example: `  gopherbot queue stats
  gopherbot queue stats --once
  gopherbot queue stats --json | jq '.[] | select(.dead > 0)'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if every < 100*time.Millisecond {
				return fmt.Errorf("--every %v: want at least 100ms", every)
			}
			return t.inspectAll(c.Context(), func(queue *workqueue.Inspector, reported *presence.Reader) error {
				read := func() ([]stats, error) { return readStats(c.Context(), queue, reported) }
				if once || t.json || !t.Terminal {
					return t.printStats(read)
				}
				return t.watchStats(c.Context(), read, every)
			})
		},
	}
	c.Flags().BoolVar(&once, "once", false, "print the table once, also on a terminal")
	c.Flags().DurationVar(&every, "every", time.Second, "the time between two updates of the live table, at least 100ms")
	return t.withJSON(c)
}

// stats is workqueue.Stats in JSON, with times in seconds, and the unanswered events of
// the last 24 hours.
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

// The terminal's control sequences: move to the top left, clear below and to the right
// of the cursor.
const (
	home       = "\x1b[H"
	clearBelow = "\x1b[J"
	clearRight = "\x1b[K"
)

// watchStats updates the table until ctx ends. It shows an outage of Redis, and goes on.
func (t *tool) watchStats(ctx context.Context, read func() ([]stats, error), every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	fmt.Fprint(t.Out, home, clearBelow)
	for {
		var frame bytes.Buffer
		fmt.Fprintf(&frame, "Every %v, at %s; Ctrl-C ends it\n\n", every, time.Now().Format(time.TimeOnly))
		list, err := read()
		if err != nil {
			fmt.Fprintf(&frame, "read the queue: %v\n", err)
		} else if err := printTable(&frame, statsTable(list)); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		// Each frame overwrites the last in one write, so that the screen does not flicker.
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
