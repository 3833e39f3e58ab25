package ops

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/workqueue"
)

// deadFilter selects dead letters. A field with its zero value selects all.
type deadFilter struct {
	Type   string
	Reason workqueue.DeadReason
	// Minutes is for how many they are dead at least.
	Minutes int
	// Error is a part of their error, in any case, and Handler of the name of a handler that
	// an error's line begins with, without quotes.
	Error, Handler string
	// Until is the time in ms, by Redis's clock, of the latest that are selected, 0 for no
	// bound: the count has it for the act, so that those that die meanwhile, perhaps again,
	// are left alone.
	Until int64
}

// selects reports whether a dead letter is selected.
func (f deadFilter) selects(d workqueue.DeadLetter, now time.Time) bool {
	return (f.Reason == "" || d.Reason == f.Reason) &&
		now.Sub(d.DeadAt) >= time.Duration(f.Minutes)*time.Minute &&
		(f.Until == 0 || d.DeadAt.UnixMilli() <= f.Until) &&
		strings.Contains(strings.ToLower(d.Error), strings.ToLower(f.Error)) &&
		(f.Handler == "" || slices.ContainsFunc(strings.Split(d.Error, "\n"), f.failedIn))
}

// failedIn reports whether a line of an error is of the handler: it begins with its name.
func (f deadFilter) failedIn(line string) bool {
	bare := func(text string) string { return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), `"`, "")) }
	name, _, _ := strings.Cut(strings.TrimPrefix(bare(line), "rejected: "), ": ")
	return strings.Contains(" "+name+" ", " "+bare(f.Handler)+" ")
}

// String describes the filter for the audit.
func (f deadFilter) String() string {
	var parts []string
	for _, part := range []struct{ name, value string }{{"reason", string(f.Reason)}, {"error with", f.Error}, {"handler", f.Handler}} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	if f.Minutes > 0 {
		parts = append(parts, fmt.Sprintf("older than %v", time.Duration(f.Minutes)*time.Minute))
	}
	return strings.Join(parts, ", ")
}

const (
	// filterPage is how many dead letters are read and changed at once.
	filterPage = 200
	// filterTimeout bounds the reading and changing of all dead letters, at most 64 MiB for
	// each shard of a type. The server waits longer for an answer.
	filterTimeout = 15 * time.Second
)

// each calls f with the selected dead letters, in pages.
func (p *Page) each(ctx context.Context, filter deadFilter, f func([]workqueue.DeadLetter) error) error {
	types := p.opts.Types
	if filter.Type != "" {
		types = []string{filter.Type}
	}
	now := time.Now()
	for _, eventType := range types {
		for after := ""; ; {
			list, err := p.opts.Queue.ListDeadLetters(ctx, eventType, after, filterPage)
			if err != nil {
				return err
			}
			full := len(list) == filterPage
			if len(list) > 0 {
				after = list[len(list)-1].ID
			}
			list = slices.DeleteFunc(list, func(d workqueue.DeadLetter) bool { return !filter.selects(d, now) })
			if len(list) > 0 {
				if err := f(list); err != nil {
					return err
				}
			}
			if !full {
				break
			}
		}
	}
	return nil
}

// readFilter decodes the filter in the request's JSON, or refuses it.
func (p *Page) readFilter(w http.ResponseWriter, r *http.Request) (deadFilter, bool) {
	var f deadFilter
	ok := posted(w, r, &f) && (f.Type == "" || p.knowsType(w, f.Type))
	return f, ok
}

// countDead answers with how many dead letters a filter selects, and the filter's Until.
func (p *Page) countDead(w http.ResponseWriter, r *http.Request, _ operator) {
	filter, ok := p.readFilter(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), filterTimeout)
	defer cancel()
	n, until := 0, int64(0)
	err := p.each(ctx, filter, func(list []workqueue.DeadLetter) error {
		n += len(list)
		for _, d := range list {
			until = max(until, d.DeadAt.UnixMilli())
		}
		return nil
	})
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	answer(w, map[string]int64{"count": int64(n), "until": until})
}

// decideMany returns a handler that calls do for the dead letters that a filter selects. It
// needs the Until of a count.
func (p *Page) decideMany(action audit.Action, do func(context.Context, ...workqueue.DeadLetter) (int, error)) func(http.ResponseWriter, *http.Request, operator) {
	return func(w http.ResponseWriter, r *http.Request, o operator) {
		filter, ok := p.readFilter(w, r)
		if !ok {
			return
		}
		if filter.Until == 0 {
			refuse(w, http.StatusBadRequest, "Count them first.")
			return
		}
		on := filter.Type
		if on == "" {
			on = "all types"
		}
		e := o.does(action, "dead letters of "+on)
		e.Detail = filter.String()
		n, err := p.actWithin(r, filterTimeout, e, func(ctx context.Context) (n int64, err error) {
			err = p.each(ctx, filter, func(list []workqueue.DeadLetter) error {
				done, err := do(ctx, list...)
				n += int64(done)
				return err
			})
			return n, err
		})
		p.acted(w, r, n, err)
	}
}
