package ops

import (
	"context"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
	"github.com/gobridge/gopherbot/internal/deadletters"
	"github.com/gobridge/gopherbot/workqueue"
)

// filterTimeout bounds the reading and changing of all dead letters, at most 64 MiB for each
// shard of a type. The server waits longer for an answer.
const filterTimeout = 15 * time.Second

// deadFilter is deadletters.Filter in JSON.
type deadFilter struct {
	Type    string
	Reason  workqueue.DeadReason
	Minutes int
	Error   string
	Handler string
	Until   map[string]int64 // of the count: by type, in ms
}

func (f deadFilter) filter() deadletters.Filter {
	filter := deadletters.Filter{Age: time.Duration(f.Minutes) * time.Minute, Error: f.Error, Handler: f.Handler}
	if f.Type != "" {
		filter.Types = []string{f.Type}
	}
	if f.Reason != "" {
		filter.Reasons = []workqueue.DeadReason{f.Reason}
	}
	if f.Until != nil {
		filter.Until = map[string]time.Time{}
		for eventType, ms := range f.Until {
			filter.Until[eventType] = time.UnixMilli(ms)
		}
	}
	return filter
}

// readFilter decodes the filter in the request's JSON, or refuses it.
func (p *Page) readFilter(w http.ResponseWriter, r *http.Request) (deadletters.Filter, bool) {
	var f deadFilter
	ok := posted(w, r, &f) && (f.Type == "" || p.knowsType(w, f.Type))
	return f.filter(), ok
}

// countDead answers with how many dead letters a filter selects, and the filter's Until.
func (p *Page) countDead(w http.ResponseWriter, r *http.Request, _ operator) {
	filter, ok := p.readFilter(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), filterTimeout)
	defer cancel()
	count, err := filter.Count(ctx, p.opts.Queue, p.opts.Types)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	until := map[string]int64{}
	for eventType, at := range count.Until {
		until[eventType] = at.UnixMilli()
	}
	answer(w, map[string]any{"count": count.Total, "until": until})
}

// decideMany returns a handler that calls do for the dead letters that a filter selects. It
// needs the Until of a count.
func (p *Page) decideMany(action audit.Action, do func(context.Context, ...workqueue.DeadLetter) (int, error)) func(http.ResponseWriter, *http.Request, operator) {
	return func(w http.ResponseWriter, r *http.Request, o operator) {
		filter, ok := p.readFilter(w, r)
		if !ok {
			return
		}
		if filter.Until == nil {
			refuse(w, http.StatusBadRequest, "Count them first.")
			return
		}
		e := o.does(action, "dead letters")
		e.Detail = filter.String()
		n, err := p.actWithin(r, filterTimeout, e, func(ctx context.Context) (n int64, err error) {
			err = filter.Each(ctx, p.opts.Queue, p.opts.Types, func(list []workqueue.DeadLetter) error {
				done, err := do(ctx, list...)
				n += int64(done)
				return err
			})
			return n, err
		})
		p.acted(w, r, n, err)
	}
}
