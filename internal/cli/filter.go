package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/app"
	"github.com/gobridge/gopherbot/workqueue"
)

// deadFilter selects dead letters. An empty field selects all.
type deadFilter struct {
	types, reasons []string
	age            time.Duration // of dead letters, at least
	text           string        // in the error
	handler        string        // that failed

	// until is, by type, when the last dead letter died that find has met first. Later ones
	// are not selected: one that is replayed may die again at once.
	until map[string]time.Time
}

// deadReasons are the reasons that --reason may name.
var deadReasons = []string{
	string(workqueue.Exhausted), string(workqueue.Rejected), string(workqueue.Panicked), string(workqueue.Malformed), string(workqueue.Poison),
}

func (f *deadFilter) flags(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.types, "type", nil, "those of this `type` of events; may be repeated")
	c.Flags().StringSliceVar(&f.reasons, "reason", nil, "those with this `reason`: "+strings.Join(deadReasons, ", ")+"; may be repeated")
	c.Flags().DurationVar(&f.age, "age", 0, "those that are dead for at least so long, such as 2h")
	c.Flags().StringVar(&f.text, "error", "", "those whose error contains this `text`, in any case")
	c.Flags().StringVar(&f.handler, "handler", "", "those in whose error this `handler` failed; quotes may be left out")
}

// used reports whether the filter selects anything in particular.
func (f *deadFilter) used() bool {
	return len(f.types) > 0 || len(f.reasons) > 0 || f.age != 0 || f.text != "" || f.handler != ""
}

// check returns an error for a filter that selects nothing for sure.
func (f *deadFilter) check(ctx context.Context, queue *workqueue.Inspector) error {
	var errs []error
	for _, eventType := range f.types {
		errs = append(errs, checkType(ctx, queue, eventType))
	}
	for _, reason := range f.reasons {
		if !slices.Contains(deadReasons, reason) {
			errs = append(errs, fmt.Errorf("--reason %q: want one of %s", reason, strings.Join(deadReasons, ", ")))
		}
	}
	if f.age < 0 {
		errs = append(errs, fmt.Errorf("--age %v: want a duration that is not negative", f.age))
	}
	return errors.Join(errs...)
}

// eventTypes returns the types whose dead letters may be selected.
func (f *deadFilter) eventTypes() []string {
	if len(f.types) > 0 {
		return f.types
	}
	return app.EventTypes()
}

// selects reports whether a dead letter is selected.
func (f *deadFilter) selects(d workqueue.DeadLetter, now time.Time) bool {
	return (len(f.reasons) == 0 || slices.Contains(f.reasons, string(d.Reason))) &&
		now.Sub(d.DeadAt) >= f.age &&
		strings.Contains(strings.ToLower(d.Error), strings.ToLower(f.text)) &&
		(f.handler == "" || failedIn(d.Error, f.handler))
}

// failedIn reports whether an error is a handler's: each line of an event's error begins with
// the name of a handler.
func failedIn(text, handler string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "rejected: ")
		if strings.HasPrefix(bareName(line)+" ", bareName(handler)+": ") {
			return true
		}
	}
	return false
}

// String describes the filter for the audit and for questions.
func (f *deadFilter) String() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	add("type", strings.Join(f.types, ", "))
	add("reason", strings.Join(f.reasons, ", "))
	if f.age > 0 {
		add("older than", f.age.String())
	}
	if f.text != "" {
		add("error with", fmt.Sprintf("%q", f.text))
	}
	add("handler", f.handler)
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}

// find calls each with the selected dead letters, in pages. Another call finds none that came
// after the first.
func (f *deadFilter) find(ctx context.Context, queue *workqueue.Inspector, each func([]workqueue.DeadLetter) error) error {
	now, again := time.Now(), f.until != nil
	if !again {
		f.until = map[string]time.Time{}
	}
	for _, eventType := range f.eventTypes() {
		for after := ""; ; {
			list, err := queue.ListDeadLetters(ctx, eventType, after, deadPage)
			if err != nil {
				return err
			}
			var page []workqueue.DeadLetter
			for _, d := range list {
				if !again {
					f.until[eventType] = d.DeadAt
				}
				if f.selects(d, now) && !d.DeadAt.After(f.until[eventType]) {
					page = append(page, d)
				}
			}
			if len(page) > 0 {
				if err := each(page); err != nil {
					return err
				}
			}
			if len(list) < deadPage {
				break
			}
			after = list[len(list)-1].ID
		}
	}
	return nil
}

// deadPage is how many dead letters are read and changed at once. They may have 64 MiB in all.
const deadPage = 200
