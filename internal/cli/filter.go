package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobridge/gopherbot/internal/deadletters"
	"github.com/gobridge/gopherbot/workqueue"
)

// filterFlags are the flags that select dead letters.
type filterFlags struct {
	types, reasons []string
	age            time.Duration
	text, handler  string
}

func deadReasons() (names []string) {
	for _, reason := range deadletters.Reasons {
		names = append(names, string(reason))
	}
	return names
}

func (f *filterFlags) add(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.types, "type", nil, "those of this `type` of events; may be repeated")
	c.Flags().StringSliceVar(&f.reasons, "reason", nil, "those with this `reason`: "+strings.Join(deadReasons(), ", ")+"; may be repeated")
	c.Flags().DurationVar(&f.age, "age", 0, "those that are dead for at least so long, such as 2h")
	c.Flags().StringVar(&f.text, "error", "", "those whose error contains this `text`, in any case")
	c.Flags().StringVar(&f.handler, "handler", "", "those in whose error this `handler` failed; some words of its name are enough")
}

// filter returns the filter.
func (f *filterFlags) filter() deadletters.Filter {
	types := slices.Compact(slices.Sorted(slices.Values(f.types))) // each once
	filter := deadletters.Filter{Types: types, Age: f.age, Error: f.text, Handler: f.handler}
	for _, reason := range f.reasons {
		filter.Reasons = append(filter.Reasons, workqueue.DeadReason(reason))
	}
	return filter
}

// check returns an error for flags that select nothing for sure.
func (f *filterFlags) check(ctx context.Context, queue *workqueue.Inspector) error {
	var errs []error
	for _, eventType := range f.types {
		errs = append(errs, checkType(ctx, queue, eventType))
	}
	for _, reason := range f.reasons {
		if known := deadReasons(); !slices.Contains(known, reason) {
			errs = append(errs, fmt.Errorf("--reason %q: want one of %s", reason, strings.Join(known, ", ")))
		}
	}
	if f.age < 0 {
		errs = append(errs, fmt.Errorf("--age %v: want a duration that is not negative", f.age))
	}
	return errors.Join(errs...)
}
