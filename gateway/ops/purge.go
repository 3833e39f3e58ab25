package ops

import (
	"context"
	"net/http"

	"github.com/gobridge/gopherbot/internal/audit"
)

// purge removes all events of a type permanently that wait or are delayed, if the operator has
// typed the type's name.
func (p *Page) purge(w http.ResponseWriter, r *http.Request, o operator) {
	var in struct{ Type, Typed string }
	if !posted(w, r, &in) || !p.knowsType(w, in.Type) {
		return
	}
	if in.Typed != in.Type {
		refuse(w, http.StatusBadRequest, "Type the name of the type, "+in.Type+", to remove all of its events.")
		return
	}
	n, err := p.actWithin(r, filterTimeout, o.does(audit.Purge, in.Type), func(ctx context.Context) (int64, error) {
		dropped, err := p.opts.Queue.DropWaiting(ctx, in.Type)
		return dropped.Stream + dropped.Delayed, err
	})
	p.acted(w, r, n, err)
}
