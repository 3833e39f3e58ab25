package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/internal/pause"
	"github.com/gobridge/gopherbot/internal/spelling"
	"github.com/gobridge/gopherbot/workqueue"
)

const (
	// tailInterval is the time between two reads of the outcomes.
	tailInterval = 500 * time.Millisecond
	// tailTimeout bounds a read.
	tailTimeout = 10 * time.Second
)

func (t *tool) queueTail() *cobra.Command {
	var handler string
	var failed bool
	c := &cobra.Command{
		Use:   "tail [TYPE]",
		Short: "Show what becomes of events, live",
		Long: `Shows the outcome of each delivery of an event, as it is recorded, until Ctrl-C: handled,
discarded, postponed, retried or dead, with the handlers that ran. Texts are never shown. With
--json each line is an object.

Consumers keep about the last 1,000 outcomes of each type, for a day. When there are more within
half a second, the oldest of them are not shown.`,
		Example: `  gopherbot queue tail
  gopherbot queue tail message_public --failed
  gopherbot queue tail --json | jq -c 'select(.outcome == "dead")'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: types,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = app.EventTypes()
			}
			return t.inspect(c.Context(), func(queue *workqueue.Inspector) error {
				for _, eventType := range args {
					if err := checkType(c.Context(), queue, eventType); err != nil {
						return err
					}
				}
				return t.tail(c.Context(), queue.Outcomes(true, args...), func(o workqueue.OutcomeRecord) bool {
					unwell := o.Kind == workqueue.OutcomeRetried || o.Kind == workqueue.OutcomeDead
					return (!failed || unwell) && (handler == "" || strings.Contains(spelling.Bare(o.Note+" "+o.Error), spelling.Bare(handler)))
				})
			})
		},
	}
	c.Flags().BoolVar(&failed, "failed", false, "only those that failed: retried or dead")
	c.Flags().StringVar(&handler, "handler", "", "only those that name this `handler`; quotes may be left out")
	return t.withJSON(c)
}

// outcome is workqueue.OutcomeRecord in JSON.
type outcome struct {
	At        time.Time `json:"at"`
	Type      string    `json:"type"`
	Outcome   string    `json:"outcome"`
	EventID   string    `json:"event_id"`
	RequestID string    `json:"request_id"`
	Source    string    `json:"source"`
	Attempt   int       `json:"attempt"`
	Did       string    `json:"did"`
	Error     string    `json:"error,omitempty"`
	Waited    float64   `json:"waited_seconds"`
	Took      float64   `json:"took_seconds"`
	Next      float64   `json:"next_in_seconds,omitempty"`
	Consumer  string    `json:"consumer"`
}

func outcomeJSON(o workqueue.OutcomeRecord) outcome {
	return outcome{
		o.At.UTC(), o.Type, string(o.Kind), o.EventID, o.RequestID, o.Source, o.Attempt, o.Note, o.Error,
		o.Waited.Seconds(), o.Took.Seconds(), o.Next.Seconds(), o.Consumer,
	}
}

// tail shows the outcomes until ctx ends. It reports an outage of Redis, and goes on.
func (t *tool) tail(ctx context.Context, outcomes *workqueue.OutcomeReader, shown func(workqueue.OutcomeRecord) bool) error {
	failing := false
	for {
		list, err := interruptible(ctx, tailTimeout, outcomes.Next)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			fmt.Fprintf(t.Err, "read the outcomes: %v; retrying\n", err)
		}
		failing = err != nil
		for _, o := range list {
			if !shown(o) {
				continue
			}
			if err := t.printOutcome(o); err != nil {
				return err
			}
		}
		if !pause.For(ctx, tailInterval) {
			return nil
		}
	}
}

func (t *tool) printOutcome(o workqueue.OutcomeRecord) error {
	if t.json {
		return writeJSON(t.Out, outcomeJSON(o), "")
	}
	_, err := fmt.Fprintln(t.Out, strings.Join(outcomeRow(o, "15:04:05.000"), "  "))
	return err
}

// outcomeRow returns the columns of an outcome.
func outcomeRow(o workqueue.OutcomeRecord, layout string) []string {
	did := o.Note
	if o.Error != "" {
		did = strings.TrimSpace(did + ": " + o.Error)
	}
	if o.Next > 0 {
		did += "; next in " + age(o.Next)
	}
	return []string{
		o.At.Local().Format(layout), o.Type, string(o.Kind), oneLine(o.EventID, 40), "attempt " + strconv.Itoa(o.Attempt), "took " + age(o.Took),
		oneLine(strings.TrimPrefix(did, ": "), 300),
	}
}

// interruptible calls read, and returns as soon as ctx ends: a read of Redis ends at its
// timeout only. The result of a read that is abandoned is lost, and the reader must not be
// used any more.
func interruptible[T any](ctx context.Context, timeout time.Duration, read func(context.Context) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		try, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		value, err := read(try)
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}
