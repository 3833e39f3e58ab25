package cli

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
CONSUMERS  live consumers that have handled events of the type. Consumers without an
           event so far are not counted, and those of a paused type are not after 30
           seconds: "gopherbot doctor" lists the processes that run.

A narrow terminal shows fewer columns.`,
		Example: `  gopherbot queue stats
  gopherbot queue stats --once
  gopherbot queue stats --json | jq '.[] | select(.dead > 0)'`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if every < 100*time.Millisecond {
				return fmt.Errorf("--every %v: want at least 100ms", every)
			}
			return t.inspectAll(c.Context(), func(queue *workqueue.Inspector, reported *presence.Reader) error {
				read := func(ctx context.Context) ([]stats, error) { return readStats(ctx, queue, reported) }
				if once || t.json || !t.Terminal {
					return t.printStats(c.Context(), read)
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

func (t *tool) printStats(ctx context.Context, read func(context.Context) ([]stats, error)) error {
	list, err := read(ctx)
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

// lessImportant are the columns of the table that a narrow terminal does not show, in the
// order in which they go.
var lessImportant = []string{"SHARDS", "DROPPED", "REFUSED", "TOO OLD", "CONSUMERS", "PENDING", "OLDEST", "DELAYED"}

// fit returns a table without the columns that are too many for a width, and says which.
func fit(rows [][]string, width int) (fitting [][]string, left []string) {
	fitting = rows
	for _, name := range lessImportant {
		if tableWidth(fitting) <= width {
			break
		}
		at := slices.Index(fitting[0], name)
		if at < 0 {
			continue
		}
		narrower := make([][]string, len(fitting))
		for i, row := range fitting {
			narrower[i] = slices.Delete(slices.Clone(row), at, at+1)
		}
		fitting, left = narrower, append(left, name)
	}
	return fitting, left
}

// tableWidth returns the width of a table as printTable prints it.
func tableWidth(rows [][]string) int {
	sum := 0
	for column := range rows[0] {
		widest := 0
		for _, row := range rows {
			widest = max(widest, utf8.RuneCountInString(row[column]))
		}
		sum += widest + 2
	}
	return sum - 2
}

// clip cuts a frame to the size of a terminal: a line that wraps, or one too many, would
// move the others.
func clip(frame string, width, height int) string {
	lines := strings.Split(strings.TrimSuffix(frame, "\n"), "\n")
	if len(lines) >= height {
		lines = lines[:max(height-1, 1)]
	}
	for i, line := range lines {
		if runes := []rune(strings.TrimRight(line, " ")); len(runes) > width {
			lines[i] = string(runes[:max(width-1, 0)]) + "…"
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// The terminal's control sequences: move to the top left, clear below and to the right
// of the cursor.
const (
	home       = "\x1b[H"
	clearBelow = "\x1b[J"
	clearRight = "\x1b[K"
)

// watchStats updates the table until ctx ends, and then ends at once. It shows an outage of
// Redis, and goes on.
func (t *tool) watchStats(ctx context.Context, read func(context.Context) ([]stats, error), every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	fmt.Fprint(t.Out, home, clearBelow)
	for {
		list, err := interruptible(ctx, statsTimeout, read)
		if ctx.Err() != nil {
			return nil
		}
		frame, err := t.statsFrame(list, err, every)
		if err != nil {
			return err
		}
		// Each frame overwrites the last in one write, so that the screen does not flicker.
		drawn := strings.ReplaceAll(frame, "\n", clearRight+"\n")
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

// statsTimeout bounds a read of the state of the queue.
const statsTimeout = 10 * time.Second

// statsFrame returns a frame of the live table, or of the error that a read of it met.
func (t *tool) statsFrame(list []stats, failed error, every time.Duration) (string, error) {
	var frame bytes.Buffer
	fmt.Fprintf(&frame, "Every %v, at %s; Ctrl-C ends it\n\n", every, time.Now().Format(time.TimeOnly))
	width, height := math.MaxInt, math.MaxInt
	if t.Size != nil {
		if w, h, err := t.Size(); err == nil && w > 0 && h > 0 {
			width, height = w, h
		}
	}
	if failed != nil {
		fmt.Fprintf(&frame, "read the queue: %v\n", failed)
		return clip(frame.String(), width, height), nil
	}
	rows, left := fit(statsTable(list), width)
	if err := printTable(&frame, rows); err != nil {
		return "", err
	}
	if len(left) > 0 {
		fmt.Fprintf(&frame, "\nNot shown: %s\n", strings.ToLower(strings.Join(left, ", ")))
	}
	return clip(frame.String(), width, height), nil
}
