package ops

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gobridge/gopherbot/internal/audit"
)

// act does something for an operator, and records it in the audit and in the log. An error
// says that it was not done, or only to so many.
func (p *Page) act(r *http.Request, e audit.Entry, do func(context.Context) (count int64, err error)) (count int64, err error) {
	return p.actWithin(r, redisTimeout, e, do)
}

// actWithin is act with another timeout.
func (p *Page) actWithin(r *http.Request, timeout time.Duration, e audit.Entry, do func(context.Context) (int64, error)) (count int64, failure error) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	err := p.opts.Audit.Do(ctx, e, func(ctx context.Context) (int64, error) {
		count, failure = do(ctx)
		return count, failure
	})
	if _, refused := errors.AsType[*audit.NotRecordedError](err); refused {
		return 0, err
	}
	line := p.log(r).Info()
	if err != nil {
		line = p.log(r).Warn().Err(err)
	}
	line.Str("operator", e.Who).Str("from", e.From).Str("action", string(e.Action)).Str("on", e.On).Int64("count", count).Msg("an operator acts")
	return count, failure
}

// acted answers to an act.
func (p *Page) acted(w http.ResponseWriter, r *http.Request, count int64, err error) {
	if err != nil && count > 0 {
		err = fmt.Errorf("it was done to %d, and then failed: %w", count, err)
	}
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	answer(w, map[string]int64{"count": count})
}
