// Package deadletters selects dead letters by type, reason, age, error and handler, and reads them
// in pages. It must not know the acts on them, nor who asks.
package deadletters

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/spelling"
	"github.com/gobridge/gopherbot/workqueue"
)

// Reasons are the reasons that a Filter may name.
var Reasons = []workqueue.DeadReason{
	workqueue.Exhausted, workqueue.Rejected, workqueue.Panicked, workqueue.Malformed, workqueue.Poison,
}

// Filter selects dead letters: those to which all of its fields apply. A field with its zero
// value applies to all.
type Filter struct {
	Types   []string // of their events
	Reasons []workqueue.DeadReason
	Age     time.Duration // for which they have been dead at least
	Error   string        // is in their error, in any case
	// Handler is a handler that failed, or some words of its name. Case and quotes are ignored.
	Handler string
	// Until is by type when the latest died that was counted, by Redis's clock. With it those
	// that die later, perhaps again, are left alone, and other types, too.
	Until map[string]time.Time
}

// Empty reports whether the filter selects all.
func (f Filter) Empty() bool {
	return len(f.Types) == 0 && len(f.Reasons) == 0 && f.Age == 0 && f.Error == "" && f.Handler == "" && f.Until == nil
}

// Selects reports whether the filter selects a dead letter.
func (f Filter) Selects(d workqueue.DeadLetter, now time.Time) bool {
	return (len(f.Types) == 0 || slices.Contains(f.Types, d.Event.Type)) &&
		(len(f.Reasons) == 0 || slices.Contains(f.Reasons, d.Reason)) &&
		now.Sub(d.DeadAt) >= f.Age &&
		(f.Until == nil || !d.DeadAt.After(f.Until[d.Event.Type])) &&
		strings.Contains(strings.ToLower(d.Error), strings.ToLower(f.Error)) &&
		(f.Handler == "" || failedIn(d.Error, f.Handler))
}

// failedIn reports whether an error is a handler's: each line of an event's error begins with
// the name of a handler and a colon.
func failedIn(text, handler string) bool {
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(strings.TrimPrefix(spelling.Bare(line), "rejected: "), ": ")
		if spelling.HasWords(name, handler) {
			return true
		}
	}
	return false
}

// String describes the filter, but for Until: for the audit and for questions.
func (f Filter) String() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	add("type", strings.Join(f.Types, ", "))
	var reasons []string
	for _, reason := range f.Reasons {
		reasons = append(reasons, string(reason))
	}
	add("reason", strings.Join(reasons, ", "))
	if f.Age > 0 {
		add("older than", f.Age.String())
	}
	if f.Error != "" {
		add("error with", fmt.Sprintf("%q", f.Error))
	}
	add("handler", f.Handler)
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}

// Lister lists the dead letters of a type, the oldest first: see workqueue.Inspector.
type Lister interface {
	ListDeadLetters(ctx context.Context, eventType, after string, limit int) ([]workqueue.DeadLetter, error)
}

// pageSize is how many dead letters are read at once. They may have 64 MiB in all.
const pageSize = 200

// Each calls do with the dead letters that the filter selects, of these types if it names none:
// with at most 200 of one type at once, the oldest first. It stops at the first error.
func (f Filter) Each(ctx context.Context, queue Lister, types []string, do func([]workqueue.DeadLetter) error) error {
	now := time.Now()
	if len(f.Types) > 0 {
		types = f.Types
	}
	for _, eventType := range types {
		for after := ""; ; {
			list, err := queue.ListDeadLetters(ctx, eventType, after, pageSize)
			if err != nil {
				return err
			}
			last := len(list) < pageSize
			if !last {
				after = list[len(list)-1].ID
			}
			list = slices.DeleteFunc(list, func(d workqueue.DeadLetter) bool { return !f.Selects(d, now) })
			if len(list) > 0 {
				if err := do(list); err != nil {
					return err
				}
			}
			if last {
				break
			}
		}
	}
	return nil
}

// Count is how many dead letters a filter selects.
type Count struct {
	Total  int
	ByType map[string]int
	Until  map[string]time.Time // for Filter.Until
}

// Count counts the dead letters that the filter selects, of these types if it names none.
func (f Filter) Count(ctx context.Context, queue Lister, types []string) (Count, error) {
	c := Count{ByType: map[string]int{}, Until: map[string]time.Time{}}
	err := f.Each(ctx, queue, types, func(list []workqueue.DeadLetter) error {
		c.Total += len(list)
		c.ByType[list[0].Event.Type] += len(list)
		for _, d := range list {
			if d.DeadAt.After(c.Until[d.Event.Type]) {
				c.Until[d.Event.Type] = d.DeadAt
			}
		}
		return nil
	})
	return c, err
}
